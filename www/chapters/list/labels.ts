import { nothing, svg } from "lit-html";

import { withMemory } from "../../averages/spec";
import { leastError } from "../../charts/error";
import { memoryColour } from "../../charts/ramp";
import { number } from "../../i18n";
import { morales, zhang } from "../../papers";
import type { Chapter } from "../chapter";
import { accuracies, differenceOf, mean, secondHalf } from "../measures";
import { label, ticksAt } from "../plot";
import type { RunResult } from "../run";
import { t } from "./labels.words";

const LENGTHS = {
  short: { memory: 25, settings: { batch: 32, steps: 250, eval_every: 25, limit_test: 300 } },
  long: { memory: 100, settings: { batch: 64, steps: 1092, eval_every: 78, limit_test: 1000 } },
} as const;

/** How far the average was ahead at the tests of the second half, and at the last one with its error. */
function leadOf(result: RunResult) {
  const raw = accuracies(result.points, 0);
  const leads = accuracies(result.points, 1).map((right, k) => right - (raw[k] ?? NaN));
  const { error } = differenceOf({ result, method: 1 }, { result, method: 0 });
  const late = secondHalf(leads);
  return { late, mean: mean(late), error };
}

/** The share of a run's labels that are redrawn; one in ten of them is right by chance. */
const shareOf = ({ experiment }: RunResult): number => Number(experiment.label_noise);

const percent = (share: number): string => `${number(100 * share)}%`;

export const labels: Chapter = {
  t,
  sources: [morales, zhang],
  asks: "waiting",
  knob: {
    label: () => t("knob"),
    values: [0.2, 0.4, 0.6],
    start: 0.4,
    text: percent,
    when: "run",
  },
  proceed: () => t("proceed"),

  runs(length, share) {
    const { memory, settings } = LENGTHS[length];
    const common = { ...settings, eval_early: false, ema: [withMemory(memory)] };
    return [
      { name: "clean", settings: { ...common, label_noise: 0 } },
      { name: "noisy", settings: { ...common, label_noise: share }, waits: "before" },
    ];
  },
  run: (name) => t(name === "noisy" ? "noisy" : "clean"),

  facts: ({ length, knob }) => ({
    share: percent(knob),
    wrong: percent(0.9 * knob),
    batch: number(LENGTHS[length].settings.batch),
  }),

  plot: () => ({
    x: {
      from: -0.1,
      to: 0.7,
      title: t("axis"),
      ticks: [0, 0.2, 0.4, 0.6].map((at) => ({ at, text: percent(at) })),
    },
    y: { from: -10, to: 40, title: t("points"), ticks: ticksAt([-10, 0, 10, 20, 30, 40]) },
  }),

  draw({ results, length }, place) {
    const colour = memoryColour(LENGTHS[length].memory);
    return svg`<line class="axis" x1=${place.left} x2=${place.right} y1=${place.y(0)} y2=${place.y(0)} />
      ${results.map((result) => {
        const { late, mean, error } = leadOf(result);
        if (late.length === 0) return nothing;
        const x = place.x(shareOf(result));
        return svg`<g .style=${`--line: ${colour}`}>
          <line class="error" x1=${x} x2=${x} y1=${place.y(mean - error)} y2=${place.y(mean + error)} />
          <circle class="point" cx=${x} cy=${place.y(mean)} r="6" />
          <path class="faint dots" d=${late.map((lead) => `M${x + 14} ${place.y(lead)}h0`).join("")} />
        </g>
        ${label(number(mean, 1), x - 12, place.y(mean) + 5, "end")}`;
      })}`;
  },

  mark: ({ knob }) => ({ columns: [knob], step: { y: 1 } }),
  value: ({ y }) => t("value", { y: number(y) }),

  answer({ results, knob }) {
    const noisy = results[1];
    return noisy === undefined ? undefined : { x: knob, y: leadOf(noisy).mean };
  },

  verdict({ results, mark }, answer) {
    const [clean, noisy] = results.map(leadOf);
    if (clean === undefined || noisy === undefined || mark === undefined) return [];
    const gap = noisy.mean - clean.mean;
    const error = Math.hypot(clean.error, noisy.error);
    const clear = Math.abs(gap) > Math.max(error, leastError(results[0]?.testImages ?? 0));
    const key = clear ? (gap > 0 ? "more" : "less") : "close";
    return [
      t("said", { guess: number(mark.y), answer: number(answer.y, 1) }),
      t(key, {
        clean: number(clean.mean, 1),
        noisy: number(noisy.mean, 1),
        gap: number(Math.abs(gap), 1),
        error: number(error, 1),
      }),
    ];
  },
};
