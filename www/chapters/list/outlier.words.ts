import { words } from "../../words";

export const t = words({
  en: {
    question: "What does one bad batch do?",
    text: "A corrupt file, a shuffled column, a bug: now and then a real training run meets a batch whose labels are wrong. The network takes the whole blow in one step. Its average takes only the share [[kernel|1 − β]] of it, here 2%, but it goes on averaging a network that has yet to recover.\nThis one trains for {steps} steps and stops. Then you hand it one batch in which every label is wrong, at {factor} times the usual learning rate.",
    ask: "Where will the average be lowest, and when? Put your mark to the right of the red line.",
    touch: "how low, and when?",
    figure: "Test pictures right, before and after the bad batch",
    strike: "bad batch",
    after: "steps after the bad batch",
    knob: "Learning rate",
    times: "{n} ×",
    proceed: "⚡ Bad batch",
    value: "{y}% after {x}",
    when: "You put its lowest point {guess} steps after the batch; it came {answer} steps after.",
    lost: "The bad batch cost the raw network {raw} points, and the average {average} ± {error}.",
    "lost.close":
      "The bad batch cost the raw network {raw} points, and the average {average} ± {error}: too little to tell from chance.",
    meaning:
      "The average is hit later, and less. At the moment of the blow it hardly moves, because one step weighs so little in it; it sinks afterwards, because the steps that follow are those of a damaged network. After a [[half-life|half-life]], half of that is forgotten again. An average does not prevent a bad step: it buys time in which the network mends.",
    limits:
      "Gradient clipping would stop most steps like this one. Adam remembers the bad batch too, in its moments, so part of the damage is done by the steps that follow. One seed, one blow.",
  },
  zh: {
    question: "一个坏批次会造成什么？",
    text: "文件损坏、一列数据错位、一处程序错误：真实的训练时不时会遇上标签错乱的批次。网络一步就挨下整记重击。平均只挨其中的 [[kernel|1 − β]]，这里是 2%，可它接着还要平均一个尚未恢复的网络。\n先训练 {steps} 步，停下。然后由你喂给它一个标签全错的批次，学习率是平时的 {factor} 倍。",
    ask: "平均会跌到多低，什么时候最低？请在红线右边放上你的标记。",
    touch: "多低？何时？",
    figure: "坏批次前后，答对的测试图片",
    strike: "坏批次",
    after: "坏批次之后的步数",
    knob: "学习率",
    times: "{n} 倍",
    proceed: "⚡ 坏批次",
    value: "{x} 步后 {y}%",
    when: "你把最低点放在坏批次之后 {guess} 步，实际在 {answer} 步之后。",
    lost: "这个坏批次让原始网络掉了 {raw} 个百分点，平均掉了 {average} ± {error} 个。",
    "lost.close":
      "这个坏批次让原始网络掉了 {raw} 个百分点，平均掉了 {average} ± {error} 个：这么少，也可能只是偶然。",
    meaning:
      "平均挨打挨得晚，也挨得轻。重击的那一刻它几乎不动，因为一步在其中只占一点点；随后它往下沉，因为接下来的每一步都来自一个受了伤的网络。过一个[[half-life|半衰期]]，这些又忘掉一半。平均挡不住坏的一步，但它为网络赢得了恢复的时间。",
    limits:
      "梯度裁剪能拦下大多数这样的步子。Adam 的矩也会记住这个批次，所以一部分损害是之后的步子造成的。只有一个种子、一次打击。",
  },
});
