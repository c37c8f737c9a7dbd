import { words } from "../../words";

export const t = words({
  en: {
    question: "Which statistics does batch norm use?",
    text: "Most networks carry numbers that are not learned. [[batch-norm|Batch norm]] keeps a running mean and variance of every channel: they are measured on the batches that pass, for the weights of the moment. An averaged network has other weights, and so it needs other [[buffers|statistics]].\nThere are three ways to get them. Average the statistics as well. Copy those of the raw network. Or pass training pictures through the averaged network and measure again. Here is one average of {m} steps, with each of the three.",
    ask: "Which of the three will get the fewest pictures right, and how many? Put your mark in its column.",
    touch: "which is lowest?",
    figure: "Test pictures right, by the statistics that the average uses",
    knob: "Memory in steps",
    average: "averaged",
    copy: "copied",
    recompute: "measured",
    value: "“{way}”, {y}%",
    "said.right": "You found the lowest.",
    "said.wrong": "The lowest was {way}.",
    "said.close": "{way} and {other} are lowest, too close to call between them.",
    "said.any": "Which of the three is lowest, this run cannot tell.",
    meaning:
      "Weights and statistics belong together. Copied ones describe the activations of another network; averaged ones lag behind by as much as the weights do, which is why they suit them. If an average is far below the raw network for no other reason, look here first: torch’s AveragedModel averages the parameters alone unless it is told otherwise.",
    limits:
      "One network, one seed. Measuring again costs a pass over some two thousand pictures before each test. Once the average has forgotten its start, averaging the statistics comes close to it. Networks with layer norm or group norm have no such statistics.",
  },
  zh: {
    question: "批归一化用谁的统计量？",
    text: "多数网络里有些数不是学来的。[[batch-norm|批归一化]]为每个通道记着滑动的均值和方差：那是在经过的批次上、对当时的权重测出来的。平均后的网络权重不同，需要的[[buffers|统计量]]也就不同。\n有三种办法：统计量也一起平均；照抄原始网络的；或者让训练图片通过平均后的网络，重新测一遍。这里是同一个 {m} 步的平均，三种办法各来一个。",
    ask: "三种里哪一种答对得最少，又是多少？请在它那一列放上你的标记。",
    touch: "哪个最低？",
    figure: "答对的测试图片，按平均所用的统计量",
    knob: "记忆（步）",
    average: "一起平均",
    copy: "照抄原始",
    recompute: "重新测量",
    value: "“{way}”，{y}%",
    "said.right": "最低的被你说中了。",
    "said.wrong": "最低的是{way}。",
    "said.close": "{way}和{other}最低，两者难分高下。",
    "said.any": "三种里哪一种最低，这次训练分不出来。",
    meaning:
      "权重和统计量是配套的。照抄来的描述的是另一个网络的激活；一起平均的，滞后的程度和权重一样，所以合得上。要是平均无缘无故远低于原始网络，先查这里：torch 的 AveragedModel 若不另行说明，只平均参数。",
    limits:
      "一个网络，一个种子。重新测量要在每次测试前让约两千张图片通过网络。等平均忘掉开头，一起平均就与它相近。用层归一化或组归一化的网络没有这些统计量。",
  },
});
