import { words } from "../words";

export const t = words({
  en: {
    label: "Run",
    start: "Start",
    pause: "Pause",
    resume: "Go on",
    again: "Run again",
    step: "step {step} of {total}",
    left: "{time} left",
    ended: "{total} of {total}",
    score: "average {average}%, raw {raw}%",
    preparing: "preparing",
    recorded: "recorded run",
  },
  zh: {
    label: "训练",
    start: "开始",
    pause: "暂停",
    resume: "继续",
    again: "再来一次",
    step: "第 {step} / {total} 步",
    left: "还要{time}",
    ended: "{total} / {total} 步",
    score: "平均 {average}%，原始 {raw}%",
    preparing: "准备中",
    recorded: "录制的训练",
  },
});
