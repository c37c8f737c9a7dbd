import { words } from "../../words";

export const t = words({
  en: {
    question: "What if some labels are wrong?",
    text: "No large data set is clean. Here a share of the training labels is redrawn at random; the test labels stay correct. Every wrong label pulls the weights in a direction of its own, and such pulls are what an average cancels best.\nFirst a run with clean labels shows by how much the average leads anyway. Then {share} of the labels are redrawn. One in ten of these stays right by chance, so {wrong} are wrong.",
    ask: "By how much will the average lead with {share} of the labels redrawn? Put your mark in that column.",
    touch: "touch this column →",
    figure: "Lead of the average, against the share of labels redrawn",
    axis: "training labels redrawn at random",
    points: "points ahead of raw",
    knob: "Labels redrawn",
    clean: "clean labels",
    noisy: "wrong labels",
    proceed: "Run it with wrong labels",
    value: "{y} points",
    said: "You said {guess} points; it was {answer}.",
    more: "Wrong labels raised the lead from {clean} to {noisy} points, by {gap} ± {error}.",
    less: "Wrong labels lowered the lead from {clean} to {noisy} points, by {gap} ± {error}.",
    close: "The lead was {clean} points with clean labels and {noisy} with wrong ones: too close to call.",
    meaning:
      "In a batch of {batch} with {wrong} of the labels wrong, some pictures push the weights where no other batch will push them. One step follows them; the average of many steps does not. In training runs long enough to learn wrong labels by heart, an average has been found to be worth several points more than with clean ones.",
    limits:
      "At a constant rate an average leads even with clean labels; the part due to noise is a difference between two runs, and one seed says little about it. A run this short does not learn wrong labels by heart. Morales-Brotons et al. report, with decayed rates, +9 points at 40% noise against +0.4 without.",
  },
  zh: {
    question: "标签有错会怎样？",
    text: "大数据集没有一个是完全干净的。这里随机重抽一部分训练标签，测试标签保持正确。每个错标签都把权重往自己的方向拉，而这样的拉扯，正是平均最擅长抵消的。\n先用干净的标签训练一次，看平均本来就领先多少；再重抽 {share} 的标签。其中十分之一碰巧还是对的，所以错的占 {wrong}。",
    ask: "重抽 {share} 的标签后，平均会领先多少？请在那一列放上你的标记。",
    touch: "点这一列 →",
    figure: "平均领先多少，随重抽标签的比例而变",
    axis: "随机重抽的训练标签",
    points: "领先的百分点",
    knob: "重抽的标签",
    clean: "干净的标签",
    noisy: "错标签",
    proceed: "用错标签训练",
    value: "{y} 个百分点",
    said: "你猜领先 {guess} 个百分点，实际是 {answer} 个。",
    more: "错标签使领先从 {clean} 增加到 {noisy} 个百分点，多了 {gap} ± {error} 个。",
    less: "错标签使领先从 {clean} 减少到 {noisy} 个百分点，少了 {gap} ± {error} 个。",
    close: "标签干净时领先 {clean} 个百分点，有错时 {noisy} 个：难分高下。",
    meaning:
      "一批 {batch} 张图里有 {wrong} 的标签是错的，其中一些会把权重推向别的批次都不会去的地方。一步会跟着走，许多步的平均不会。训练久到能把错标签背下来时，有研究发现，平均比标签干净时还要多值几个百分点。",
    limits:
      "学习率恒定时，标签干净，平均也领先；噪声带来的那部分是两次训练之差，一个种子说明不了多少。这么短的训练还来不及把错标签背下来。Morales-Brotons 等人在学习率衰减时报告：噪声 40% 提高 9 个百分点，没有噪声只提高 0.4。",
  },
});
