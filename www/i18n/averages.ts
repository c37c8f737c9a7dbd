/** Words of the kinds of averages and of their options. */

export const en = {
  "setting.ema": "Averages β",
  "help.ema":
    "A decay β for each average, such as 0.98: its half-life is about 0.69 / (1 − β) steps. power=0.1 and half-life=5% have a memory that is a share of the run so far.",
  "experiment.invalid.list": "Enter up to {most} averages, such as 0.98, power=0.1 or half-life=5%.",
  "method.raw": "raw weights",
  "method.raw.short": "raw",
  "method.constant": "EMA {value}",
  "method.power": "power average, σ {value}",
  "method.half-life": "EMA, half-life {value} of the run",
  "method.uniform": "uniform average",
  "method.every": "every {n}",
  "method.warmup.ramp": "ramp",
  "method.warmup.bias-corrected": "bias-corrected",
  "method.buffers.copy": "copied buffers",
  "method.buffers.recompute": "recomputed buffers",
  "method.from": "from step {n}",
};

export const zh: Record<keyof typeof en, string> = {
  "setting.ema": "平均系数 β",
  "help.ema":
    "每个平均一个衰减系数 β，例如 0.98：半衰期约为 0.69 / (1 − β) 步。power=0.1 和 half-life=5% 的记忆长度是已训练步数的固定比例。",
  "experiment.invalid.list": "请输入至多 {most} 个平均，例如 0.98、power=0.1 或 half-life=5%。",
  "method.raw": "原始权重",
  "method.raw.short": "原始",
  "method.constant": "EMA {value}",
  "method.power": "幂平均 σ {value}",
  "method.half-life": "EMA，半衰期为运行的 {value}",
  "method.uniform": "均匀平均",
  "method.every": "每 {n} 步",
  "method.warmup.ramp": "渐升",
  "method.warmup.bias-corrected": "偏差校正",
  "method.buffers.copy": "复制统计量",
  "method.buffers.recompute": "重算统计量",
  "method.from": "自第 {n} 步",
};
