import type { Lesson } from "../lesson";
import { accuracies, lateFluctuation, mean, secondHalf } from "../measures";
import { method, percent, plain, points } from "../values";
import { morales, polyak } from "../../papers";

export const noise: Lesson = {
  id: "noise",
  question: { kind: "value", min: 0, max: 120, step: 5, start: 100, unit: "percent", tolerance: 15 },
  shownBy: ["accuracy", "fluctuation", "path"],
  sources: [polyak, morales],
  terms: ["fluctuation", "variance-left"],

  runs: (length) => [
    {
      name: "only",
      settings:
        length === "short"
          ? { batch: 32, lr: 0.004, steps: 300, eval_every: 10, limit_test: 200, ema: ["0.9", "0.98"] }
          : { batch: 64, steps: 1092, eval_every: 39, limit_test: 1000, ema: ["0.9", "0.98"] },
    },
  ],
  // The share of independent noise that remains according to theory.
  facts: () => ({ theory: percent(100 * Math.sqrt((1 - 0.98) / (1 + 0.98)), 0) }),

  verdict([result]) {
    const rows = (result?.methods ?? []).map((each, k) => {
      const values = accuracies(result?.points ?? [], k);
      return { method: each, fluctuation: lateFluctuation(values), mean: mean(secondHalf(values)) };
    });
    const [raw, , ema] = rows;
    const ratio = (100 * (ema?.fluctuation ?? NaN)) / (raw?.fluctuation ?? NaN);
    return {
      answer: Number.isFinite(ratio) ? Math.round(ratio) : null,
      sentences: [
        {
          key: "lesson.noise.verdict",
          values: {
            raw: points(raw?.fluctuation),
            ema: points(ema?.fluctuation),
            ratio: percent(ratio, 0),
            rawMean: percent(raw?.mean),
            emaMean: percent(ema?.mean),
          },
        },
      ],
      columns: ["lesson.column.fluctuation", "lesson.column.mean"],
      rows: rows.map((row, k) => ({
        label: method(row.method),
        cells: [plain(row.fluctuation, 2), percent(row.mean)],
        top: k === 2,
      })),
    };
  },
};
