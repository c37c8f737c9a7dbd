import { words } from "../../words";

export const t = words({
  en: {
    title: "Have a log already?",
    about:
      "Drop a CSV or JSONL file with one test a line: a step, a metric of the raw weights and the same metric of the average. Your browser draws it and measures how much each jumps, how far the average lags and when it catches up. Nothing is sent.",
    choose: "Choose a file",
    another: "Another file",
    remove: "Remove",
    step: "step",
    raw: "raw",
    average: "average",
    better: "Better is",
    higher: "higher",
    lower: "lower",
    chart: "Your log: {name}",
    "chart.about": "{raw} and {average}, {n} tests",
    caught: "caught up",
    "caught.text": "From step {step} on, the average was better in three tests in a row.",
    "says.caught":
      "The average caught up at step {step}: from there on it was better in three tests in a row.",
    "says.first": "The average was better from the first test on.",
    "says.never": "The average was never better in three tests in a row.",
    "says.lag":
      "Until then it lagged by about {lag} steps: that much later it reached what the raw weights had reached.",
    "says.fluctuation":
      "From test to test, raw jumps by {raw} and the average by {average}: {times} times less (standard deviations of the change, second half).",
    "says.fluctuation.more":
      "From test to test, raw jumps by {raw} and the average by {average} (standard deviations of the change, second half).",
    "says.ahead": "Over the second half the average is better by {by}, as a mean.",
    "says.behind": "Over the second half the average is worse by {by}, as a mean.",
    "says.few": "There are too few tests for more: {n}, and it takes five.",
    same: "Choose two different columns for raw and average.",
    "bad.empty": "{name} is empty.",
    "bad.no-numbers":
      "{name} does not have two columns with numbers. Either the first line names the columns and the others hold the numbers, or every line is a JSON object with numbers.",
    "bad.json":
      "Line {line} of {name} is not valid JSON. In a JSONL file every line is one object, such as {example}; remove or repair the line.",
    "bad.not-object": "Line {line} of {name} is JSON, but not an object such as {example}.",
    "bad.quote":
      "A quotation mark in line {line} of {name} is never closed, or text follows the closing one. Repair it; one that belongs to the text is doubled.",
    "bad.cells":
      "Line {line} of {name} has {found} cells, but the first line names {wanted}. Complete the line, or put texts with commas in quotation marks.",
    "bad.large": "{name} has {size}; files of up to {most} are read. Keep only the lines of tests.",
    "bad.unread": "{name} could not be read. Was it moved or changed? Choose it again.",
  },
  zh: {
    title: "手头已有日志？",
    about:
      "拖入一个 CSV 或 JSONL 文件，每行一次测试：步数、原始权重的指标、平均的同一指标。浏览器会画出曲线，并算出各自抖动多少、平均落后多少、何时追上。不会发送任何东西。",
    choose: "选择文件",
    another: "换一个文件",
    remove: "移除",
    step: "步数",
    raw: "原始",
    average: "平均",
    better: "好的方向",
    higher: "越高越好",
    lower: "越低越好",
    chart: "你的日志：{name}",
    "chart.about": "{raw} 与 {average}，{n} 次测试",
    caught: "追上",
    "caught.text": "从第 {step} 步起，平均连续三次测试都更好。",
    "says.caught": "平均在第 {step} 步追上：从那时起，连续三次测试都更好。",
    "says.first": "从第一次测试起，平均就更好。",
    "says.never": "平均从未连续三次测试都更好。",
    "says.lag": "在那之前，它落后约 {lag} 步：原始权重达到的水平，它要晚这么多步才达到。",
    "says.fluctuation":
      "相邻两次测试之间，原始权重变动 {raw}，平均变动 {average}，约为前者的 1/{times}（后半程变化量的标准差）。",
    "says.fluctuation.more":
      "相邻两次测试之间，原始权重变动 {raw}，平均变动 {average}（后半程变化量的标准差）。",
    "says.ahead": "后半程里，平均的均值好 {by}。",
    "says.behind": "后半程里，平均的均值差 {by}。",
    "says.few": "测试太少，说不出更多：只有 {n} 次，至少要五次。",
    same: "原始和平均请选不同的列。",
    "bad.empty": "{name} 是空的。",
    "bad.no-numbers":
      "{name} 里没有两列数字。要么第一行写列名，其余各行写数字；要么每行是一个含数字的 JSON 对象。",
    "bad.json":
      "{name} 的第 {line} 行不是有效的 JSON。JSONL 文件每行是一个对象，例如 {example}；请删去或改正这一行。",
    "bad.not-object": "{name} 的第 {line} 行是 JSON，但不是像 {example} 这样的对象。",
    "bad.quote":
      "{name} 的第 {line} 行有一个引号没有闭合，或闭合之后还有文字。请改正；属于文字的引号要写两个。",
    "bad.cells":
      "{name} 的第 {line} 行有 {found} 格，而第一行有 {wanted} 个列名。请补全这一行，含逗号的文字请加引号。",
    "bad.large": "{name} 有 {size}，最多能读 {most}。请只保留测试的那些行。",
    "bad.unread": "无法读取 {name}。它是否被移动或修改了？请重新选择。",
  },
});
