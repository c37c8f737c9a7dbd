/** Words of the kinds of averages and of their options. */

import type { Kind } from "../averages/decay";

/** How each kind is written in the setting, and what it remembers. */
const enForms: Record<Kind, string> = {
  constant: "a decay β, such as 0.98, whose half-life is about 0.69 / (1 − β) steps",
  power: "power=0.05, whose width is this share of the run so far",
  "half-life": "half-life=5%, whose half-life is this share of the run so far",
  uniform: "uniform, the mean of all weights since it began",
};

export const en = {
  "setting.ema": "Averages β",
  "help.ema": `For each average: ${Object.values(enForms).join("; ")}.`,
  "experiment.invalid.list": "Enter up to {most} averages, such as {examples}.",
  "method.raw": "raw weights",
  "method.raw.short": "raw",
  "method.constant": "EMA {value}",
  "method.constant.short": "{value}",
  "method.power": "power average, σ {value}",
  "method.power.short": "power {value}",
  "method.half-life": "EMA, half-life {value} of the run",
  "method.half-life.short": "half-life {value}",
  "method.uniform": "uniform average",
  "method.uniform.short": "uniform",
  "method.every": "every {n}",
  "method.warmup.ramp": "ramped",
  "method.warmup.bias-corrected": "bias-corrected",
  "method.buffers.copy": "copied buffers",
  "method.buffers.recompute": "recomputed buffers",
  "method.from": "from step {n}",
};

const zhForms: Record<Kind, string> = {
  constant: "衰减系数 β，例如 0.98，半衰期约为 0.69 / (1 − β) 步",
  power: "power=0.05，宽度是已训练步数的这一比例",
  "half-life": "half-life=5%，半衰期是已训练步数的这一比例",
  uniform: "uniform，自起始步以来所有权重的均值",
};

export const zh: Record<keyof typeof en, string> = {
  "setting.ema": "平均系数 β",
  "help.ema": `每个平均写作：${Object.values(zhForms).join("；")}。`,
  "experiment.invalid.list": "请输入至多 {most} 个平均，例如 {examples}。",
  "method.raw": "原始权重",
  "method.raw.short": "原始",
  "method.constant": "EMA {value}",
  "method.constant.short": "{value}",
  "method.power": "幂平均 σ {value}",
  "method.power.short": "幂平均 {value}",
  "method.half-life": "EMA，半衰期为运行的 {value}",
  "method.half-life.short": "半衰期 {value}",
  "method.uniform": "均匀平均",
  "method.uniform.short": "均匀平均",
  "method.every": "每 {n} 步",
  "method.warmup.ramp": "渐升",
  "method.warmup.bias-corrected": "偏差校正",
  "method.buffers.copy": "复制统计量",
  "method.buffers.recompute": "重算统计量",
  "method.from": "自第 {n} 步",
};
