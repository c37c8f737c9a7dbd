import type { Lesson, LessonRun } from "../lesson";
import { accuracies, curveOf, lastTests } from "../measures";
import { percent, points } from "../values";
import { morales, sandler } from "../../papers";

/** Methods that differ by less than this many points count as equal. */
const NEAR = 2;

export const decay: Lesson = {
  id: "decay",
  question: { kind: "choice", options: ["ema", "cosine", "equal", "constant"] },
  shownBy: ["accuracy", "loss"],
  sources: [sandler, morales],
  terms: ["schedule", "learning-rate"],

  runs: (length) => {
    const settings =
      length === "short"
        ? { batch: 32, lr: 0.004, steps: 300, eval_every: 30, limit_test: 250, ema: ["0.98"] }
        : { batch: 64, lr: 0.004, steps: 1092, eval_every: 78, limit_test: 1000, ema: ["0.98"] };
    return ["constant", "cosine"].map((schedule): LessonRun => {
      return { name: schedule, settings: { ...settings, schedule } };
    });
  },
  facts: () => ({ near: points(NEAR, 0) }),

  verdict(results) {
    const rows = results.flatMap((result) =>
      [0, 1].map((method) => ({
        name: `${result.name}.${method === 0 ? "raw" : "ema"}`,
        last: lastTests(accuracies(result.points, method)),
        points: curveOf({ points: result.points, method, batch: Number(result.experiment.batch) }),
      })),
    );
    const last = (name: string): number => rows.find((row) => row.name === name)?.last ?? NaN;
    const constant = last("constant.raw");
    const ema = last("constant.ema");
    const cosine = last("cosine.raw");
    const best = Math.max(constant, ema, cosine);
    const within = (value: number): boolean => best - value < NEAR;
    const answer =
      within(ema) && within(cosine)
        ? "equal"
        : within(constant)
          ? "constant"
          : within(ema)
            ? "ema"
            : "cosine";
    return {
      answer: Number.isNaN(best) ? null : answer,
      sentences: [
        {
          key: "lesson.decay.verdict",
          values: {
            constant: percent(constant),
            ema: percent(ema),
            cosine: percent(cosine),
            both: percent(last("cosine.ema")),
          },
        },
      ],
      columns: ["lesson.column.lately"],
      rows: rows.map((row) => ({
        label: { key: `lesson.run.${row.name}` },
        cells: [percent(row.last)],
        top: row.last === best,
      })),
      curves: rows.map((row) => ({ label: { key: `lesson.run.${row.name}` }, points: row.points })),
    };
  },
};
