import type { Lesson } from "../lesson";
import { accuracies, mean, secondHalf } from "../measures";
import { method, percent, points } from "../values";
import { morales, zhang } from "../../papers";

export const labels: Lesson = {
  id: "labels",
  question: { kind: "value", min: -5, max: 20, step: 1, start: 0, unit: "points", tolerance: 2.5 },
  dial: { values: [0, 0.2, 0.4, 0.6], start: 0.4, unit: "percent" },
  shownBy: ["accuracy", "table"],
  sources: [morales, zhang],
  terms: ["label-noise"],

  runs: (length, dial) => [
    {
      name: "only",
      settings: {
        label_noise: dial,
        ...(length === "short"
          ? { batch: 32, steps: 300, eval_every: 30, limit_test: 300, ema: ["0.98"] }
          : { batch: 64, steps: 1092, eval_every: 78, limit_test: 1000, ema: ["0.98"] }),
      },
    },
  ],
  facts: (_, dial) => ({ noise: percent(100 * dial, 0) }),

  verdict([result], dial) {
    const { methods = [], points: measured = [] } = result ?? {};
    const means = methods.map((_, k) => mean(secondHalf(accuracies(measured, k))));
    const last = methods.map((_, k) => accuracies(measured, k).at(-1));
    const [raw = NaN, ema = NaN] = means;
    const gain = ema - raw;
    return {
      answer: Number.isNaN(gain) ? null : gain,
      sentences: [
        {
          key: gain < 0 ? "lesson.labels.verdict.behind" : "lesson.labels.verdict",
          values: {
            noise: percent(100 * dial, 0),
            raw: percent(raw),
            ema: percent(ema),
            gain: points(Math.abs(gain)),
          },
        },
      ],
      columns: ["lesson.column.mean", "lesson.column.last"],
      rows: methods.map((each, k) => ({
        label: method(each),
        cells: [percent(means[k]), percent(last[k])],
        top: k === 1,
      })),
    };
  },
};
