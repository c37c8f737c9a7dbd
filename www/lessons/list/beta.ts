import type { Lesson } from "../lesson";
import { accuracies, lastTests } from "../measures";
import { method, percent, plain } from "../values";
import { kingma, morales } from "../../papers";

const EMA = ["0.9", "0.98", "0.999", "0.999,warmup=ramp", "0.999,warmup=bias-corrected"];
const STEPS = { short: 300, long: 1092 };

export const beta: Lesson = {
  id: "beta",
  question: { kind: "value", min: 0, max: 80, step: 2, start: 40, unit: "percent", tolerance: 6 },
  shownBy: ["accuracy", "memory", "table"],
  sources: [{ ...kingma, title: `${kingma.title} (section 3: bias correction)` }, morales],
  terms: ["initial-share", "warm-up", "bias-correction"],

  runs: (length) => [
    {
      name: "only",
      settings:
        length === "short"
          ? { batch: 32, steps: STEPS.short, eval_every: 30, limit_test: 200, ema: EMA }
          : { batch: 64, steps: STEPS.long, eval_every: 78, limit_test: 1000, ema: EMA },
    },
  ],
  facts: (length) => ({
    steps: plain(STEPS[length]),
    share: percent(100 * 0.999 ** STEPS[length], 0),
  }),

  verdict([result]) {
    const { methods = [], points = [], averages = [] } = result ?? {};
    const last = methods.map((_, k) => lastTests(accuracies(points, k)));
    const left = methods.map((_, k) => 100 * (averages[k - 1]?.initial_share ?? NaN));
    const [raw, , , long, ramp, corrected] = last;
    const best = last.indexOf(Math.max(...last));
    return {
      answer: long === undefined || Number.isNaN(long) ? null : Math.round(long),
      sentences: [
        {
          key: "lesson.beta.verdict",
          values: {
            plain: percent(long),
            share: percent(left[3], 0),
            ramp: percent(ramp),
            corrected: percent(corrected),
          },
        },
        {
          key: "lesson.beta.verdict.best",
          values: { best: method(methods[best]), accuracy: percent(last[best]), raw: percent(raw) },
        },
      ],
      columns: ["lesson.column.lately", "lesson.column.initial"],
      rows: methods.map((each, k) => ({
        label: method(each),
        cells: [percent(last[k]), k === 0 ? null : percent(left[k], 0)],
        top: k === 3,
      })),
    };
  },
};
