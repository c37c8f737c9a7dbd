/** Sentences of the filters, the predictions, the calculator and the glossary. */
export const en = {
  "copy.done": "Copied: {what}.",
  "copy.by-hand": "The browser does not let this page copy. Select this text and copy it.",
  "copy.code": "Copy code",

  "calc.title": "β for your own run",
  "calc.about": "Closed forms only: nothing is trained here, and nothing is sent.",
  "calc.take": "Take from this run",
  "calc.incomplete": "Fill in the fields for a result.",
  "setting.calc_beta": "β that I know",
  "help.calc_beta": "A decay that works for you, once per optimizer step.",
  "setting.calc_old_batch": "at batch size",
  "help.calc_old_batch": "The batch size it works at.",
  "setting.calc_batch": "Batch I will use",
  "help.calc_batch": "Images in one optimizer step, over all devices and accumulated batches.",
  "setting.calc_images": "Training images",
  "help.calc_images": "Only whole batches are counted.",
  "setting.calc_steps": "Steps an epoch",
  "help.calc_steps": "Left empty: images ÷ batch, rounded down.",
  "setting.calc_epochs": "Epochs",
  "help.calc_epochs": "Length of the run.",
  "setting.calc_warmup": "Warm-up in the code",
  "help.calc_warmup": "How the average begins.",
  "choice.ramp": "ramp (TensorFlow)",
  "choice.bias-corrected": "bias-corrected",
  "choice.power": "power ⅔ (timm)",
  "calc.warmup": "warm-up",
  "calc.warmup.none": "none",
  "calc.warmup.ramp": "ramp (TensorFlow)",
  "calc.warmup.bias-corrected": "bias-corrected",
  "calc.warmup.power": "power ⅔ (timm)",
  "calc.beta": "β for this batch",
  "calc.same": "the batch is the same",
  "calc.scaled": "β^κ, κ = {kappa}",
  "calc.steps": "{n} steps",
  "calc.epochs": "{n} epochs",
  "calc.length": "length of the run",
  "calc.per-epoch": "{n} an epoch",
  "calc.noise": "noise left",
  "calc.noise.about": "standard deviation, if independent from step to step",
  "calc.verdict.fits": "Fits.",
  "calc.verdict.fits.why": "The horizon is {share} of the run.",
  "calc.verdict.long": "Too long for this run.",
  "calc.verdict.long.why":
    "The horizon is {share} of the run, so the average holds weights from when the network was worse.",
  "calc.verdict.short": "Short.",
  "calc.verdict.short.why": "The horizon is only {share} of the run; a longer one would remove more noise.",
  "calc.range": "Rule of thumb for {steps} steps: β from {low} to {high}; start with {middle}.",
  "calc.rule": "Where this rule comes from",
  "calc.rule.long":
    "Horizon 1/(1 − β) of 1% to 10% of the run. Upper end: the mean age of what is averaged is then a tenth of the run, and a share of e⁻¹⁰ = 0.005% of w₀ is left at its end.",
  "calc.rule.short":
    "Lower end: at 1% of {steps} steps, averaging leaves {noise} of the standard deviation of noise that is independent from step to step, (1 − β)/(1 + β) of its variance. Real noise is autocorrelated, so more of it is left.",
  "calc.rule.measured":
    "Checked on this project's own measurement (CIFAR-10 subset, 1,092 steps, constant learning rate, three seeds): best at horizons of 4.6% and 9.2%, worse at 0.9% and 18%, useless at 92%.",
  "calc.rule.elsewhere":
    "Elsewhere: the diffusion models published with Karras et al. 2024 (EDM2) use averages whose width is 4% to 14% of the run where they are chosen by FID without guidance, and less with guidance. A learning rate that decays leaves less noise to remove; then a shorter average will do.",
  "calc.rule.batch":
    "β^κ keeps the memory in images (Busbridge et al. 2023). It supposes that the learning rate is scaled too: by κ for SGD (Goyal et al. 2017), by √κ for Adam (Malladi et al. 2022).",
  "calc.beginnings": "Left in the average at the end, after {steps} steps",
  "calc.left.initial": "of w₀",
  "calc.left.tenth": "of the first tenth of the run",
  "calc.reaches": "β reached at step",
  "calc.reaches.never": "not in this run",
  "calc.advice": "Which warm-up:",
  "calc.advice.none":
    "none is needed for the end of the run, where {share} of w₀ is left. Tests before step {forgets} are better with the bias-corrected start.",
  "calc.advice.corrected":
    "take the bias-corrected start; without one, {share} of w₀ would still be in the average at the end.",
  "calc.advice.long": "It removes w₀, but not the other early weights: a smaller β helps more.",
  "calc.code": "In code",
  "calc.library": "Library",
  "calc.library.pytorch": "PyTorch",
  "calc.library.timm": "timm",
  "calc.library.keras": "Keras",
  "calc.library.optax": "optax",
  "calc.instead": "{library} has no warm-up “{wanted}”; this code has “{instead}”.",
  "calc.note.pytorch":
    "The first call copies the weights, so the average begins at w₁. use_buffers=True averages batch norm's buffers too; to measure them anew instead, leave it out and call update_bn(loader, ema) before a test.",
  "calc.note.timm": "Averages batch norm's buffers too. The averaged network is ema.module.",
  "calc.note.timm.warmup":
    "The warm-up works only if update is given the step. Averages batch norm's buffers too. The averaged network is ema.module.",
  "calc.note.keras":
    "The average begins at w₁ and has no warm-up. Batch norm's moving statistics are not averaged. At the end of fit the average overwrites the weights.",
  "calc.note.optax":
    "Begins at w₀. Batch statistics are not among the params; average them the same way if there are any.",
  "calc.note.optax.debias":
    "debias=True is the bias-corrected start. Batch statistics are not among the params; average them the same way if there are any.",
  "calc.try": "Add β = {beta} to this run",
  "calc.try.done": "Added. Its line begins with the next test.",
  "calc.try.here": "This run has it already.",
  "calc.try.full": "This run has eight averages already.",
  "calc.try.power": "This page has no power warm-up.",

  "glossary.title": "Glossary",
  "glossary.about": "What the words on this page mean, with their formulas and where these come from.",
  "glossary.open": "Glossary: every term with its formula and source",
  "glossary.close": "Close the glossary",
  "glossary.all": "Press for all terms",
  "glossary.source": "Source:",

  "term.ema": "EMA",
  "term.ema.text":
    "Exponential moving average of the weights: after every step it keeps the share β of itself and takes 1 − β from the raw weights. It only watches: training goes on with the raw weights.",
  "term.raw": "raw weights",
  "term.raw.text": "The weights that the optimizer trains, as they are after a step, without averaging.",
  "term.beta": "decay β",
  "term.beta.text":
    "The share of the old average that one update keeps. Closer to 1: a longer memory, less noise, and a longer lag behind the raw weights.",
  "term.effective-beta": "effective β",
  "term.effective-beta.text":
    "The share that the last update really kept. During a warm-up it is below the β that was set.",
  "term.half-life": "half-life",
  "term.half-life.text":
    "Steps after which a weight's share in the average is halved; about 0.69 / (1 − β). With an update every T steps, T times that.",
  "term.horizon": "horizon",
  "term.horizon.text":
    "The sum of the kernel's weights relative to the newest: about as many steps as the average looks back. The mean age of what is in it is one step less.",
  "term.kernel": "kernel",
  "term.kernel.text":
    "The weight that the average gives to the raw weights of k steps ago. It is also the average's response to a single outlier.",
  "term.initial-share": "share of w₀",
  "term.initial-share.text":
    "How much of the untrained weights is still in the average after t updates. An average that began at w₀ is bad for as long as this is large.",
  "term.warm-up": "warm-up of an average",
  "term.warm-up.text":
    "A smaller β at first, so that the average soon forgets where it began. The ramp in the formula reaches β = 0.999 at update 8,990.",
  "term.bias-correction": "bias-corrected start",
  "term.bias-correction.text":
    "Makes the average a normalised mean over the updates so far, each step with its full kernel weight; nothing of w₀ is left after the first update.",
  "term.update-interval": "update interval",
  "term.update-interval.text":
    "An average that is updated only every T steps needs β to the power of T to remember as long.",
  "term.batch-scaling": "batch scaling",
  "term.batch-scaling.text":
    "With a batch κ times as large there are κ times fewer steps an epoch; β to the power of κ keeps the memory the same, counted in images. The learning rate has to be scaled by its own rule.",
  "term.swa": "equal-weight averaging",
  "term.swa.text":
    "All averaged weights count the same (Polyak–Ruppert averaging; SWA, where it begins late in training).",
  "term.autocorrelation": "autocorrelation",
  "term.autocorrelation.text":
    "How much a weight's deviation after one step resembles that after the next: 0 for independent noise, near 1 for a slow drift. Averaging removes little of what drifts slowly.",
  "term.variance-left": "variance left",
  "term.variance-left.text":
    "Variance of the average over that of the raw weight, if the noise is stationary and its autocorrelation after k steps is ρᵏ.",
  "term.test-accuracy": "test accuracy",
  "term.test-accuracy.text":
    "The share of the test images whose most probable class is the right one. All methods see the same images, none of which is trained on.",
  "term.test-loss": "test loss",
  "term.test-loss.text":
    "Mean cross-entropy over the test images: minus the logarithm of the probability given to the right class.",
  "term.batch-loss": "batch loss",
  "term.batch-loss.text":
    "The same mean over the images of one training step, before the step is made. It jumps because each batch holds other images.",
  "term.fluctuation": "fluctuation",
  "term.fluctuation.text":
    "Standard deviation of the change of test accuracy from one test to the next, in percentage points. Defined by this page.",
  "term.churn": "churn",
  "term.churn.text":
    "The share of the test images whose predicted class is another than at the test before, whether right or wrong.",
  "term.step": "step",
  "term.step.text": "One update of the weights, from one batch.",
  "term.epoch": "epoch",
  "term.epoch.text":
    "One pass over the training images: as many steps as whole batches fit into them. What does not fill a batch is left out of that epoch.",
  "term.batch-size": "batch size",
  "term.batch-size.text":
    "Images in one step. The noise of the gradient has a variance of about 1/B times that of a single image.",
  "term.learning-rate": "learning rate",
  "term.learning-rate.text":
    "How far a step goes along the gradient g. The higher it is, the wider the raw weights jitter around where they are going.",
  "term.schedule": "learning-rate schedule",
  "term.schedule.text":
    "How the learning rate changes over a run of T steps: constant, falling as a half cosine (formula), or one cycle that rises, then falls. Lowering it calms the raw weights much as averaging does.",
  "term.adam": "Adam",
  "term.adam.text":
    "The optimizer: divides an EMA of the gradient by the root of an EMA of its square. These have decays of their own, β₁ and β₂.",
  "term.weight-decay": "weight decay",
  "term.weight-decay.text":
    "Draws the weights towards zero. AdamW does so apart from the gradient (formula); with Adam it is part of the gradient.",
  "term.batch-norm": "batch norm",
  "term.batch-norm.text":
    "Normalises each channel by its mean and variance: of the batch in training, of its running buffers in a test.",
  "term.buffers": "batch norm's buffers",
  "term.buffers.text":
    "Running mean and variance of each channel. They belong to the raw weights; averaged weights need averaged ones, or better, ones measured anew on training images.",
  "term.group-norm": "group norm",
  "term.group-norm.text":
    "Normalises groups of channels within each image. It has no buffers, so averaging has nothing to take care of.",
  "term.label-noise": "label noise",
  "term.label-noise.text":
    "This share of the training labels is drawn anew among all ten classes, once, before training; a tenth of those stay right. Test labels are untouched.",
  "term.seed": "seed",
  "term.seed.text":
    "Decides all that is random: first weights, order of the images, augmentation, label noise. The same seed on the same adapter gives the same numbers.",
};

export const zh: Record<keyof typeof en, string> = {
  "copy.done": "已复制：{what}。",
  "copy.by-hand": "浏览器不允许本页复制。请选中这段文字自行复制。",
  "copy.code": "复制代码",

  "calc.title": "为你自己的训练选 β",
  "calc.about": "只用闭式公式：这里不训练任何东西，也不发送任何东西。",
  "calc.take": "取自本次运行",
  "calc.incomplete": "填好各栏即可得到结果。",
  "setting.calc_beta": "已知的 β",
  "help.calc_beta": "对你适用的衰减系数，每个优化器步更新一次。",
  "setting.calc_old_batch": "对应的批大小",
  "help.calc_old_batch": "该 β 所适用的批大小。",
  "setting.calc_batch": "将要用的批大小",
  "help.calc_batch": "一个优化器步的图像数，含所有设备与累积的批次。",
  "setting.calc_images": "训练图像数",
  "help.calc_images": "只计整批。",
  "setting.calc_steps": "每轮步数",
  "help.calc_steps": "留空则为图像数 ÷ 批大小，向下取整。",
  "setting.calc_epochs": "轮数",
  "help.calc_epochs": "训练的长度。",
  "setting.calc_warmup": "代码中的预热",
  "help.calc_warmup": "平均如何起步。",
  "choice.ramp": "渐升（TensorFlow）",
  "choice.bias-corrected": "偏差校正",
  "choice.power": "幂 ⅔（timm）",
  "calc.warmup": "预热",
  "calc.warmup.none": "无",
  "calc.warmup.ramp": "渐升（TensorFlow）",
  "calc.warmup.bias-corrected": "偏差校正",
  "calc.warmup.power": "幂 ⅔（timm）",
  "calc.beta": "此批大小的 β",
  "calc.same": "批大小相同",
  "calc.scaled": "β^κ，κ = {kappa}",
  "calc.steps": "{n} 步",
  "calc.epochs": "{n} 轮",
  "calc.length": "训练长度",
  "calc.per-epoch": "每轮 {n} 步",
  "calc.noise": "剩余噪声",
  "calc.noise.about": "标准差，假定各步独立",
  "calc.verdict.fits": "合适。",
  "calc.verdict.fits.why": "视界占全程 {share}。",
  "calc.verdict.long": "对此长度而言过长。",
  "calc.verdict.long.why": "视界占全程 {share}，平均里还留有网络较差时的权重。",
  "calc.verdict.short": "偏短。",
  "calc.verdict.short.why": "视界只占全程 {share}；长一些能去掉更多噪声。",
  "calc.range": "{steps} 步的经验法则：β 取 {low} 到 {high}，可从 {middle} 开始。",
  "calc.rule": "这一法则从何而来",
  "calc.rule.long":
    "视界 1/(1 − β) 取全程的 1% 到 10%。上限：此时所平均内容的平均年龄为全程的十分之一，结束时 w₀ 只剩 e⁻¹⁰ = 0.005%。",
  "calc.rule.short":
    "下限：取 {steps} 步的 1% 时，对各步独立的噪声，平均后标准差剩 {noise}，即方差剩 (1 − β)/(1 + β)。真实噪声有自相关，会剩得更多。",
  "calc.rule.measured":
    "以本项目自己的测量核对（CIFAR-10 子集，1,092 步，恒定学习率，三个种子）：视界占 4.6% 与 9.2% 时最好，0.9% 与 18% 时较差，92% 时不可用。",
  "calc.rule.elsewhere":
    "其他来源：随 Karras 等 2024（EDM2）发布的扩散模型，在不用引导、按 FID 挑选时，平均的宽度为全程的 4% 到 14%；用引导时更短。学习率衰减时，需要去掉的噪声较少，较短的平均即可。",
  "calc.rule.batch":
    "β^κ 使以图像数计的记忆不变（Busbridge 等 2023），前提是学习率也相应换算：SGD 乘以 κ（Goyal 等 2017），Adam 乘以 √κ（Malladi 等 2022）。",
  "calc.beginnings": "{steps} 步结束时平均中的剩余",
  "calc.left.initial": "w₀",
  "calc.left.tenth": "训练的前十分之一",
  "calc.reaches": "达到 β 的步数",
  "calc.reaches.never": "全程未达到",
  "calc.advice": "选哪种预热：",
  "calc.advice.none":
    "就结束时而言无须预热，那时 w₀ 剩 {share}。若在第 {forgets} 步之前测试，用偏差校正起步更好。",
  "calc.advice.corrected": "用偏差校正起步；否则结束时平均中仍有 {share} 的 w₀。",
  "calc.advice.long": "它去掉 w₀，却去不掉其他早期权重：换用较小的 β 更有效。",
  "calc.code": "代码",
  "calc.library": "程序库",
  "calc.library.pytorch": "PyTorch",
  "calc.library.timm": "timm",
  "calc.library.keras": "Keras",
  "calc.library.optax": "optax",
  "calc.instead": "{library} 没有“{wanted}”预热；此代码用的是“{instead}”。",
  "calc.note.pytorch":
    "首次调用会复制权重，因此平均从 w₁ 起步。use_buffers=True 同时平均批归一化的缓冲；若要改为重新测量，去掉它，并在测试前调用 update_bn(loader, ema)。",
  "calc.note.timm": "同时平均批归一化的缓冲。平均后的网络是 ema.module。",
  "calc.note.timm.warmup":
    "只有把步数传给 update，预热才起作用。同时平均批归一化的缓冲。平均后的网络是 ema.module。",
  "calc.note.keras": "平均从 w₁ 起步，没有预热。批归一化的滑动统计量不参与平均。fit 结束时，平均会覆盖权重。",
  "calc.note.optax": "从 w₀ 起步。批统计量不在 params 之中；若有，用同样的方法平均。",
  "calc.note.optax.debias": "debias=True 即偏差校正起步。批统计量不在 params 之中；若有，用同样的方法平均。",
  "calc.try": "把 β = {beta} 加入本次运行",
  "calc.try.done": "已加入。它的曲线从下一次测试开始。",
  "calc.try.here": "本次运行已有此平均。",
  "calc.try.full": "本次运行已有八个平均。",
  "calc.try.power": "本页没有幂预热。",

  "glossary.title": "术语表",
  "glossary.about": "本页用语的含义、公式及其出处。",
  "glossary.open": "术语表：每个术语的公式与出处",
  "glossary.close": "关闭术语表",
  "glossary.all": "按下可查看全部术语",
  "glossary.source": "出处：",

  "term.ema": "EMA",
  "term.ema.text":
    "权重的指数滑动平均：每一步之后保留自身的 β 份，再取原始权重的 1 − β 份。它只旁观，训练始终用原始权重进行。",
  "term.raw": "原始权重",
  "term.raw.text": "优化器所训练的权重在某一步之后的原样，未经平均。",
  "term.beta": "衰减系数 β",
  "term.beta.text": "一次更新保留旧平均的份额。越接近 1，记忆越长、噪声越小，也越滞后于原始权重。",
  "term.effective-beta": "有效 β",
  "term.effective-beta.text": "最近一次更新实际保留的份额。预热期间低于所设的 β。",
  "term.half-life": "半衰期",
  "term.half-life.text":
    "某一步的权重在平均中的份额减半所需的步数，约为 0.69 / (1 − β)。若每 T 步更新一次，则再乘以 T。",
  "term.horizon": "视界",
  "term.horizon.text":
    "核的各权重与最新权重之比的总和：大致就是平均回望的步数。其中内容的平均年龄比它少一步。",
  "term.kernel": "核",
  "term.kernel.text": "平均给予 k 步之前的原始权重的权。它也是平均对单个异常值的响应。",
  "term.initial-share": "w₀ 的份额",
  "term.initial-share.text":
    "t 次更新之后，未经训练的初始权重在平均中还占多少。只要它还大，从 w₀ 起步的平均就不好。",
  "term.warm-up": "平均的预热",
  "term.warm-up.text":
    "起初用较小的 β，使平均尽快忘掉起点。公式中的渐升要到第 8,990 次更新才达到 β = 0.999。",
  "term.bias-correction": "偏差校正起步",
  "term.bias-correction.text":
    "使平均成为至今各次更新的归一化均值，每一步都按核的权重计入；第一次更新之后，w₀ 便荡然无存。",
  "term.update-interval": "更新间隔",
  "term.update-interval.text": "每 T 步才更新一次的平均，要用 β 的 T 次方才能记得同样久。",
  "term.batch-scaling": "批大小换算",
  "term.batch-scaling.text":
    "批大小变为 κ 倍时，每轮步数减为 1/κ；取 β 的 κ 次方，可使以图像数计的记忆不变。学习率要按它自己的规则换算。",
  "term.swa": "等权平均",
  "term.swa.text": "被平均的各组权重同等计入（Polyak–Ruppert 平均；若在训练后期才开始，即 SWA）。",
  "term.autocorrelation": "自相关",
  "term.autocorrelation.text":
    "权重在相邻两步的偏离有多相似：独立噪声为 0，缓慢漂移接近 1。对缓慢漂移的部分，平均几乎无能为力。",
  "term.variance-left": "剩余方差",
  "term.variance-left.text": "平均的方差与原始权重的方差之比，前提是噪声平稳，且相隔 k 步的自相关为 ρᵏ。",
  "term.test-accuracy": "测试准确率",
  "term.test-accuracy.text":
    "最可能的类别恰为正确类别的测试图像所占的比例。各方法看到相同的图像，其中没有一张用于训练。",
  "term.test-loss": "测试损失",
  "term.test-loss.text": "测试图像上的平均交叉熵：给予正确类别的概率的负对数。",
  "term.batch-loss": "批次损失",
  "term.batch-loss.text": "一个训练步的图像在该步更新之前的同一均值。每批图像不同，所以它会跳动。",
  "term.fluctuation": "波动",
  "term.fluctuation.text": "相邻两次测试的准确率之差的标准差，以百分点计。由本页定义。",
  "term.churn": "翻转率",
  "term.churn.text": "预测类别与上一次测试不同的测试图像所占的比例，不论对错。",
  "term.step": "步",
  "term.step.text": "用一个批次对权重做一次更新。",
  "term.epoch": "轮",
  "term.epoch.text": "遍历一次训练图像：能装满多少个批次，就有多少步。装不满一批的图像不进入该轮。",
  "term.batch-size": "批大小",
  "term.batch-size.text": "一步所用的图像数。梯度噪声的方差约为单张图像的 1/B。",
  "term.learning-rate": "学习率",
  "term.learning-rate.text": "一步沿梯度 g 走多远。越高，原始权重在其去向周围抖动得越厉害。",
  "term.schedule": "学习率策略",
  "term.schedule.text":
    "学习率在 T 步的运行中如何变化：恒定、按半个余弦下降（公式），或先升后降的单周期。降低学习率会使原始权重平静下来，与平均的作用相似。",
  "term.adam": "Adam",
  "term.adam.text": "优化器：用梯度的 EMA 除以梯度平方的 EMA 的平方根。二者各有衰减系数 β₁ 与 β₂。",
  "term.weight-decay": "权重衰减",
  "term.weight-decay.text": "把权重拉向零。AdamW 将它与梯度分开进行（公式）；在 Adam 中它是梯度的一部分。",
  "term.batch-norm": "批归一化",
  "term.batch-norm.text": "按均值与方差归一化每个通道：训练时取自当前批次，测试时取自滑动缓冲。",
  "term.buffers": "批归一化的缓冲",
  "term.buffers.text":
    "每个通道的滑动均值与方差。它们属于原始权重；平均后的权重需要平均后的缓冲，最好是在训练图像上重新测量的缓冲。",
  "term.group-norm": "组归一化",
  "term.group-norm.text": "在每张图像内部按通道组归一化。它没有缓冲，平均时无须处理。",
  "term.label-noise": "标签噪声",
  "term.label-noise.text":
    "训练前，这一比例的训练标签在全部十个类别中重抽一次，其中十分之一仍然正确。测试标签不变。",
  "term.seed": "种子",
  "term.seed.text":
    "决定一切随机之事：初始权重、图像顺序、数据增强、标签噪声。相同种子、相同适配器，得到相同的数字。",
};
