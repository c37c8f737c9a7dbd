/** Sentences of the filters, the predictions, the calculator and the glossary. */
export const en = {
  "copy.done": "Copied: {what}.",
  "copy.by-hand": "The browser does not let this page copy. Select this text and copy it yourself.",
  "copy.markdown": "Copy as Markdown",
  "copy.csv": "Copy as CSV",
  "copy.json": "Copy as JSON",

  "table.recorded": "{adapter}, recorded there and played here",
  "table.condition.done": "changes during the run",

  "filters.title": "First-layer filters",
  "filters.about":
    "The kernels of the first convolution. Its inputs are the image's red, green and blue, so each kernel is a picture of the pattern it responds to.",
  "filters.choose": "Average to show",
  "filters.difference": "difference",
  "filters.difference.of": "{name} minus raw weights",
  "filters.waiting": "The filters appear once the run is ready.",
  "filters.none": "The first layer of this network is not a convolution.",
  "filters.step": "After step {step}: {kernels} kernels of {height}×{width}.",
  "filters.apart": "{name} differs from the raw weights by {share} % of their size (root mean square).",
  "filters.scale":
    "Each colour: black −{scale}, mid-grey 0, full brightness +{scale}; both use the same scale.",
  "filters.scale.difference":
    "On its own scale, {factor} times as sensitive: black −{scale}, mid-grey 0, full brightness +{scale}.",
  "filters.alt":
    "{name}, step {step}: {kernels} colour kernels of {height}×{width}. Root mean square {rms}, scale ±{scale}.",
  "filters.table": "Size of each kernel in numbers",
  "filters.table.caption": "Root mean square of each kernel's weights, after step {step}",
  "filters.kernel": "kernel",

  "predictions.title": "Predictions",
  "predictions.about":
    "Predictions of the raw weights and of one average for the same test images, at the last test.",
  "predictions.churn": "Changed predictions",
  "predictions.churn.caption": "Since the previous test: step {before} to {now}, {images} images",
  "predictions.churn.waiting":
    "After the second test: how many predictions changed from one test to the next.",
  "predictions.churn.note":
    "Share of the test images whose predicted class changed from one test to the next, in percentage points, whether right or wrong. Mean: over the second half of this run's tests so far.",
  "predictions.changed": "changed",
  "predictions.images": "images",
  "predictions.mean": "mean",
  "predictions.apart": "differ from raw",
  "predictions.compare": "Average to compare with the raw weights",
  "predictions.only": "Show only disagreements",
  "predictions.range": "{from}–{to} of {total}",
  "predictions.none": "They agree on all {images} test images.",
  "predictions.waiting": "Predictions appear with the first test.",
  "predictions.previous": "Previous images",
  "predictions.next": "Next images",
  "predictions.image": "Image {index}",
  "predictions.list": "Test images",
  "predictions.right": "right",
  "predictions.wrong": "wrong",
  "predictions.absent": "not recorded",

  "class.airplane": "airplane",
  "class.automobile": "automobile",
  "class.bird": "bird",
  "class.cat": "cat",
  "class.deer": "deer",
  "class.dog": "dog",
  "class.frog": "frog",
  "class.horse": "horse",
  "class.ship": "ship",
  "class.truck": "truck",
  "class.ball": "ball",
  "class.ring": "ring",
  "class.box": "box",
  "class.triangle": "triangle",
  "class.star": "star",
  "class.cross": "cross",
  "class.moon": "moon",
  "class.heart": "heart",
  "class.flower": "flower",
  "class.fish": "fish",

  "glossary.title": "Glossary",
  "glossary.about": "The terms used on this page, with formulas and their sources.",
  "glossary.open": "Glossary: every term with its formula and source",
  "glossary.close": "Close the glossary",
  "glossary.all": "Press to see all terms",
  "glossary.source": "Source:",

  "term.ema": "EMA",
  "term.ema.text":
    "Exponential moving average of the weights: after every step it keeps the share β of itself and takes 1 − β from the raw weights. It only observes: training continues with the raw weights.",
  "term.raw": "raw weights",
  "term.raw.text": "The weights that the optimizer trains, without averaging.",
  "term.beta": "decay β",
  "term.beta.text":
    "The share of the old average that one update keeps. Closer to 1 means a longer memory, less noise, and a longer lag behind the raw weights.",
  "term.effective-beta": "effective β",
  "term.effective-beta.text":
    "The share that the last update actually kept. During a warm-up it is below the configured β.",
  "term.half-life": "half-life",
  "term.half-life.text":
    "Steps after which a weight's share in the average is halved: about 0.69 / (1 − β). With an update every T steps, T times that.",
  "term.horizon": "horizon",
  "term.horizon.text":
    "The sum of the kernel's weights relative to the newest one: about how many steps the average looks back. The mean age of its contents is one step less.",
  "term.kernel": "kernel",
  "term.kernel.text":
    "The weight that the average gives to the raw weights of k steps ago. It is also the average's response to a single outlier.",
  "term.initial-share": "share of w₀",
  "term.initial-share.text":
    "How much of the untrained weights is still in the average after t updates. An average that started at w₀ is poor as long as this share is large.",
  "term.warm-up": "warm-up of an average",
  "term.warm-up.text":
    "A smaller β at first, so that the average quickly forgets where it started. The ramp in the formula reaches β = 0.999 at update 8,990.",
  "term.bias-correction": "bias-corrected start",
  "term.bias-correction.text":
    "Makes the average a normalised mean over the updates so far, each step with its full kernel weight; nothing of w₀ remains after the first update.",
  "term.update-interval": "update interval",
  "term.update-interval.text":
    "An average that is updated only every T steps needs β to the power of T to remember as long.",
  "term.batch-scaling": "batch scaling",
  "term.batch-scaling.text":
    "With a batch κ times as large there are κ times fewer steps per epoch; β to the power of κ keeps the memory the same, counted in images. The learning rate has its own scaling rule.",
  "term.swa": "equal-weight averaging",
  "term.swa.text":
    "All averaged weights count equally (Polyak–Ruppert averaging; called SWA if it starts late in training).",
  "term.autocorrelation": "autocorrelation",
  "term.autocorrelation.text":
    "How similar a weight's deviations are after neighbouring steps: 0 for independent noise, near 1 for a slow drift. Averaging removes little of a slow drift.",
  "term.variance-left": "variance remaining",
  "term.variance-left.text":
    "Variance of the average divided by that of the raw weight, if the noise is stationary and its autocorrelation after k steps is ρᵏ.",
  "term.test-accuracy": "test accuracy",
  "term.test-accuracy.text":
    "The share of the test images whose most probable class is correct. All methods see the same images, and none of them is used in training.",
  "term.test-loss": "test loss",
  "term.test-loss.text":
    "Mean cross-entropy over the test images: minus the logarithm of the probability given to the correct class.",
  "term.batch-loss": "batch loss",
  "term.batch-loss.text":
    "The same mean over the images of one training step, before the weights are updated. It jumps because each batch has different images.",
  "term.fluctuation": "fluctuation",
  "term.fluctuation.text":
    "Standard deviation of the change of test accuracy from one test to the next, in percentage points. Defined by this page.",
  "term.churn": "churn",
  "term.churn.text":
    "The share of the test images whose predicted class differs from the previous test, whether right or wrong.",
  "term.step": "step",
  "term.step.text": "One update of the weights, from one batch.",
  "term.epoch": "epoch",
  "term.epoch.text":
    "One pass over the training images: as many steps as there are whole batches. Images that do not fill a batch are left out of that epoch.",
  "term.batch-size": "batch size",
  "term.batch-size.text":
    "Images per step. The variance of the gradient noise is about 1/B times that of a single image.",
  "term.learning-rate": "learning rate",
  "term.learning-rate.text":
    "How far a step moves along the gradient g. The higher it is, the more the raw weights jitter around their path.",
  "term.schedule": "learning-rate schedule",
  "term.schedule.text":
    "How the learning rate changes over a run of T steps: constant, a half cosine down (formula), or one cycle that rises, then falls. Lowering it reduces the noise of the raw weights much as averaging does.",
  "term.adam": "Adam",
  "term.adam.text":
    "The optimizer: divides an EMA of the gradient by the square root of an EMA of its square. These have their own decays, β₁ and β₂.",
  "term.weight-decay": "weight decay",
  "term.weight-decay.text":
    "Pulls the weights towards zero. AdamW does this separately from the gradient (formula); with Adam it is part of the gradient.",
  "term.batch-norm": "batch norm",
  "term.batch-norm.text":
    "Normalises each channel by its mean and variance: those of the batch in training, its running buffers in a test.",
  "term.buffers": "batch norm's buffers",
  "term.buffers.text":
    "Running mean and variance of each channel. They belong to the raw weights; averaged weights need averaged buffers, or better, buffers recomputed on training images.",
  "term.group-norm": "group norm",
  "term.group-norm.text":
    "Normalises groups of channels within each image. It has no buffers, so averaging needs no special care.",
  "term.label-noise": "label noise",
  "term.label-noise.text":
    "This share of the training labels is replaced at random from all ten classes, once, before training; a tenth of those stay correct. Test labels are unchanged.",
  "term.seed": "seed",
  "term.seed.text":
    "Determines everything random: initial weights, image order, augmentation, label noise. The same seed on the same adapter gives the same numbers.",
};

export const zh: Record<keyof typeof en, string> = {
  "copy.done": "已复制：{what}。",
  "copy.by-hand": "浏览器不允许本页复制。请选中这段文字自行复制。",
  "copy.markdown": "复制为 Markdown",
  "copy.csv": "复制为 CSV",
  "copy.json": "复制为 JSON",

  "table.recorded": "{adapter}，在那里录制、在此播放",
  "table.condition.done": "途中更改",

  "filters.title": "第一层滤波器",
  "filters.about": "第一个卷积层的各个核。其输入是图像的红、绿、蓝，因此每个核都可以画成它所响应的图案。",
  "filters.choose": "要显示的平均",
  "filters.difference": "差",
  "filters.difference.of": "{name} 减原始权重",
  "filters.waiting": "运行就绪后即显示滤波器。",
  "filters.none": "此网络的第一层不是卷积。",
  "filters.step": "第 {step} 步之后：{kernels} 个 {height}×{width} 的核。",
  "filters.apart": "{name} 与原始权重之差为其大小的 {share}%（均方根）。",
  "filters.scale": "每种颜色：黑为 −{scale}，中灰为 0，最亮为 +{scale}；两幅图共用一个标度。",
  "filters.scale.difference": "单独的标度，灵敏 {factor} 倍：黑为 −{scale}，中灰为 0，最亮为 +{scale}。",
  "filters.alt":
    "{name}，第 {step} 步：{kernels} 个 {height}×{width} 的彩色核。均方根 {rms}，标度 ±{scale}。",
  "filters.table": "各个核的大小（数值）",
  "filters.table.caption": "第 {step} 步之后每个核权重的均方根",
  "filters.kernel": "核",

  "predictions.title": "预测",
  "predictions.about": "原始权重与一组平均在最近一次测试中对相同测试图像的预测。",
  "predictions.churn": "改变的预测",
  "predictions.churn.caption": "自上一次测试以来：第 {before} 步到第 {now} 步，{images} 张图像",
  "predictions.churn.waiting": "第二次测试之后：有多少预测在两次测试之间改变。",
  "predictions.churn.note":
    "两次相邻测试之间预测类别发生改变的测试图像所占的比例，以百分点计，不论对错。均值：取本次运行至今后半段的测试。",
  "predictions.changed": "改变",
  "predictions.images": "张数",
  "predictions.mean": "均值",
  "predictions.apart": "与原始不同",
  "predictions.compare": "与原始权重比较的平均",
  "predictions.only": "只显示分歧",
  "predictions.range": "第 {from}–{to} 张，共 {total} 张",
  "predictions.none": "二者在全部 {images} 张测试图像上一致。",
  "predictions.waiting": "首次测试之后即有预测。",
  "predictions.previous": "前一页图像",
  "predictions.next": "后一页图像",
  "predictions.image": "图像 {index}",
  "predictions.list": "测试图像",
  "predictions.right": "正确",
  "predictions.wrong": "错误",
  "predictions.absent": "未录制",

  "class.airplane": "飞机",
  "class.automobile": "汽车",
  "class.bird": "鸟",
  "class.cat": "猫",
  "class.deer": "鹿",
  "class.dog": "狗",
  "class.frog": "青蛙",
  "class.horse": "马",
  "class.ship": "船",
  "class.truck": "卡车",
  "class.ball": "球",
  "class.ring": "圆环",
  "class.box": "方块",
  "class.triangle": "三角形",
  "class.star": "星",
  "class.cross": "十字",
  "class.moon": "月亮",
  "class.heart": "心形",
  "class.flower": "花",
  "class.fish": "鱼",

  "glossary.title": "术语表",
  "glossary.about": "本页用语的含义、公式及其出处。",
  "glossary.open": "术语表：每个术语的公式与出处",
  "glossary.close": "关闭术语表",
  "glossary.all": "按下可查看全部术语",
  "glossary.source": "出处：",

  "term.ema": "EMA",
  "term.ema.text":
    "权重的指数移动平均：每一步之后保留自身的 β 份，再取原始权重的 1 − β 份。它只旁观，训练始终用原始权重进行。",
  "term.raw": "原始权重",
  "term.raw.text": "优化器所训练的权重，未经平均。",
  "term.beta": "衰减系数 β",
  "term.beta.text": "一次更新保留旧平均的份额。越接近 1，记忆越长、噪声越小，也越滞后于原始权重。",
  "term.effective-beta": "有效 β",
  "term.effective-beta.text": "最近一次更新实际保留的份额。预热期间低于所设的 β。",
  "term.half-life": "半衰期",
  "term.half-life.text":
    "某一步的权重在平均中的份额减半所需的步数，约为 0.69 / (1 − β)。若每 T 步更新一次，则再乘以 T。",
  "term.horizon": "有效窗口",
  "term.horizon.text":
    "核中各权数与最新权数之比的总和：大致就是平均回看的步数。其中内容的平均年龄比它少一步。",
  "term.kernel": "核",
  "term.kernel.text": "平均赋予 k 步之前的原始权重的权数。它也是平均对单个异常值的响应。",
  "term.initial-share": "w₀ 的份额",
  "term.initial-share.text":
    "t 次更新之后，未经训练的初始权重在平均中还占多少。只要它还大，从 w₀ 起步的平均就不好。",
  "term.warm-up": "平均的预热",
  "term.warm-up.text":
    "起初用较小的 β，使平均尽快忘掉起点。公式中的渐升要到第 8,990 次更新才达到 β = 0.999。",
  "term.bias-correction": "偏差校正起步",
  "term.bias-correction.text":
    "使平均成为至今各次更新的归一化均值，每一步都按核的权数计入；第一次更新之后，w₀ 就不再有任何份额。",
  "term.update-interval": "更新间隔",
  "term.update-interval.text": "每 T 步才更新一次的平均，要用 β 的 T 次方才能记得同样久。",
  "term.batch-scaling": "批大小换算",
  "term.batch-scaling.text":
    "批大小变为 κ 倍时，每轮步数减为 1/κ；取 β 的 κ 次方，可使以图像数计的记忆不变。学习率要按它自己的规则换算。",
  "term.swa": "等权平均",
  "term.swa.text": "被平均的各组权重同等计入（Polyak–Ruppert 平均；若在训练后期才开始，即 SWA）。",
  "term.autocorrelation": "自相关",
  "term.autocorrelation.text":
    "权重在相邻两步的偏离有多相似：独立噪声为 0，缓慢漂移接近 1。对缓慢漂移，平均几乎无能为力。",
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
  "term.learning-rate.text": "一步沿梯度 g 走多远。学习率越高，原始权重在其路径周围抖动得越厉害。",
  "term.schedule": "学习率策略",
  "term.schedule.text":
    "学习率在 T 步的运行中如何变化：恒定、按半个余弦下降（公式），或先升后降的单周期。降低学习率会减小原始权重的噪声，与平均的作用相似。",
  "term.adam": "Adam",
  "term.adam.text": "优化器：用梯度的 EMA 除以梯度平方的 EMA 的平方根。二者各有衰减系数 β₁ 与 β₂。",
  "term.weight-decay": "权重衰减",
  "term.weight-decay.text": "把权重拉向零。AdamW 将它与梯度分开进行（公式）；在 Adam 中它是梯度的一部分。",
  "term.batch-norm": "批归一化",
  "term.batch-norm.text": "按均值与方差归一化每个通道：训练时取自当前批次，测试时取自运行统计量。",
  "term.buffers": "批归一化的运行统计量",
  "term.buffers.text":
    "每个通道的运行均值与方差。它们属于原始权重；平均后的权重需要同样平均过的统计量，最好是在训练图像上重新测量的。",
  "term.group-norm": "组归一化",
  "term.group-norm.text": "在每张图像内部按通道组归一化。它没有运行统计量，平均时无须处理。",
  "term.label-noise": "标签噪声",
  "term.label-noise.text":
    "训练前，把这一比例的训练标签从全部十个类别中随机重抽一次，其中十分之一仍然正确。测试标签不变。",
  "term.seed": "种子",
  "term.seed.text":
    "决定一切随机的东西：初始权重、图像顺序、数据增强、标签噪声。相同种子、相同适配器，得到相同的数字。",
};
