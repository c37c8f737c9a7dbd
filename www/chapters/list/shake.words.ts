import { words } from "../../words";

export const t = words({
  en: {
    question: "Why do weights shake?",
    text: "A network learns from small batches: {batch} pictures, one step; {batch} others, the next step. No batch shows all there is to learn, so each pushes every weight a little off the course that all pictures together would set. That is the shaking, and it never stops as long as the steps keep their size.\nHere is the weight of the first screen. {n} stretches of {short} steps are taken from the second half of its run, and moved so that all begin at the same point. They fan out, for chance led each of them elsewhere; the bar spans two thirds of them.",
    ask: "The fan is drawn for {short} steps. How far from the middle will the bar reach after {long}? Put your mark in the right-hand column.",
    touch: "touch this column →",
    figure: "Stretches of one weight’s path, moved to one starting point",
    axis: "steps from the starting point",
    weight: "change of the weight, ‰",
    value: "{y} ‰",
    edge: "bar ±{value}",
    said: "You said ±{guess} ‰; two thirds of the stretches stay within ±{answer} ‰ after {long} steps, and within ±{before} ‰ after {short}.",
    ratio: "That is {ratio} times as wide for four times the steps.",
    meaning:
      "Steps in one direction would make it four times as wide, steps by pure chance only twice: chance adds up like a drunkard’s walk, with the square root of the steps. So most of what a weight does late in training leads nowhere, and the part that leads nowhere is what an average over many steps cancels. How far a single step reaches is set by the [[learning-rate|learning rate]]; how much of it is chance, by the [[batch-size|batch size]].",
    limits:
      "One weight of one run, followed by stretches that overlap. Adam’s momentum carries every push on for about ten steps, so neighbouring steps are not independent, and the fan may widen faster than by chance at first.",
  },
  zh: {
    question: "权重为什么会晃？",
    text: "网络从一小批一小批的图片里学：{batch} 张图，走一步；另外 {batch} 张，再走一步。哪一批都没有把该学的东西全摆出来，所以每一批都把每个权重推偏一点，偏离所有图片合起来所指的方向。这就是晃动；只要步子不变小，它就不会停。\n这是首屏上的那个权重。从后半程的路径里取出 {n} 段，每段 {short} 步，再把起点移到一处。它们像扇子一样张开，因为偶然把每一段带去了不同的地方；竖线盖住其中三分之二。",
    ask: "扇面已画到 {short} 步。到 {long} 步时，竖线会伸到离中线多远？请在最右一列放上你的标记。",
    touch: "点这一列 →",
    figure: "同一个权重的一段段路径，起点移到一处",
    axis: "离开起点的步数",
    weight: "权重的变化，‰",
    value: "{y} ‰",
    edge: "竖线 ±{value}",
    said: "你猜 ±{guess} ‰；{long} 步之后，三分之二的路径在 ±{answer} ‰ 之内，{short} 步时在 ±{before} ‰ 之内。",
    ratio: "步数是四倍，宽度是 {ratio} 倍。",
    meaning:
      "要是步步同向，宽度会是四倍；要是全凭偶然，只有两倍：偶然的累积像醉汉走路，与步数的平方根成正比。所以训练后期，一个权重的动作大半是白走；而白走的那部分，正是许多步的平均所抵消的。一步迈多远，由[[learning-rate|学习率]]定；其中多少是偶然，由[[batch-size|批大小]]定。",
    limits:
      "一次训练里的一个权重，各段还互相重叠。Adam 的动量会把每一推延续十来步，相邻的步并不独立，扇面一开始可能比纯偶然张得更快。",
  },
});
