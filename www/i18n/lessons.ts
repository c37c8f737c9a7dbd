/** Sentences of the lessons, and of the page's frame. */
export const en = {
  "page.skip": "Skip to the charts",

  "present.open": "Presentation: large type, one view at a time (P)",
  "keys.present": "Start or leave the presentation; Page Down and Page Up move in it",
  "present.slides": "Views of the presentation",
  "present.previous": "View before (Page Up)",
  "present.next": "Next view (Page Down)",
  "present.leave": "Leave the presentation (P or Escape)",

  "embed.open": "Open in Emascope",

  "share.open": "Link to this experiment, or embed parts of it",
  "share.title": "Link and embed",
  "share.about":
    "A link holds the settings, not the run: whoever opens it starts it on their own machine. A file of your own does not travel.",
  "share.what": "What the link shows",
  "share.page": "Whole page",
  "share.parts": "Chosen parts",
  "share.bar": "Run bar",
  "share.lesson": "The open lesson",
  "share.link": "Link",
  "share.code": "Code for a page of yours",
  "share.copy": "Copy",
  "share.copied": "Copied",
  "share.close": "Close",

  "part.accuracy": "Test accuracy",
  "part.loss": "Loss",
  "part.path": "A weight's path",
  "part.memory": "Memory",
  "part.fluctuation": "Fluctuation",
  "part.filters": "Filters",
  "part.predictions": "Predictions",
  "part.table": "Table",
  "part.lessons": "Lessons",
  "part.calculator": "β calculator",
  "part.settings": "Experiment",

  "lessons.strip": "Lessons",
  "lessons.title": "Seven lessons",
  "lessons.about":
    "Each is an experiment that runs here. Say first what you expect; then let the run answer.",
  "lesson.number": "Lesson {n} of {of}",
  "lesson.close": "Close the lesson",
  "lesson.previous": "Lesson before",
  "lesson.next": "Next lesson",
  "lesson.predict": "Your prediction",
  "lesson.drag": "drag",
  "lesson.predict.first": "Make a prediction first.",
  "lesson.recorded": "The page plays a recorded run; a lesson needs a browser with WebGPU.",
  "lesson.length": "Length",
  "lesson.length.short": "Short",
  "lesson.length.long": "Long",
  "lesson.cost": "{images} images",
  "lesson.cost.time": "{images} images, about {time} here",
  "lesson.minutes": "{n} min",
  "lesson.seconds": "{n} s",
  "lesson.replaces": "This ends the current run; its curves stay as faint lines.",
  "lesson.run": "Run it",
  "lesson.run.of": "Run {n} of {of}",
  "lesson.running": "Running",
  "lesson.paused": "Paused. Resume in the run bar.",
  "lesson.stop": "Stop the lesson",
  "lesson.feed": "Feed the bad batch",
  "lesson.feed.about": "The run has stopped. The next batch is yours.",
  "lesson.result": "What came out",
  "lesson.predicted": "You predicted: {prediction}.",
  "lesson.right": "You were right.",
  "lesson.wrong": "It came out otherwise.",
  "lesson.unclear": "This run cannot tell.",
  "lesson.measured": "Measured on {n} test images, seed {seed}, {data}.",
  "lesson.again": "Again with another seed",
  "lesson.other": "Another prediction",
  "lesson.seen": "See it in",
  "lesson.before": "Your runs of this lesson so far",
  "lesson.stopped.changed": "The run was changed or begun anew, so the lesson let go of it.",
  "lesson.stopped.failed": "The run could not be finished.",
  "lesson.limits": "What this does not show",
  "lesson.sources": "Sources",
  "lesson.back": "Back to the lesson",
  "lesson.ready": "The result is there",

  "lesson.unit.percent": "{value} %",
  "lesson.unit.points": "{value} points",
  "lesson.unit.points.one": "{value} point",
  "lesson.unit.steps": "{value} steps",
  "lesson.unit.steps.one": "{value} step",
  "lesson.unit.times": "× {value}",

  "lesson.column.fluctuation": "fluctuation, points",
  "lesson.column.mean": "mean accuracy",
  "lesson.column.last": "last accuracy",
  "lesson.column.lately": "last three tests",
  "lesson.column.initial": "initial weights left",
  "lesson.column.before": "before",
  "lesson.column.depth": "fall, points",
  "lesson.column.lowest": "lowest after, steps",
  "lesson.column.back": "back after, steps",
  "lesson.column.batch": "batch",
  "lesson.column.distance": "distance, points",

  "lesson.comparison": "test accuracy (%) over images seen",
  "lesson.batch.curve.0": "batch 16, β = 0.99",
  "lesson.batch.curve.1": "batch 64, β = 0.99",
  "lesson.batch.curve.2": "batch 64, β = 0.9606",

  "lesson.run.constant.raw": "constant rate, raw",
  "lesson.run.constant.ema": "constant rate, EMA 0.98",
  "lesson.run.cosine.raw": "cosine, raw",
  "lesson.run.cosine.ema": "cosine, EMA 0.98",

  "lesson.noise.name": "Noise",
  "lesson.noise.title": "Averaging away the noise",
  "lesson.noise.text":
    "Every step follows the gradient of one small batch, so the weights jitter about the path they share, and test accuracy jitters with them. An EMA keeps the common direction and lets chance cancel: were the steps' noise independent, β = 0.98 would leave √((1−β)/(1+β)) = {theory} of the weights' standard deviation.",
  "lesson.noise.question": "How large will the fluctuation of EMA 0.98 be, beside that of the raw weights?",
  "lesson.noise.hint":
    "Fluctuation: the standard deviation of the change of test accuracy from one test to the next, over the second half of the run.",
  "lesson.noise.verdict":
    "The fluctuation of EMA 0.98 is {ratio} of the raw weights': {ema} against {raw}. Over the same tests its accuracy is {emaMean} on average, that of the raw weights {rawMean}.",
  "lesson.noise.limits":
    "Calm is not quality: a network that always says “ball” does not fluctuate at all. Accuracy is not linear in the weights and the noise of neighbouring steps is related, so the theory's figure is not what you measure. One seed and few test images add chance of their own.",

  "lesson.outlier.name": "A bad batch",
  "lesson.outlier.title": "One bad batch",
  "lesson.outlier.text":
    "The run trains for {steps} steps and stops. Then you feed it one batch in which every label is wrong, at {factor} times the learning rate. The raw weights take the whole blow. The EMA takes the share 1 − β of it in that step, and then goes on averaging weights that are still hurt.",
  "lesson.outlier.dial": "Learning rate of the bad batch",
  "lesson.outlier.question": "When will EMA 0.98 be at its lowest?",
  "lesson.outlier.hint": "Its half-life is 34 steps. Tests come every 5 steps after the batch.",
  "lesson.outlier.option.at-once": "Right after the batch, like the raw weights",
  "lesson.outlier.option.later": "Some time later, while the raw weights recover",
  "lesson.outlier.option.never": "It will fall by less than a point",
  "lesson.outlier.verdict":
    "The raw weights fell by {raw} and were lowest {rawAfter} after the batch; EMA 0.98 fell by {ema} and was lowest {emaAfter} after it.",
  "lesson.outlier.verdict.never":
    "The raw weights fell by {raw} and were lowest {rawAfter} after the batch; EMA 0.98 fell by only {ema}, which chance could do too.",
  "lesson.outlier.limits":
    "Gradient clipping would stop most such steps. Adam's moments remember the batch too, so part of the harm is done after it. The predicted curve takes the raw weights' way as given: it says how an average follows, not how a network recovers.",

  "lesson.beta.name": "Choosing β",
  "lesson.beta.title": "A memory too long for the run",
  "lesson.beta.text":
    "After t steps the share βᵗ of the initial weights is still in the average: of β = 0.999 after {steps} steps, {share}. A warm-up shortens the memory at the start: the ramp uses min(β, (1+t)/(10+t)); the bias-corrected start weighs every step so that the initial weights drop out at once.",
  "lesson.beta.question": "What test accuracy will EMA 0.999 without a warm-up have at the end?",
  "lesson.beta.hint": "Ten classes: guessing gets 10 %.",
  "lesson.beta.verdict":
    "EMA 0.999 ends at {plain}, with {share} of the initial weights in it. With the ramp it reaches {ramp}, bias-corrected {corrected}.",
  "lesson.beta.verdict.best": "The best here is {best} with {accuracy}; the raw weights have {raw}.",
  "lesson.beta.limits":
    "The run is short on purpose: in one of 100,000 steps, 0.999 has forgotten its start and is a common choice. Batch norm makes the fall deeper, because averaged variances remember their start as well (lesson 6). The best β here holds for this length, batch size and learning rate.",

  "lesson.decay.name": "Decay or average",
  "lesson.decay.title": "Lower the learning rate, or average?",
  "lesson.decay.text":
    "A learning rate that falls to zero calms the raw weights at the end; averaging calms without lowering it. Two runs from the same seed on the same batches: first a constant rate, with an EMA beside it; then half a cosine down to zero. The first stays in the charts as faint lines.",
  "lesson.decay.question": "Which will be highest at the end?",
  "lesson.decay.hint": "Mean of the last three tests. Nearer than {near} counts as equal.",
  "lesson.decay.option.ema": "Constant rate, EMA 0.98",
  "lesson.decay.option.cosine": "Cosine, raw weights",
  "lesson.decay.option.equal": "These two, about equal",
  "lesson.decay.option.constant": "Constant rate, raw weights, no worse than these",
  "lesson.decay.verdict":
    "Constant rate: raw {constant}, EMA {ema}. Cosine: raw {cosine}, and with an EMA as well {both}.",
  "lesson.decay.limits":
    "Both runs have the same peak rate; tuned apart, the cosine may want a higher one. The average is good at any step, the cosine only at its end, and lengthening a run means starting it over. One seed.",

  "lesson.labels.name": "Label noise",
  "lesson.labels.title": "Wrong labels in the training set",
  "lesson.labels.text":
    "{noise} of the training labels are drawn anew at random; the test labels stay right. The gradients now pull in wrong directions as well, at random, and an average lets such pulls cancel. Run it at several shares and compare.",
  "lesson.labels.dial": "Labels redrawn",
  "lesson.labels.question": "By how much will EMA 0.98 be ahead of the raw weights?",
  "lesson.labels.hint": "Mean test accuracy over the second half of the run, in points.",
  "lesson.labels.verdict":
    "With {noise} of the labels redrawn: raw {raw}, EMA {ema}. The average is {gain} ahead.",
  "lesson.labels.verdict.behind":
    "With {noise} of the labels redrawn: raw {raw}, EMA {ema}. The average is {gain} behind.",
  "lesson.labels.limits":
    "At a constant learning rate an average gains much without any label noise; what noise adds is the difference of two runs, and one seed says little about it. So short a run does not learn wrong labels by heart. In long runs with a decayed rate, Morales-Brotons et al. report +9 points at 40 % noise against +0.4 without.",

  "lesson.buffers.name": "Batch norm",
  "lesson.buffers.title": "Whose statistics for averaged weights?",
  "lesson.buffers.text":
    "Batch norm keeps a running mean and variance of every channel. They are measured, not learned, and averaged weights make other activations than the raw ones. Three ways: average the statistics too, copy the raw network's, or send training images through the averaged network and measure anew.",
  "lesson.buffers.question": "Which is best for EMA 0.99?",
  "lesson.buffers.hint": "Mean over the second half of the tests. Nearer than {near} counts as equal.",
  "lesson.buffers.option.average": "Average them too",
  "lesson.buffers.option.copy": "Copy the raw network's",
  "lesson.buffers.option.recompute": "Measure them anew",
  "lesson.buffers.option.equal": "The best two are about equal",
  "lesson.buffers.verdict":
    "Averaged {average}, copied {copy}, measured anew {recompute}; the raw weights have {raw}.",
  "lesson.buffers.limits":
    "Measuring anew costs a pass over two thousand images before each test. Once the average has forgotten its start, averaging the statistics comes close to it. Networks with layer or group norm have no such question.",

  "lesson.batch.name": "Batch size",
  "lesson.batch.title": "A larger batch wants another β",
  "lesson.batch.text":
    "With κ times the batch an epoch has 1/κ as many steps, and the same β looks back over κ times as many images. β^κ keeps the horizon. First a run with batches of {small} and β = {beta}; then batches of {large} (κ = {kappa}) at √κ times the learning rate, as suits Adam, with two averages: {beta} and {beta}^{kappa} = {scaled}.",
  "lesson.batch.question":
    "Which average of the large batches stays nearer to the small batches' EMA, after equally many images?",
  "lesson.batch.hint":
    "Distance: root mean square of the difference in test accuracy. Nearer than {near} counts as equal.",
  "lesson.batch.option.same": "The same β, {beta}",
  "lesson.batch.option.scaled": "β^κ, {scaled}",
  "lesson.batch.option.equal": "Both about equally",
  "lesson.batch.verdict":
    "After equally many images, β = 0.99 is {same} away from the small batches' EMA, and β^κ = 0.9606 is {scaled} away.",
  "lesson.batch.limits":
    "β^κ is exact for the average alone. The raw weights of the two runs differ too: √κ is an approximation, and Adam's own β₁ and β₂ were left as they are. In a long run the share of the start fades and the two averages come nearer to each other.",
};

export const zh: Record<keyof typeof en, string> = {
  "page.skip": "跳到图表",

  "present.open": "演示模式：大字号，一次一屏（P）",
  "keys.present": "进入或退出演示；演示中用 Page Down、Page Up 翻屏",
  "present.slides": "演示的各屏",
  "present.previous": "上一屏（Page Up）",
  "present.next": "下一屏（Page Down）",
  "present.leave": "退出演示（P 或 Esc）",

  "embed.open": "在 Emascope 中打开",

  "share.open": "获取本实验的链接，或嵌入其中的一部分",
  "share.title": "链接与嵌入",
  "share.about": "链接只含设置，不含运行结果：打开的人在自己的机器上运行。你自己的数据文件不会随链接传出。",
  "share.what": "链接显示的内容",
  "share.page": "整个页面",
  "share.parts": "选定部分",
  "share.bar": "运行栏",
  "share.lesson": "打开的课程",
  "share.link": "链接",
  "share.code": "嵌入代码",
  "share.copy": "复制",
  "share.copied": "已复制",
  "share.close": "关闭",

  "part.accuracy": "测试准确率",
  "part.loss": "损失",
  "part.path": "权重轨迹",
  "part.memory": "记忆",
  "part.fluctuation": "波动",
  "part.filters": "卷积核",
  "part.predictions": "预测",
  "part.table": "结果表",
  "part.lessons": "课程",
  "part.calculator": "β 计算器",
  "part.settings": "实验",

  "lessons.strip": "课程",
  "lessons.title": "七节课",
  "lessons.about": "每节课都是一个在本页运行的实验。先说出你的预测，再让实验回答。",
  "lesson.number": "第 {n} 课，共 {of} 课",
  "lesson.close": "关闭课程",
  "lesson.previous": "上一课",
  "lesson.next": "下一课",
  "lesson.predict": "你的预测",
  "lesson.drag": "请拖动",
  "lesson.predict.first": "请先做出预测。",
  "lesson.recorded": "本页正在回放录制的运行；课程需要支持 WebGPU 的浏览器。",
  "lesson.length": "时长",
  "lesson.length.short": "短",
  "lesson.length.long": "长",
  "lesson.cost": "{images} 张图像",
  "lesson.cost.time": "{images} 张图像，在本机约需 {time}",
  "lesson.minutes": "{n} 分钟",
  "lesson.seconds": "{n} 秒",
  "lesson.replaces": "当前的运行将就此结束，它的曲线会以淡线保留。",
  "lesson.run": "开始实验",
  "lesson.run.of": "第 {n} 次运行，共 {of} 次",
  "lesson.running": "运行中",
  "lesson.paused": "已暂停。请在上方运行栏中继续。",
  "lesson.stop": "中止本课",
  "lesson.feed": "喂入坏批次",
  "lesson.feed.about": "运行已停下。下一个批次由你喂入。",
  "lesson.result": "实验结果",
  "lesson.predicted": "你的预测：{prediction}。",
  "lesson.right": "你猜对了。",
  "lesson.wrong": "结果与预测不同。",
  "lesson.unclear": "这次运行无法给出结论。",
  "lesson.measured": "在 {n} 张测试图像上测得，种子 {seed}，{data}。",
  "lesson.again": "换一个种子再来",
  "lesson.other": "重新预测",
  "lesson.seen": "在图中查看",
  "lesson.before": "你在本课中的各次运行",
  "lesson.stopped.changed": "运行被改动或重新开始，本课不再跟踪它。",
  "lesson.stopped.failed": "运行未能完成。",
  "lesson.limits": "本课不能说明什么",
  "lesson.sources": "文献",
  "lesson.back": "回到课程",
  "lesson.ready": "结果已出",

  "lesson.unit.percent": "{value}%",
  "lesson.unit.points": "{value} 个百分点",
  "lesson.unit.points.one": "{value} 个百分点",
  "lesson.unit.steps": "{value} 步",
  "lesson.unit.steps.one": "{value} 步",
  "lesson.unit.times": "{value} 倍",

  "lesson.column.fluctuation": "波动（百分点）",
  "lesson.column.mean": "平均准确率",
  "lesson.column.last": "最终准确率",
  "lesson.column.lately": "最后三次测试",
  "lesson.column.initial": "初始权重剩余",
  "lesson.column.before": "此前",
  "lesson.column.depth": "跌幅（百分点）",
  "lesson.column.lowest": "最低（步）",
  "lesson.column.back": "恢复（步）",
  "lesson.column.batch": "批大小",
  "lesson.column.distance": "距离（百分点）",

  "lesson.comparison": "测试准确率（%）随看过的图像数的变化",
  "lesson.batch.curve.0": "批大小 16，β = 0.99",
  "lesson.batch.curve.1": "批大小 64，β = 0.99",
  "lesson.batch.curve.2": "批大小 64，β = 0.9606",

  "lesson.run.constant.raw": "恒定学习率，原始权重",
  "lesson.run.constant.ema": "恒定学习率，EMA 0.98",
  "lesson.run.cosine.raw": "余弦，原始权重",
  "lesson.run.cosine.ema": "余弦，EMA 0.98",

  "lesson.noise.name": "噪声",
  "lesson.noise.title": "用平均压住噪声",
  "lesson.noise.text":
    "每一步只跟随一个小批次的梯度，权重因此在共同的路径附近抖动，测试准确率也跟着抖动。EMA 留下共同的方向，让偶然的部分相互抵消：如果各步的噪声彼此独立，β = 0.98 会使权重的标准差只剩 √((1−β)/(1+β)) = {theory}。",
  "lesson.noise.question": "与原始权重相比，EMA 0.98 的波动会有多大？",
  "lesson.noise.hint": "波动：运行后半程中，相邻两次测试的准确率之差的标准差。",
  "lesson.noise.verdict":
    "EMA 0.98 的波动是原始权重的 {ratio}：前者 {ema}，后者 {raw}。在同样的测试中，它的平均准确率为 {emaMean}，原始权重为 {rawMean}。",
  "lesson.noise.limits":
    "平稳不等于好：一个永远回答“球”的网络毫无波动。准确率不是权重的线性函数，相邻各步的噪声也彼此相关，所以测得的数字与理论值不同。只用一个种子、测试图像又少，结果本身也带有偶然性。",

  "lesson.outlier.name": "坏批次",
  "lesson.outlier.title": "一个坏批次",
  "lesson.outlier.text":
    "先训练 {steps} 步，然后停下。接着由你喂入一个标签全错的批次，并用 {factor} 倍的学习率。原始权重承受全部冲击；EMA 在这一步只承受其中的 1 − β，但随后仍在继续平均尚未复原的权重。",
  "lesson.outlier.dial": "坏批次的学习率",
  "lesson.outlier.question": "EMA 0.98 会在什么时候跌到最低？",
  "lesson.outlier.hint": "它的半衰期是 34 步。坏批次之后每 5 步测试一次。",
  "lesson.outlier.option.at-once": "紧接着坏批次，与原始权重同时",
  "lesson.outlier.option.later": "晚一些，那时原始权重已在恢复",
  "lesson.outlier.option.never": "跌幅不会超过 1 个百分点",
  "lesson.outlier.verdict":
    "原始权重跌了 {raw}，在坏批次之后 {rawAfter}时最低；EMA 0.98 跌了 {ema}，之后 {emaAfter}时最低。",
  "lesson.outlier.verdict.never":
    "原始权重跌了 {raw}，在坏批次之后 {rawAfter}时最低；EMA 0.98 只跌了 {ema}，偶然因素也能造成这样的变化。",
  "lesson.outlier.limits":
    "实际训练中，梯度裁剪会挡住大多数这样的步子。Adam 的动量也会记住这个批次，所以一部分损害发生在它之后。图中的预测曲线把原始权重的走向当作已知：它只说明平均如何跟随，并不说明网络如何恢复。",

  "lesson.beta.name": "选择 β",
  "lesson.beta.title": "记忆太长，训练太短",
  "lesson.beta.text":
    "t 步之后，平均中仍有 βᵗ 的初始权重：β = 0.999 时，{steps} 步之后还剩 {share}。预热缩短了开头的记忆：渐升取 min(β, (1+t)/(10+t))；偏差校正则重新分配各步的比重，使初始权重一开始就不再起作用。",
  "lesson.beta.question": "不做预热的 EMA 0.999，最终的测试准确率会是多少？",
  "lesson.beta.hint": "共十个类别：瞎猜可得 10%。",
  "lesson.beta.verdict":
    "EMA 0.999 最终为 {plain}，其中还有 {share} 的初始权重。渐升预热可达 {ramp}，偏差校正可达 {corrected}。",
  "lesson.beta.verdict.best": "这里最好的：{best}，{accuracy}；原始权重为 {raw}。",
  "lesson.beta.limits":
    "这次训练是有意缩短的：训练十万步时，0.999 早已忘掉开头，是常见的选择。批归一化使它跌得更深，因为平均后的方差同样记着开头（见第 6 课）。这里最好的 β 只适用于这样的步数、批大小和学习率。",

  "lesson.decay.name": "衰减与平均",
  "lesson.decay.title": "降低学习率，还是做平均？",
  "lesson.decay.text":
    "学习率降到零，原始权重在最后会平静下来；平均则不必降低学习率。同一种子、同样的批次，运行两次：先用恒定学习率并配一个 EMA，再用降到零的半周期余弦。第一次的曲线会以淡线留在图中。",
  "lesson.decay.question": "最终哪一个最高？",
  "lesson.decay.hint": "按最后三次测试的平均值计算。相差不到 {near}视为相当。",
  "lesson.decay.option.ema": "恒定学习率，EMA 0.98",
  "lesson.decay.option.cosine": "余弦，原始权重",
  "lesson.decay.option.equal": "以上两者不相上下",
  "lesson.decay.option.constant": "恒定学习率的原始权重，不比它们差",
  "lesson.decay.verdict":
    "恒定学习率：原始权重 {constant}，EMA {ema}。余弦：原始权重 {cosine}，再加上 EMA 为 {both}。",
  "lesson.decay.limits":
    "两次运行的最高学习率相同；若分别调优，余弦也许适合更高的学习率。平均在任何一步都可用，余弦只在终点可用，要延长训练就得从头再来。只用了一个种子。",

  "lesson.labels.name": "标签噪声",
  "lesson.labels.title": "训练集里的错误标签",
  "lesson.labels.text":
    "随机重抽 {noise} 的训练标签，测试标签保持正确。于是梯度也会被随机拉向错误的方向，而平均能让这样的拉扯相互抵消。请用几种比例各运行一次，再作比较。",
  "lesson.labels.dial": "重抽的标签",
  "lesson.labels.question": "EMA 0.98 会比原始权重高出多少？",
  "lesson.labels.hint": "运行后半程的平均测试准确率之差，以百分点计。",
  "lesson.labels.verdict": "重抽 {noise} 的标签时：原始权重 {raw}，EMA {ema}，平均权重高出 {gain}。",
  "lesson.labels.verdict.behind": "重抽 {noise} 的标签时：原始权重 {raw}，EMA {ema}，平均权重低了 {gain}。",
  "lesson.labels.limits":
    "学习率恒定时，即使没有标签噪声，平均也有很大收益；噪声带来的那一部分要看两次运行之差，而一个种子说明不了多少。这么短的训练还来不及把错误标签背下来。Morales-Brotons 等人在学习率衰减的长训练中报告：40% 噪声时提高 9 个百分点，没有噪声时只提高 0.4。",

  "lesson.buffers.name": "批归一化",
  "lesson.buffers.title": "平均后的权重该用谁的统计量？",
  "lesson.buffers.text":
    "批归一化为每个通道记录滑动均值与方差。它们是测出来的，不是学出来的；而平均后的权重产生的激活与原始权重不同。有三种办法：统计量也一起平均；直接复制原始网络的；或者让训练图像通过平均后的网络，重新测量。",
  "lesson.buffers.question": "对 EMA 0.99 来说，哪一种最好？",
  "lesson.buffers.hint": "按后一半测试的平均值计算。相差不到 {near}视为相当。",
  "lesson.buffers.option.average": "一起平均",
  "lesson.buffers.option.copy": "复制原始网络的",
  "lesson.buffers.option.recompute": "重新测量",
  "lesson.buffers.option.equal": "最好的两种不相上下",
  "lesson.buffers.verdict": "一起平均 {average}，复制 {copy}，重新测量 {recompute}；原始权重为 {raw}。",
  "lesson.buffers.limits":
    "重新测量要在每次测试之前让两千张图像通过网络。等平均忘掉开头之后，“一起平均”就与它相近了。使用层归一化或组归一化的网络没有这个问题。",

  "lesson.batch.name": "批大小",
  "lesson.batch.title": "批变大，β 也要变",
  "lesson.batch.text":
    "批大小变为 κ 倍，一轮的步数就变为 1/κ，同一个 β 便会回看 κ 倍的图像。改用 β^κ 可以保持这段记忆不变。先以批大小 {small}、β = {beta} 运行；再以批大小 {large}（κ = {kappa}）运行，学习率按 Adam 的习惯乘以 √κ，并配两个平均：{beta} 与 {beta}^{kappa} = {scaled}。",
  "lesson.batch.question": "看过同样多的图像之后，大批次的哪一个平均更接近小批次的 EMA？",
  "lesson.batch.hint": "距离：测试准确率之差的均方根。相差不到 {near}视为相当。",
  "lesson.batch.option.same": "同一个 β，{beta}",
  "lesson.batch.option.scaled": "β^κ，{scaled}",
  "lesson.batch.option.equal": "两者不相上下",
  "lesson.batch.verdict":
    "看过同样多的图像之后，β = 0.99 与小批次的 EMA 相距 {same}，β^κ = 0.9606 相距 {scaled}。",
  "lesson.batch.limits":
    "β^κ 只对平均本身是精确的。两次运行的原始权重也不相同：√κ 只是近似，Adam 自己的 β₁ 与 β₂ 也没有调整。训练久了，开头的份额逐渐消失，两个平均会彼此靠近。",
};
