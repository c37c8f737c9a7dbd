import type { Lesson } from "../lesson";
import { accuracies, mean, secondHalf } from "../measures";
import { method, percent, points } from "../values";
import { ioffe, izmailov } from "../../papers";

/** Policies that differ by less than this many points count as equal. */
const NEAR = 2;

const POLICIES = ["average", "copy", "recompute"] as const;

export const buffers: Lesson = {
  id: "buffers",
  question: { kind: "choice", options: [...POLICIES, "equal"] },
  shownBy: ["accuracy", "table"],
  sources: [ioffe, izmailov],
  terms: ["batch-norm", "buffers", "group-norm"],

  runs: (length) => [
    {
      name: "only",
      settings: {
        ema: POLICIES.map((policy) => (policy === "average" ? "0.99" : `0.99,buffers=${policy}`)),
        // Each test recomputes the statistics on about two thousand images, so there are few tests and no early ones.
        eval_early: false,
        ...(length === "short"
          ? { batch: 32, steps: 300, eval_every: 75, limit_test: 250 }
          : { batch: 64, steps: 1092, eval_every: 78, limit_test: 1000 }),
      },
    },
  ],
  facts: () => ({ near: points(NEAR, 0) }),

  verdict([result]) {
    const { methods = [], points: measured = [] } = result ?? {};
    const means = methods.map((_, k) => mean(secondHalf(accuracies(measured, k))));
    const policies = POLICIES.map((policy, k) => ({ policy, mean: means[k + 1] ?? NaN }));
    const best = Math.max(...policies.map((policy) => policy.mean));
    const near = policies.filter((policy) => best - policy.mean < NEAR);
    const [average, copy, recompute] = policies.map((policy) => percent(policy.mean));
    return {
      answer: Number.isNaN(best) ? null : near.length === 1 ? (near[0]?.policy ?? null) : "equal",
      sentences: [
        {
          key: "lesson.buffers.verdict",
          values: {
            average: average ?? percent(NaN),
            copy: copy ?? percent(NaN),
            recompute: recompute ?? percent(NaN),
            raw: percent(means[0]),
          },
        },
      ],
      columns: ["lesson.column.mean", "lesson.column.last"],
      rows: methods.map((each, k) => ({
        label: method(each),
        cells: [percent(means[k]), percent(accuracies(measured, k).at(-1))],
        top: means[k] === best,
      })),
    };
  },
};
