import { words } from "../../words";

export const t = words({
  en: {
    question: "How long a memory is too long?",
    text: "A longer memory cancels more of the shaking. It also keeps more of the past, and early in training the past was worse: the weights of step 100 recognise few pictures. So an average has to forget at about the pace at which the network gets better.\nThis run has {steps} steps, and five averages of it with memories from 3 steps to the whole run. The training is the same for all of them: each is one more pass over the weights.",
    ask: "How many pictures will the average over the whole run get right? Put your mark in the right-hand column.",
    touch: "touch this column →",
    figure: "Test pictures right, against the memory of the average",
    memory: "memory of the average, in steps",
    whole: "whole run",
    step: "1 step",
    zone: "5–10%",
    start: "Start",
    "start.corrected": "bias-corrected",
    "start.plain": "plain",
    plain: "plain start",
    "name.whole": "the average over the whole run",
    "best.clear": "That makes {m} steps the best memory here, by more than two standard errors.",
    "best.close": "From {from} to {to} steps the hill is flat, too close to call.",
    "best.any": "Which memory is best, this run cannot tell.",
    "plain.said":
      "With a plain start, the average over the whole run gets {right}: {share} of it is still the untrained network.",
    meaning:
      "That the hill is flat is good news: the memory need not be exact, only not absurd. The longest one gives the half-trained weights of the first steps almost as much say as the newest. With a [[bias-correction|bias-corrected]] start it has at least dropped the untrained ones. With a plain start it has not: after t steps, the share [[initial-share|βᵗ]] of the average is a network that only guesses.\nCount a memory as a share of the run. At a constant rate, 5–10% is a good place to begin: for 20,000 steps that is 1,000 to 2,000 steps, β between 0.999 and 0.9995.",
    limits:
      "One network, one seed, a constant learning rate, a short run. Another seed may move the top of the hill. With a rate that decays to zero the last weights shake less, and a shorter memory suits them.",
  },
  zh: {
    question: "记忆多长才算太长？",
    text: "记忆越长，抵消的晃动越多。可它留住的过去也越多，而训练早期的过去更差：第 100 步的权重认得的图片不多。所以平均忘掉旧权重的快慢，应当和网络进步的快慢差不多。\n这次训练有 {steps} 步，同时做五个平均，记忆从 3 步到全程。训练本身完全一样：多做一个平均，不过是把权重多扫一遍。",
    ask: "记忆长达全程的平均，能答对多少图片？请在最右一列放上你的标记。",
    touch: "点这一列 →",
    figure: "答对的测试图片，随平均的记忆而变",
    memory: "平均的记忆（步）",
    whole: "全程",
    step: "1 步",
    zone: "5–10%",
    start: "开头",
    "start.corrected": "偏差校正",
    "start.plain": "不校正",
    plain: "不校正",
    "name.whole": "全程的平均",
    "best.clear": "这里最好的记忆就是 {m} 步，领先超过两倍标准误。",
    "best.close": "从 {from} 步到 {to} 步，山顶是平的，难分高下。",
    "best.any": "哪个记忆最好，这次训练分不出来。",
    "plain.said": "不校正开头时，全程的平均只答对 {right}：其中 {share} 还是没训练过的网络。",
    meaning:
      "山顶平，是好消息：记忆不必精确，只要别离谱。记忆最长的平均，让最初几步半生不熟的权重和最新的权重几乎有同样的发言权。做了[[bias-correction|偏差校正]]，至少丢掉了没训练过的那份；不校正就丢不掉：t 步之后，平均里还有 [[initial-share|βᵗ]] 是一个只会随机猜的网络。\n记忆要按占全程的比例来算。学习率恒定时，可以从 5–10% 试起：训练 20,000 步，就是 1,000 到 2,000 步，β 在 0.999 与 0.9995 之间。",
    limits:
      "一个网络，一个种子，恒定的学习率，一次不长的训练。换个种子，山顶也许会挪动。学习率降到零时，最后的权重晃得少，较短的记忆更合适。",
  },
});
