import { words } from "../../words";

export const t = words({
  en: {
    question: "What does β remember?",
    text: "An exponential moving average needs no list of the past. After every step it moves a little towards the newest weights: it keeps the share [[beta|β]] of what it was, and takes 1 − β of what is new. What was taken k steps ago has since been multiplied by β k times; its share now is [[kernel|(1 − β)βᵏ]].\nSo β is a memory. The shares add up to one, and they fade so that the average remembers about [[horizon|1 / (1 − β)]] steps: for β = {beta}, that is {m}. None of them is ever quite gone, and the newest step weighs most.",
    ask: "Within how many steps back lies half of the average? Put your mark where the newer half ends.",
    touch: "slide along this row",
    figure: "How much of the average comes from each past step",
    axis: "steps back from the newest",
    weight: "the weight",
    average: "its average",
    knob: "β",
    value: "{x} steps back",
    half: "half of it",
    said: "You said {guess} steps; for β = {beta}, half of the average lies within the newest {answer}.",
    within: "The newest {m} steps make up {share}, and all older ones together the rest.",
    meaning:
      "The [[half-life|half-life]] of a memory of m steps is about 0.7 m. An average lags behind by as much: after the weights turn, it takes that many steps to get halfway there. Change β, and the bars and the line change together. A longer memory is a smoother line that comes later; that is the whole trade.",
    limits:
      "These shares are arithmetic, exact for every weight of every network. Early in a run the untrained weights have a share as well; chapter 5 tells what becomes of it.",
  },
  zh: {
    question: "β 记得什么？",
    text: "指数滑动平均不必存下过去。每走一步，它就朝最新的权重挪一点：留住原来的 [[beta|β]]，取进新的 1 − β。k 步之前取进来的，此后又被 β 乘了 k 次，如今的份额是 [[kernel|(1 − β)βᵏ]]。\n所以 β 就是记忆。各步的份额加起来是一，一步步淡下去，平均大约记得 [[horizon|1 / (1 − β)]] 步：β = {beta} 就是 {m} 步。哪一步都不会完全消失，最新的一步最重。",
    ask: "平均的一半在往回多少步之内？请把标记放在较新的一半结束的地方。",
    touch: "沿这一行移动",
    figure: "过去的每一步，各占平均的多少",
    axis: "从最新一步往回的步数",
    weight: "权重",
    average: "它的平均",
    knob: "β",
    value: "往回 {x} 步",
    half: "一半",
    said: "你猜 {guess} 步；β = {beta} 时，平均的一半在最新的 {answer} 步之内。",
    within: "最新的 {m} 步占 {share}，更早的合起来占其余。",
    meaning:
      "记忆为 m 步，[[half-life|半衰期]]约为 0.7 m。平均落后的也就是这么多：权重拐了弯，过这么多步，平均才跟上一半。换一个 β，条柱和曲线一起变。记忆越长，线越平滑，也来得越晚；要权衡的只有这一件事。",
    limits:
      "这些份额只是算术，对任何网络的任何权重都精确成立。训练刚开始时，没训练过的权重也占一份；它后来怎样，第 5 章再讲。",
  },
});
