import { words } from "../../words";

export const t = words({
  en: {
    question: "What does a constant rate hide?",
    text: "Long training runs often keep a constant rate, so that nobody has to say beforehand when they end; it is lowered only once the network is to be used. Until then the raw accuracy tells too little: the network shakes, and scores below what it already knows. How good is it really?\nYou can find out by leaving the run: branch off at step {step}, lower the rate to zero within {more} steps, test, throw the branch away. An average over {m} steps needs no branch. The first run goes straight on for those {more} steps; the second repeats it, same seed, same batches, and leaves it at step {step}.",
    ask: "Where will the branch with the falling rate land? Put your mark in the right-hand column.",
    touch: "it lands here →",
    figure: "Test pictures right: the run, its average, and the branch",
    knob: "Branch at step",
    constant: "constant rate",
    decayed: "branch",
    proceed: "Run the branch",
    "end.constant": "raw {value}",
    "end.average": "average {value}",
    "end.branch": "branch {value}",
    "name.average": "the average of the run that went straight on",
    "name.branch": "the branch",
    "name.raw": "the raw network at a constant rate",
    leaves: "branch",
    meaning:
      "Where average and branch agree, the average shows at any step, at no cost, what a decay from there would reach. That is why some large training runs carry one today: they watch the average while the rate stays constant, and spend a decay only on the network they keep.",
    limits:
      "Agreement here is agreement on a few hundred pictures, in one short run with one seed. The memory has to suit the length of the branch; how long a decay a long training run needs, this does not tell.",
  },
  zh: {
    question: "恒定的学习率掩盖了什么？",
    text: "长时间的训练常用恒定的学习率，这样不必事先说定何时结束；等真要用这个网络了，才把学习率降下来。在那之前，原始网络的得分说明不了多少：它一直在晃，得分低于它真正的本事。它到底有多好？\n可以离开主线试一试：在第 {step} 步岔出去，用 {more} 步把学习率降到零，测试，然后丢掉这条岔路。{m} 步的平均则不用岔路。第一次训练径直走完那 {more} 步；第二次用同一个种子、同样的批次重来，在第 {step} 步离开。",
    ask: "学习率下降的岔路会落在哪里？请在最右一列放上你的标记。",
    touch: "落在这里 →",
    figure: "答对的测试图片：主线、它的平均、岔路",
    knob: "岔出的步数",
    constant: "恒定学习率",
    decayed: "岔路",
    proceed: "训练岔路",
    "end.constant": "原始 {value}",
    "end.average": "平均 {value}",
    "end.branch": "岔路 {value}",
    "name.average": "径直走完的那次的平均",
    "name.branch": "岔路",
    "name.raw": "恒定学习率的原始网络",
    leaves: "岔出",
    meaning:
      "平均与岔路相符的地方，平均随时都能不花代价地告诉你：从这里降下去会到哪里。如今一些大规模训练带着平均，就是为此：学习率不变时看平均，只为要留下的网络做一次下降。",
    limits:
      "这里的相符，是一次短训练、一个种子、几百张图片上的相符。记忆要与岔路的长度相配；长时间的训练该降多久，这里看不出来。",
  },
});
