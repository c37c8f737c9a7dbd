import type { Lesson } from "../lesson";
import { dip } from "../measures";
import { method, percent, plain, points, steps } from "../values";
import { morales } from "../../papers";

/** A smaller drop could be chance. */
const FALL = 1;

const AFTER = { short: 200, long: 800 };

export const outlier: Lesson = {
  id: "outlier",
  question: { kind: "choice", options: ["at-once", "later", "never"] },
  dial: { values: [5, 10, 20, 30], start: 20, unit: "times" },
  shownBy: ["accuracy", "memory", "path"],
  sources: [morales],
  terms: ["kernel", "half-life"],

  runs: (length) => [
    {
      name: "only",
      disturb: { after: AFTER[length], evalEvery: 5 },
      settings:
        length === "short"
          ? { batch: 32, steps: 280, eval_every: 20, limit_test: 200, ema: ["0.9", "0.98"] }
          : { batch: 64, steps: 960, eval_every: 40, limit_test: 1000, ema: ["0.9", "0.98"] },
    },
  ],
  facts: (length, dial) => ({ steps: plain(AFTER[length]), factor: plain(dial) }),

  verdict([result]) {
    const { methods = [], points: measured = [], marks = [] } = result ?? {};
    const at = marks.find((mark) => mark.kind === "outlier")?.step;
    const next = measured.find((point) => point.step > (at ?? Infinity));
    if (at === undefined || next === undefined) return { answer: null, sentences: [], columns: [], rows: [] };
    const dips = methods.map((_, k) => dip(measured, k, at));
    const [raw, , ema] = dips;
    const fell = (ema?.depth ?? 0) >= FALL;
    const late = (ema?.lowestAfter ?? 0) > next.step - at;
    return {
      answer: !fell ? "never" : late ? "later" : "at-once",
      sentences: [
        {
          key: fell ? "lesson.outlier.verdict" : "lesson.outlier.verdict.never",
          values: {
            raw: points(raw?.depth),
            rawAfter: steps(raw?.lowestAfter),
            ema: points(ema?.depth),
            emaAfter: steps(ema?.lowestAfter),
          },
        },
      ],
      columns: ["lesson.column.before", "lesson.column.depth", "lesson.column.lowest", "lesson.column.back"],
      rows: dips.map((dip, k) => ({
        label: method(methods[k]),
        cells: [
          percent(dip.before),
          plain(dip.depth, 1),
          dip.depth < FALL ? null : plain(dip.lowestAfter),
          dip.depth < FALL || dip.backAfter === null ? null : plain(dip.backAfter),
        ],
        top: k === 2,
      })),
    };
  },
};
