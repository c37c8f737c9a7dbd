import type { Lesson } from "../lesson";
import { accuracies, distance, curveOf } from "../measures";
import { method, percent, plain, points } from "../values";
import { busbridge, malladi } from "../../papers";

const BETA = 0.99;
const SMALL = 16;
/** How much larger the large batch is. */
const KAPPA = 4;
const SCALED = Number((BETA ** KAPPA).toFixed(4));
/** Distances that differ by less than this many points count as equal. */
const NEAR = 1;

export const batch: Lesson = {
  id: "batch",
  question: { kind: "choice", options: ["same", "scaled", "equal"] },
  shownBy: ["accuracy", "memory"],
  sources: [busbridge, malladi],
  terms: ["batch-size", "batch-scaling", "half-life"],

  runs(length) {
    const steps = length === "short" ? 512 : 4096;
    const every = length === "short" ? 64 : 256;
    const limit_test = length === "short" ? 250 : 1000;
    return [
      {
        name: "small",
        settings: { batch: SMALL, lr: 0.002, steps, eval_every: every, limit_test, ema: [String(BETA)] },
      },
      {
        name: "large",
        settings: {
          batch: KAPPA * SMALL,
          lr: 0.002 * Math.sqrt(KAPPA),
          steps: steps / KAPPA,
          eval_every: every / KAPPA,
          limit_test,
          ema: [String(BETA), String(SCALED)],
        },
      },
    ];
  },
  facts: () => ({
    small: plain(SMALL),
    large: plain(KAPPA * SMALL),
    kappa: plain(KAPPA),
    beta: plain(BETA, 2),
    scaled: plain(SCALED, 4),
    near: points(NEAR, 0),
  }),

  verdict([small, large]) {
    if (small === undefined || large === undefined)
      return { answer: null, sentences: [], columns: [], rows: [] };
    const reference = { points: small.points, method: 1, batch: SMALL };
    const [same = NaN, scaled = NaN] = [1, 2].map((method) =>
      distance(reference, { points: large.points, method, batch: KAPPA * SMALL }),
    );
    const nearer = same < scaled ? "same" : "scaled";
    const rows = [
      { result: small, method: 1, distance: null },
      { result: large, method: 1, distance: same },
      { result: large, method: 2, distance: scaled },
    ];
    return {
      answer: Number.isNaN(same + scaled) ? null : Math.abs(same - scaled) < NEAR ? "equal" : nearer,
      sentences: [{ key: "lesson.batch.verdict", values: { same: points(same), scaled: points(scaled) } }],
      columns: ["lesson.column.batch", "lesson.column.distance", "lesson.column.last"],
      rows: rows.map((row, k) => ({
        label: method(row.result.methods[row.method]),
        cells: [
          plain(Number(row.result.experiment.batch)),
          row.distance === null ? null : plain(row.distance, 1),
          percent(accuracies(row.result.points, row.method).at(-1)),
        ],
        top: k > 0 && row.distance === Math.min(same, scaled),
      })),
      curves: rows.map((row, k) => ({
        label: { key: `lesson.batch.curve.${k}` },
        points: curveOf({
          points: row.result.points,
          method: row.method,
          batch: k === 0 ? SMALL : KAPPA * SMALL,
        }),
      })),
    };
  },
};
