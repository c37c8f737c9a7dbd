/** Sentences of the lessons, and of the page's frame. */
export const en = {
  "page.skip": "Skip to the charts",

  "present.open": "Presentation: large type, one view at a time (P)",
  "keys.present": "Start or leave the presentation; Page Down and Page Up switch views",
  "present.slides": "Views of the presentation",
  "present.previous": "Previous view (Page Up)",
  "present.next": "Next view (Page Down)",
  "present.leave": "Leave the presentation (P or Escape)",

  "embed.open": "Open in Emascope",

  "share.open": "Link to this experiment or embed parts of it",
  "share.title": "Link and embed",
  "share.about":
    "A link contains the settings, not the run: whoever opens it runs the experiment on their own machine. Your own files are not included.",
  "share.what": "What the link shows",
  "share.page": "Whole page",
  "share.parts": "Chosen parts",
  "share.bar": "Run bar",
  "share.lesson": "The open lesson",
  "share.link": "Link",
  "share.code": "Code for your own page",
  "share.copy": "Copy",
  "share.copied": "Copied",
  "share.close": "Close",

  "part.story": "Story",
  "part.accuracy": "Test accuracy",
  "part.loss": "Loss",
  "part.path": "One weight over time",
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
  "lessons.about": "Each is an experiment that runs on this page. Predict the outcome first, then run it.",
  "lesson.number": "Lesson {n} of {of}",
  "lesson.close": "Close the lesson",
  "lesson.previous": "Previous lesson",
  "lesson.next": "Next lesson",
  "lesson.predict": "Your prediction",
  "lesson.drag": "drag",
  "lesson.predict.first": "Make a prediction first.",
  "lesson.recorded": "The page is playing a recorded run; lessons need a browser that can train here.",
  "lesson.length": "Length",
  "lesson.length.short": "Short",
  "lesson.length.long": "Long",
  "lesson.cost": "{images} images",
  "lesson.cost.time": "{images} images, about {time} here",
  "lesson.minutes": "{n} min",
  "lesson.seconds": "{n} s",
  "lesson.replaces": "This ends the current run; its curves remain as faint lines.",
  "lesson.run": "Run it",
  "lesson.run.of": "Run {n} of {of}",
  "lesson.running": "Running",
  "lesson.paused": "Paused. Resume in the run bar.",
  "lesson.stop": "Stop the lesson",
  "lesson.feed": "Train on the bad batch",
  "lesson.feed.about": "The run has stopped. You start the next batch.",
  "lesson.result": "Result",
  "lesson.predicted": "You predicted: {prediction}.",
  "lesson.right": "You were right.",
  "lesson.wrong": "The result was different.",
  "lesson.unclear": "This run is inconclusive.",
  "lesson.measured": "Measured on {n} test images, seed {seed}, {data}.",
  "lesson.again": "Repeat with another seed",
  "lesson.other": "Change the prediction",
  "lesson.seen": "See it in",
  "lesson.before": "Your previous runs of this lesson",
  "lesson.stopped.changed": "The run was changed or restarted, so the lesson ended.",
  "lesson.stopped.failed": "The run could not be finished.",
  "lesson.limits": "What this does not show",
  "lesson.sources": "Sources",
  "lesson.back": "Back to the lesson",
  "lesson.ready": "The result is in",

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
  "lesson.column.depth": "drop, points",
  "lesson.column.lowest": "lowest after, steps",
  "lesson.column.back": "recovered after, steps",
  "lesson.column.batch": "batch",
  "lesson.column.distance": "distance, points",

  "lesson.comparison": "Test accuracy by run",
  "lesson.comparison.about": "One line for each curve of the lesson's runs, over the number of images seen",
  "lesson.comparison.images": "training images seen",
  "lesson.comparison.at": "{n} images seen",
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
    "Every step follows the gradient of one small batch, so the weights jitter around a common path, and test accuracy jitters with them. An EMA keeps the common direction and lets the random part cancel. If the noise of the steps were independent, β = 0.98 would leave √((1−β)/(1+β)) = {theory} of the weights' standard deviation.",
  "lesson.noise.question": "How large will the fluctuation of EMA 0.98 be compared with the raw weights?",
  "lesson.noise.hint":
    "Fluctuation: the standard deviation of the change in test accuracy from one test to the next, over the second half of the run.",
  "lesson.noise.verdict":
    "The fluctuation of EMA 0.98 is {ratio} of the raw weights': {ema} against {raw}. Over the same tests its mean accuracy is {emaMean}, that of the raw weights {rawMean}.",
  "lesson.noise.limits":
    "Low noise is not quality: a network that always answers “ball” does not fluctuate at all. Accuracy is not linear in the weights, and the noise of neighbouring steps is correlated, so the measurement differs from the theory. With one seed and few test images, the result itself is partly chance.",

  "lesson.outlier.name": "A bad batch",
  "lesson.outlier.title": "One bad batch",
  "lesson.outlier.text":
    "The run trains for {steps} steps and stops. You then train on one batch in which every label is wrong, at {factor} times the learning rate. The raw weights take the full impact. The EMA takes the share 1 − β of it in that step, and then keeps averaging weights that have not yet recovered.",
  "lesson.outlier.dial": "Learning rate of the bad batch",
  "lesson.outlier.question": "When will EMA 0.98 be at its lowest?",
  "lesson.outlier.hint": "Its half-life is 34 steps. After the batch there is a test every 5 steps.",
  "lesson.outlier.option.at-once": "Right after the batch, with the raw weights",
  "lesson.outlier.option.later": "Later, while the raw weights are recovering",
  "lesson.outlier.option.never": "It will drop by less than a point",
  "lesson.outlier.verdict":
    "The raw weights dropped by {raw} and were lowest {rawAfter} after the batch; EMA 0.98 dropped by {ema} and was lowest {emaAfter} after it.",
  "lesson.outlier.verdict.never":
    "The raw weights dropped by {raw} and were lowest {rawAfter} after the batch; EMA 0.98 dropped by only {ema}, which could be chance.",
  "lesson.outlier.limits":
    "In practice, gradient clipping would limit most such steps. Adam's moments remember the batch too, so part of the damage is done in later steps. The predicted curve takes the path of the raw weights as given: it shows how an average follows, not how a network recovers.",

  "lesson.beta.name": "Choosing β",
  "lesson.beta.title": "A memory that is too long for the run",
  "lesson.beta.text":
    "After t steps the share βᵗ of the initial weights is still in the average. For β = 0.999 after {steps} steps, that is {share}. A warm-up shortens the memory at the start: the ramp uses min(β, (1+t)/(10+t)); the bias-corrected start reweights the steps so that the initial weights are gone after the first update.",
  "lesson.beta.question": "What test accuracy will EMA 0.999 without a warm-up have at the end?",
  "lesson.beta.hint": "Ten classes: guessing is right 10 % of the time.",
  "lesson.beta.verdict":
    "EMA 0.999 ends at {plain}, with {share} of the initial weights still in it. With the ramp it reaches {ramp}, with the bias-corrected start {corrected}.",
  "lesson.beta.verdict.best": "The best here is {best} with {accuracy}; the raw weights have {raw}.",
  "lesson.beta.limits":
    "The run is short on purpose: after 100,000 steps, 0.999 has long forgotten its start and is a common choice. Batch norm makes the drop worse, because averaged variances remember their start too (lesson 6). The best β here is specific to this length, batch size and learning rate.",

  "lesson.decay.name": "Decay or average",
  "lesson.decay.title": "Lower the learning rate, or average?",
  "lesson.decay.text":
    "A learning rate that falls to zero reduces the noise of the raw weights at the end; averaging reduces it without lowering the rate. Two runs from the same seed on the same batches: the first at a constant rate with an EMA, the second with a half cosine down to zero. The first remains in the charts as faint lines.",
  "lesson.decay.question": "Which will be highest at the end?",
  "lesson.decay.hint": "Mean of the last three tests. A difference below {near} counts as equal.",
  "lesson.decay.option.ema": "Constant rate, EMA 0.98",
  "lesson.decay.option.cosine": "Cosine, raw weights",
  "lesson.decay.option.equal": "These two, about equally",
  "lesson.decay.option.constant": "Constant rate, raw weights, no worse than these",
  "lesson.decay.verdict":
    "Constant rate: raw {constant}, EMA {ema}. Cosine: raw {cosine}, with an EMA {both}.",
  "lesson.decay.limits":
    "Both runs have the same peak rate; tuned separately, the cosine may prefer a higher one. The average is good at any step, the cosine only at its end, and a longer cosine run has to start over. One seed.",

  "lesson.labels.name": "Label noise",
  "lesson.labels.title": "Wrong labels in the training set",
  "lesson.labels.text":
    "{noise} of the training labels are replaced at random; the test labels stay correct. The gradients now also pull in random wrong directions, which an average lets cancel. Run it with several shares and compare.",
  "lesson.labels.dial": "Labels replaced",
  "lesson.labels.question": "By how much will EMA 0.98 be ahead of the raw weights?",
  "lesson.labels.hint": "Mean test accuracy over the second half of the run, in points.",
  "lesson.labels.verdict":
    "With {noise} of the labels replaced: raw {raw}, EMA {ema}. The average is {gain} ahead.",
  "lesson.labels.verdict.behind":
    "With {noise} of the labels replaced: raw {raw}, EMA {ema}. The average is {gain} behind.",
  "lesson.labels.limits":
    "At a constant learning rate an average gains much even without label noise. The part due to noise is the difference between two runs, and one seed says little about it. A run this short does not memorise wrong labels. In long runs with a decayed rate, Morales-Brotons et al. report +9 points at 40 % noise against +0.4 without.",

  "lesson.buffers.name": "Batch norm",
  "lesson.buffers.title": "Which statistics for averaged weights?",
  "lesson.buffers.text":
    "Batch norm keeps a running mean and variance of every channel. They are measured, not learned, and averaged weights produce different activations from the raw ones. There are three options: average the statistics too, copy the raw network's, or pass training images through the averaged network and measure them again.",
  "lesson.buffers.question": "Which is best for EMA 0.99?",
  "lesson.buffers.hint": "Mean over the second half of the tests. A difference below {near} counts as equal.",
  "lesson.buffers.option.average": "Average them too",
  "lesson.buffers.option.copy": "Copy the raw network's",
  "lesson.buffers.option.recompute": "Measure them again",
  "lesson.buffers.option.equal": "The best two are about equal",
  "lesson.buffers.verdict":
    "Averaged {average}, copied {copy}, measured again {recompute}; the raw weights have {raw}.",
  "lesson.buffers.limits":
    "Measuring again costs a pass over two thousand images before each test. Once the average has forgotten its start, averaging the statistics comes close to it. Networks with layer or group norm do not have this problem.",

  "lesson.batch.name": "Batch size",
  "lesson.batch.title": "A larger batch needs a different β",
  "lesson.batch.text":
    "With batches κ times as large, an epoch has 1/κ as many steps, and the same β looks back over κ times as many images. β^κ keeps the memory the same. First a run with batches of {small} and β = {beta}; then batches of {large} (κ = {kappa}) at √κ times the learning rate, as suits Adam, with two averages: {beta} and {beta}^{kappa} = {scaled}.",
  "lesson.batch.question":
    "Which average of the large batches stays closer to the small batches' EMA after the same number of images?",
  "lesson.batch.hint":
    "Distance: root mean square of the difference in test accuracy. A difference below {near} counts as equal.",
  "lesson.batch.option.same": "The same β, {beta}",
  "lesson.batch.option.scaled": "β^κ, {scaled}",
  "lesson.batch.option.equal": "Both about equally close",
  "lesson.batch.verdict":
    "After the same number of images, β = 0.99 is {same} away from the small batches' EMA, and β^κ = 0.9606 is {scaled} away.",
  "lesson.batch.limits":
    "β^κ is exact only for the average. The raw weights of the two runs also differ: √κ is an approximation, and Adam's own β₁ and β₂ were not changed. In a long run the initial share fades and the two averages approach each other.",
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
  "share.about": "链接包含设置，不包含运行结果：打开的人在自己的机器上运行实验。你自己的文件不包含在内。",
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

  "part.story": "故事",
  "part.accuracy": "测试准确率",
  "part.loss": "损失",
  "part.path": "一个权重的变化",
  "part.memory": "记忆",
  "part.fluctuation": "波动",
  "part.filters": "滤波器",
  "part.predictions": "预测",
  "part.table": "结果表",
  "part.lessons": "课程",
  "part.calculator": "β 计算器",
  "part.settings": "实验",

  "lessons.strip": "课程",
  "lessons.title": "七节课",
  "lessons.about": "每节课都是一个在本页运行的实验。先预测结果，再运行。",
  "lesson.number": "第 {n} 课，共 {of} 课",
  "lesson.close": "关闭课程",
  "lesson.previous": "上一课",
  "lesson.next": "下一课",
  "lesson.predict": "你的预测",
  "lesson.drag": "请拖动",
  "lesson.predict.first": "请先做出预测。",
  "lesson.recorded": "本页正在播放录制的运行；课程需要能在这里训练的浏览器。",
  "lesson.length": "时长",
  "lesson.length.short": "短",
  "lesson.length.long": "长",
  "lesson.cost": "{images} 张图像",
  "lesson.cost.time": "{images} 张图像，在本机约需 {time}",
  "lesson.minutes": "{n} 分钟",
  "lesson.seconds": "{n} 秒",
  "lesson.replaces": "这会结束当前的运行，它的曲线以淡线保留。",
  "lesson.run": "开始实验",
  "lesson.run.of": "第 {n} 次运行，共 {of} 次",
  "lesson.running": "运行中",
  "lesson.paused": "已暂停。请在上方运行栏中继续。",
  "lesson.stop": "中止本课",
  "lesson.feed": "用坏批次训练",
  "lesson.feed.about": "运行已停下。下一个批次由你开始。",
  "lesson.result": "结果",
  "lesson.predicted": "你的预测：{prediction}。",
  "lesson.right": "你猜对了。",
  "lesson.wrong": "结果与预测不同。",
  "lesson.unclear": "这次运行得不出结论。",
  "lesson.measured": "在 {n} 张测试图像上测得，种子 {seed}，{data}。",
  "lesson.again": "换一个种子再来",
  "lesson.other": "更改预测",
  "lesson.seen": "在图中查看",
  "lesson.before": "你在本课中的各次运行",
  "lesson.stopped.changed": "运行被更改或重新开始，因此本课已结束。",
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

  "lesson.comparison": "各次运行的测试准确率",
  "lesson.comparison.about": "本课各次运行的曲线，随看过的图像数变化",
  "lesson.comparison.images": "看过的训练图像数",
  "lesson.comparison.at": "看过 {n} 张图像",
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
    "每一步只跟随一个小批次的梯度，权重因此在共同的路径附近抖动，测试准确率也跟着抖动。EMA 保留共同的方向，让随机的部分相互抵消。如果各步的噪声彼此独立，β = 0.98 会使权重的标准差只剩 √((1−β)/(1+β)) = {theory}。",
  "lesson.noise.question": "与原始权重相比，EMA 0.98 的波动会有多大？",
  "lesson.noise.hint": "波动：运行后半程中，相邻两次测试的准确率之差的标准差。",
  "lesson.noise.verdict":
    "EMA 0.98 的波动是原始权重的 {ratio}：前者 {ema}，后者 {raw}。在同样的测试中，它的平均准确率为 {emaMean}，原始权重为 {rawMean}。",
  "lesson.noise.limits":
    "平稳不等于好：一个永远回答“球”的网络毫无波动。准确率不是权重的线性函数，相邻各步的噪声也彼此相关，所以实测值与理论值不同。只用一个种子、测试图像又少，结果本身也带有偶然性。",

  "lesson.outlier.name": "坏批次",
  "lesson.outlier.title": "一个坏批次",
  "lesson.outlier.text":
    "先训练 {steps} 步，然后停下。接着由你在一个标签全错的批次上训练一步，并用 {factor} 倍的学习率。原始权重承受全部冲击；EMA 在这一步只承受其中的 1 − β，但随后仍在平均尚未恢复的权重。",
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
    "实际训练中，梯度裁剪会限制大多数这样的步子。Adam 的矩也会记住这个批次，所以一部分损害发生在之后的步骤里。图中的预测曲线把原始权重的走向当作已知：它只说明平均如何跟随，并不说明网络如何恢复。",

  "lesson.beta.name": "选择 β",
  "lesson.beta.title": "记忆太长，训练太短",
  "lesson.beta.text":
    "t 步之后，平均中仍有 βᵗ 的初始权重：β = 0.999 时，{steps} 步之后还剩 {share}。预热缩短开头的记忆：渐升取 min(β, (1+t)/(10+t))；偏差校正重新分配各步的比重，使初始权重在第一次更新之后就不再起作用。",
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
    "学习率降到零，会在最后减小原始权重的噪声；平均不必降低学习率也能做到。同一种子、同样的批次，运行两次：先用恒定学习率并配一组 EMA，再用降到零的半周期余弦。第一次的曲线以淡线留在图中。",
  "lesson.decay.question": "最终哪一个最高？",
  "lesson.decay.hint": "按最后三次测试的平均值计算。相差不到 {near}视为相当。",
  "lesson.decay.option.ema": "恒定学习率，EMA 0.98",
  "lesson.decay.option.cosine": "余弦，原始权重",
  "lesson.decay.option.equal": "以上两者不相上下",
  "lesson.decay.option.constant": "恒定学习率的原始权重，不比以上两者差",
  "lesson.decay.verdict":
    "恒定学习率：原始权重 {constant}，EMA {ema}。余弦：原始权重 {cosine}，再加上 EMA 为 {both}。",
  "lesson.decay.limits":
    "两次运行的最高学习率相同；若分别调优，余弦也许适合更高的学习率。平均在任何一步都可用，余弦只在终点可用，要延长训练就得从头再来。只用了一个种子。",

  "lesson.labels.name": "标签噪声",
  "lesson.labels.title": "训练集里的错误标签",
  "lesson.labels.text":
    "随机替换 {noise} 的训练标签，测试标签保持正确。于是梯度也会被随机拉向错误的方向，而平均能让这样的拉扯相互抵消。请用几种比例各运行一次，再作比较。",
  "lesson.labels.dial": "替换的标签",
  "lesson.labels.question": "EMA 0.98 会比原始权重高出多少？",
  "lesson.labels.hint": "运行后半程的平均测试准确率之差，以百分点计。",
  "lesson.labels.verdict": "替换 {noise} 的标签时：原始权重 {raw}，EMA {ema}，平均权重高出 {gain}。",
  "lesson.labels.verdict.behind": "替换 {noise} 的标签时：原始权重 {raw}，EMA {ema}，平均权重低了 {gain}。",
  "lesson.labels.limits":
    "学习率恒定时，即使没有标签噪声，平均也有很大收益；噪声带来的那一部分要看两次运行之差，而一个种子说明不了多少。这么短的训练还来不及把错误标签背下来。Morales-Brotons 等人在学习率衰减的长训练中报告：40% 噪声时提高 9 个百分点，没有噪声时只提高 0.4。",

  "lesson.buffers.name": "批归一化",
  "lesson.buffers.title": "平均后的权重该用谁的统计量？",
  "lesson.buffers.text":
    "批归一化为每个通道记录运行均值与方差。它们是测出来的，不是学出来的；而平均后的权重产生的激活与原始权重不同。有三种办法：统计量也一起平均；直接复制原始网络的；或者让训练图像通过平均后的网络，重新测量。",
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
    "批大小变为 κ 倍，一轮的步数就变为 1/κ，同一个 β 便会回看 κ 倍的图像。改用 β^κ 可以保持这段记忆不变。先以批大小 {small}、β = {beta} 运行；再以批大小 {large}（κ = {kappa}）运行，学习率按 Adam 的习惯乘以 √κ，并配两组平均：{beta} 与 {beta}^{kappa} = {scaled}。",
  "lesson.batch.question": "看过同样多的图像之后，大批次的哪一组平均更接近小批次的 EMA？",
  "lesson.batch.hint": "距离：测试准确率之差的均方根。相差不到 {near}视为相当。",
  "lesson.batch.option.same": "同一个 β，{beta}",
  "lesson.batch.option.scaled": "β^κ，{scaled}",
  "lesson.batch.option.equal": "两者不相上下",
  "lesson.batch.verdict":
    "看过同样多的图像之后，β = 0.99 与小批次的 EMA 相距 {same}，β^κ = 0.9606 相距 {scaled}。",
  "lesson.batch.limits":
    "β^κ 只对平均本身是精确的。两次运行的原始权重也不相同：√κ 只是近似，Adam 自己的 β₁ 与 β₂ 也没有调整。训练久了，初始份额逐渐消失，两组平均会彼此靠近。",
};
