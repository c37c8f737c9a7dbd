import { words } from "../../words";

export const t = words({
  en: {
    question: "Four times the batch: which β?",
    text: "Somebody adds graphics cards, the batch grows, and the recipe keeps its β. With [[batch-size|batches]] κ times as large, the same pictures take 1/κ as many steps, and the same β looks back over κ times as many pictures. To look back equally far, it has to be [[batch-scaling|β^κ]].\nThe first run has batches of {small} and β = {beta}, with a plain start as most programs have it. The second has batches of {large}, κ = {kappa}, and two averages: β again, and β⁴ = {scaled}. Its rate is √κ times as high, as suits Adam.",
    ask: "Where will the average with the same β end, when the batch is four times as large? Put your mark in the right-hand column.",
    touch: "it ends here →",
    figure: "Test pictures right, against pictures seen",
    axis: "training pictures seen",
    small: "batch {small}",
    large: "batch {large}",
    proceed: "Run it with batches of {large}",
    "end.small": "batch {small} {value}",
    "end.same": "same β {value}",
    "end.scaled": "β⁴ {value}",
    "name.small": "the average of the small batches",
    "name.same": "the same β with large batches",
    distance:
      "Along the way, β⁴ is {scaled} points from the small batches’ average (root mean square), and the same β {same}.",
    meaning:
      "Nothing is wrong with the larger batch; it is the unit that has changed. β counts steps, and a step has become four times as long. A memory told in pictures, in epochs or as a share of the run survives a change of batch, of gradient accumulation or of the number of machines.",
    limits:
      "β^κ is exact for the average alone. The raw weights of the two runs differ too: √κ is an approximation, and Adam’s own β₁ and β₂ were not changed. With a bias-corrected start the same β would fall less far. One seed.",
  },
  zh: {
    question: "批大小变为四倍，β 该取多少？",
    text: "有人加了显卡，批变大了，配方里的 β 却照旧。[[batch-size|批]]大到 κ 倍，看同样多的图片只走 1/κ 的步数，同一个 β 就回看了 κ 倍的图片。要回看得一样远，得用 [[batch-scaling|β^κ]]。\n第一次训练批大小 {small}，β = {beta}，像多数程序那样不校正开头。第二次批大小 {large}，κ = {kappa}，带两个平均：β 照旧，以及 β⁴ = {scaled}。学习率乘 √κ，这适合 Adam。",
    ask: "批大小变为四倍、β 照旧的平均，最终在哪里？请在最右一列放上你的标记。",
    touch: "终点在这里 →",
    figure: "答对的测试图片，随看过的图片数",
    axis: "看过的训练图片数",
    small: "批大小 {small}",
    large: "批大小 {large}",
    proceed: "用批大小 {large} 训练",
    "end.small": "批大小 {small}，{value}",
    "end.same": "β 照旧 {value}",
    "end.scaled": "β⁴ {value}",
    "name.small": "小批次的平均",
    "name.same": "大批次、β 照旧的平均",
    distance: "一路上，β⁴ 与小批次的平均相距 {scaled} 个百分点（均方根），β 照旧的相距 {same} 个。",
    meaning:
      "大批次本身没有错，变的是单位。β 数的是步数，而一步变成了原来四步那么长。记忆若按图片数、轮数或占全程的比例来说，换批大小、换梯度累积、换机器数量，都不必改。",
    limits:
      "β^κ 只对平均本身是精确的。两次训练的原始权重也不同：√κ 只是近似，Adam 自己的 β₁、β₂ 也没有改。如果做偏差校正，β 照旧的平均不会掉这么多。只有一个种子。",
  },
});
