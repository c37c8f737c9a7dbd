import { words } from "../../words";

export const t = words({
  en: {
    question: "Does the average change its mind less?",
    text: "Test a network every {every} steps, and it keeps taking back what it said: a horse is a deer, then a horse again. Little was learnt in between. The weights have only been pushed across some border and back, and users of such a network would call it fickle.\nHere each test is compared with the one before it: how many of the {n} test pictures are now taken for something else? After {stop} steps the run stops, with the raw network’s share drawn and the average’s kept from you.",
    ask: "About what share of the pictures will the {m}-step average change its mind from test to test? Put your mark in the right-hand column.",
    touch: "touch this column →",
    figure: "Pictures taken for something else than at the test before",
    proceed: "Show the average, and go on",
    "end.raw": "raw {value}%",
    "end.average": "average {value}%",
    value: "{y}%",
    said: "You said {guess}%; from step {stop} on, the mean was {average}%. The raw network changed its mind about {raw}%.",
    meaning:
      "Here the cost of the shaking can be felt. If every step’s [[fluctuation|noise]] were independent, β = {beta} would leave {left} of the weights’ jitter; noise that lasts for several steps leaves more. And steadiness alone is worth nothing: a network that calls everything a frog never changes its mind.",
    limits:
      "Learning changes minds too, and rightly so; this figure cannot tell that from noise. One seed, few pictures.",
  },
  zh: {
    question: "平均会少变几次主意吗？",
    text: "每 {every} 步测试一次，网络总在推翻自己：这匹马成了鹿，下回又是马。其间并没有学到多少东西，权重只是被推过了某条界线，又被推回来。用这样的网络的人，会嫌它善变。\n这里把每次测试与上一次对照：{n} 张测试图片里，有多少现在被认成了别的？{stop} 步之后训练会停下，原始网络的比例已经画出，平均的先不给你看。",
    ask: "{m} 步的平均，每次测试会对多少图片改主意？请在最右一列放上你的标记。",
    touch: "点这一列 →",
    figure: "与上一次测试相比，被认成别的图片",
    proceed: "揭开平均，继续训练",
    "end.raw": "原始 {value}%",
    "end.average": "平均 {value}%",
    value: "{y}%",
    said: "你猜 {guess}%；从第 {stop} 步起，各次测试的均值是 {average}%。原始网络则对 {raw}% 的图片改了主意。",
    meaning:
      "晃动的代价，在这里才看得见。要是每一步的[[fluctuation|噪声]]互不相关，β = {beta} 会让权重的抖动只剩 {left}；持续好几步的噪声，剩下的更多。而且光是安稳一文不值：把什么都叫作青蛙的网络，从不改主意。",
    limits: "学到东西也会改主意，而且改得对；这张图分不清那和噪声。只有一个种子，图片也不多。",
  },
});
