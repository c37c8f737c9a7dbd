/** Sentences of the charts. */
export const en = {
  "charts.table": "Table",
  "charts.table.of": "{title} as a table",
  "charts.table.update": "Update",
  "charts.table.until": "Until {place}.",
  "charts.table.none": "No values yet.",
  "charts.table.chosen": "{shown} of {all} rows, evenly chosen.",
  "charts.table.done": "done to the run",
  "charts.picture": "PNG",
  "charts.picture.of": "Save {title} as a PNG picture",
  "charts.series": "Show or hide a series",
  "charts.keyboard": "{title}: arrow keys move the reading",
  "charts.step": "step {step}",
  "charts.empty": "Press Start.",
  "charts.axis": "Scale of the vertical axis",
  "charts.axis.linear": "linear",
  "charts.axis.log": "log",

  "charts.past": "An earlier run, {method}: {settings}",
  "charts.past.same": "same settings",
  "charts.mark.outlier": "bad batch",
  "charts.mark.outlier.text":
    "After step {step}: one batch with wrong labels, at {factor} times the learning rate.",
  "charts.mark.change": "settings",
  "charts.mark.change.text": "After step {step}: {changes}.",
  "charts.mark.restored": "restored",
  "charts.mark.restored.text": "Taken up again from the state saved after step {step}.",

  "charts.share.show": "What should be left of the bad batch",
  "charts.share.axis": "dotted: share of the bad batch in the average, predicted (%)",

  "charts.loss": "Loss",
  "charts.loss.about": "Cross-entropy of every training batch, and of all methods on the test images",
  "charts.loss.about.buckets":
    "Cross-entropy of the training batches, and of all methods on the test images. Band: least and greatest of every {n} batches; line: the last of them",
  "charts.loss.axis": "cross-entropy (nats)",
  "charts.loss.training": "training batch",
  "charts.loss.training.short": "batch",

  "charts.fluctuation": "Fluctuation",
  "charts.fluctuation.about":
    "Standard deviation of the change of test accuracy from one test to the next, over the last {n} changes",
  "charts.fluctuation.about.thinned":
    "Standard deviation of the change of test accuracy over {stride} tests, over the last {n} such changes",
  "charts.fluctuation.axis": "standard deviation (points)",
  "charts.fluctuation.window": "Changes it is taken over",
  "charts.fluctuation.changes": "{n} changes",
  "charts.fluctuation.empty": "Needs {tests} tests; {done} so far.",
};

export const zh: Record<keyof typeof en, string> = {
  "charts.table": "表格",
  "charts.table.of": "以表格显示：{title}",
  "charts.table.update": "更新",
  "charts.table.until": "截至{place}。",
  "charts.table.none": "尚无数值。",
  "charts.table.chosen": "共 {all} 行，等间隔取 {shown} 行。",
  "charts.table.done": "对运行的操作",
  "charts.picture": "PNG",
  "charts.picture.of": "将“{title}”保存为 PNG 图片",
  "charts.series": "显示或隐藏曲线",
  "charts.keyboard": "{title}：用方向键移动读数",
  "charts.step": "第 {step} 步",
  "charts.empty": "请点击“开始”。",
  "charts.axis": "纵轴刻度",
  "charts.axis.linear": "线性",
  "charts.axis.log": "对数",

  "charts.past": "先前的运行，{method}：{settings}",
  "charts.past.same": "设置相同",
  "charts.mark.outlier": "坏批次",
  "charts.mark.outlier.text": "第 {step} 步之后：一个标签错误的批次，学习率乘以 {factor}。",
  "charts.mark.change": "设置",
  "charts.mark.change.text": "第 {step} 步之后：{changes}。",
  "charts.mark.restored": "恢复",
  "charts.mark.restored.text": "从第 {step} 步之后保存的状态继续。",

  "charts.share.show": "坏批次理应还剩多少",
  "charts.share.axis": "点线：坏批次在平均中的份额，预测值（%）",

  "charts.loss": "损失",
  "charts.loss.about": "每个训练批次的交叉熵，以及各方法在测试图像上的交叉熵",
  "charts.loss.about.buckets":
    "训练批次与各方法在测试图像上的交叉熵。色带：每 {n} 个批次中的最小值与最大值；线：其中最后一个",
  "charts.loss.axis": "交叉熵（奈特）",
  "charts.loss.training": "训练批次",
  "charts.loss.training.short": "批次",

  "charts.fluctuation": "波动",
  "charts.fluctuation.about": "相邻两次测试的准确率之差的标准差，取最近 {n} 次变化",
  "charts.fluctuation.about.thinned": "每隔 {stride} 次测试的准确率之差的标准差，取最近 {n} 次变化",
  "charts.fluctuation.axis": "标准差（百分点）",
  "charts.fluctuation.window": "计算所取的变化次数",
  "charts.fluctuation.changes": "{n} 次变化",
  "charts.fluctuation.empty": "需要 {tests} 次测试，目前 {done} 次。",
};
