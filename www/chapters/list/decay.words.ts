import { words } from "../../words";

export const t = words({
  en: {
    question: "Lower the rate, or average?",
    text: "There is an older way to steady a network: make the steps smaller. A [[learning-rate|learning rate]] that sinks to zero lets the weights settle. An average is steady at full speed and at every step; a [[schedule|schedule]] only at its end, which must be known beforehand.\nFirst comes a run of {steps} steps at a constant rate, with an average of {m} steps. Then the same run again, same seed, same batches, with a rate that falls along half a cosine to zero.",
    ask: "Where will the raw network of the run with the falling rate end? Put your mark in the right-hand column.",
    touch: "it ends here →",
    figure: "Test pictures right, step by step",
    constant: "constant rate",
    cosine: "falling rate",
    proceed: "Run it with a falling rate",
    "end.constant": "raw {value}",
    "end.average": "average {value}",
    "end.cosine": "raw, falling rate {value}",
    "name.constant": "the raw network at a constant rate",
    "name.average": "the average at a constant rate",
    "name.cosine": "the raw network of the falling rate",
    both: "An average on top of the falling rate gets {both} right.",
    meaning:
      "Both remove the same thing, the shaking of the weights, so one replaces the other more than the two add up. What separates them is when: the average is ready at any step, so a run can be judged, stopped or prolonged at will; a run whose rate has sunk to zero is over.",
    limits:
      "Both runs have the same highest rate; tuned on its own, the falling one might do better with a higher one. This says nothing about long training runs of large networks. One seed.",
  },
  zh: {
    question: "降低学习率，还是取平均？",
    text: "让网络安稳下来还有个老办法：把步子迈小。[[learning-rate|学习率]]降到零，权重就落定了。平均不必放慢速度就能安稳，而且每一步都如此；学习率的[[schedule|安排]]只在终点才安稳，终点还得事先知道。\n先以恒定的学习率训练 {steps} 步，带一个 {m} 步的平均。再用同一个种子、同样的批次重来一遍，学习率沿半个余弦降到零。",
    ask: "学习率下降的那次训练，原始网络最终在哪里？请在最右一列放上你的标记。",
    touch: "终点在这里 →",
    figure: "答对的测试图片，逐步",
    constant: "恒定学习率",
    cosine: "下降的学习率",
    proceed: "用下降的学习率训练",
    "end.constant": "原始 {value}",
    "end.average": "平均 {value}",
    "end.cosine": "学习率下降，原始 {value}",
    "name.constant": "恒定学习率的原始网络",
    "name.average": "恒定学习率的平均",
    "name.cosine": "学习率下降的原始网络",
    both: "学习率下降，再取平均，答对 {both}。",
    meaning:
      "两者去掉的是同一样东西，即权重的晃动，所以它们更像是互相替代，而不是叠加。差别在于时机：平均在任何一步都是现成的，训练可以随时评判、停下或延长；学习率降到零的训练，到此为止。",
    limits:
      "两次训练的最高学习率相同；单独调的话，下降的那次也许适合更高的学习率。大网络长时间训练会怎样，这里看不出来。只有一个种子。",
  },
});
