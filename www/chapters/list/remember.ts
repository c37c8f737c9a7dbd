import { nothing, svg } from "lit-html";

import { averageOf, averaged } from "../../averages/average";
import { betaOf } from "../../averages/memory";
import { betaDigits } from "../../averages/scale";
import { line } from "../../charts/paths";
import { memoryColour } from "../../charts/ramp";
import { number } from "../../i18n";
import { morales, tarvainen } from "../../papers";
import type { Chapter, Path } from "../chapter";
import { type Place, label } from "../plot";
import { t } from "./remember.words";

/** Steps back that the figure shows. */
const BACK = 200;
/** The share of the plot's height that the bars have at most; the path is above them. */
const BARS = 0.5;

const betaText = (memory: number): string => number(betaOf(memory), betaDigits(betaOf(memory)));
/** Steps back within which half of the average lies. */
const halfOf = (memory: number): number => Math.log(0.5) / Math.log(betaOf(memory));

/** The newest steps of the path and of its average, which is taken over all of it. */
function newest({ values, length }: Path, memory: number): { weight: number[]; average: number[] } {
  const path = averaged(averageOf(memory), values, length);
  const from = Math.max(0, length - BACK);
  return {
    weight: Array.from({ length: length - from }, (_, k) => values[from + k] ?? NaN),
    average: [...path.subarray(from, length)],
  };
}

/** The path, between the top of the plot and the bars. */
function pathOf(path: Path, memory: number, place: Place) {
  const { weight, average } = newest(path, memory);
  const [low, high] = [Math.min(...weight), Math.max(...weight)];
  const floor = place.bottom - (place.bottom - place.top) * (BARS + 0.06);
  const y = (value: number): number => floor - ((floor - place.top) * (value - low)) / (high - low || 1);
  const d = (of: readonly number[]): string =>
    line(of.map((value, k) => [place.x(k - of.length + 1), y(value)] as const));
  const [lastWeight, lastAverage] = [y(weight.at(-1) ?? NaN), y(average.at(-1) ?? NaN)];
  const apart = Math.abs(lastWeight - lastAverage) < 18 ? 9 : 0;
  const up = lastWeight < lastAverage ? -apart : apart;
  return svg`<path class="line thin" .style=${"--line: var(--raw)"} d=${d(weight)} />
    <path class="line" d=${d(average)} />
    ${
      place.wide && weight.length > 0
        ? svg`${label(t("weight"), place.right + 8, lastWeight + 5 + up)}
          ${label(t("average"), place.right + 8, lastAverage + 5 - up)}`
        : nothing
    }`;
}

export const remember: Chapter = {
  t,
  sources: [tarvainen, morales],
  asks: "before",
  knob: {
    label: () => t("knob"),
    values: [10, 20, 50, 100],
    start: 50,
    text: betaText,
    when: "done",
  },
  runs: () => [],

  facts: ({ knob }) => ({ beta: betaText(knob), m: number(knob) }),

  plot: () => ({
    x: {
      from: -BACK,
      to: 0,
      title: t("axis"),
      ticks: [BACK, BACK / 2, BACK / 4, 0].map((back) => ({ at: -back, text: number(back) })),
    },
    y: { from: 0, to: 1, ticks: [] },
  }),

  draw({ path, knob, done }, place) {
    const beta = betaOf(knob);
    const height = (place.bottom - place.top) * BARS;
    const width = Math.max(1, (place.right - place.left) / BACK - 0.6);
    const half = halfOf(knob);
    const bars = Array.from({ length: BACK }, (_, k) => {
      const [x, y] = [place.x(-k) - width, place.bottom - height * beta ** k];
      return `M${x.toFixed(1)} ${place.bottom}V${y.toFixed(1)}h${width.toFixed(1)}V${place.bottom}Z`;
    });
    const newer = Math.round(half);
    return svg`<g .style=${`--line: ${memoryColour(knob)}`}>
        <line class="axis" x1=${place.left} x2=${place.right} y1=${place.bottom} y2=${place.bottom} />
        <path class=${done ? "bars" : "bars all"} d=${bars.slice(done ? newer : 0).join("")} />
        ${done ? svg`<path class="bars half" d=${bars.slice(0, newer).join("")} />` : nothing}
        ${pathOf(path, knob, place)}
      </g>
      <text class="formula" x=${place.left + 6} y=${place.bottom - height - 12}>v ← ${betaText(knob)} v + ${number(1 - beta, betaDigits(beta))} w</text>
      ${done ? label(t("half"), place.x(-half) - 8, place.bottom - 10, "end") : nothing}`;
  },

  mark: () => ({ row: 0.25, step: { x: 2 } }),
  value: ({ x }) => t("value", { x: number(Math.abs(x)) }),

  // The half that was asked for; the bars may since be those of another memory.
  answer: ({ done, asked }) => (done ? { x: -halfOf(asked), y: 0.25 } : undefined),

  verdict({ knob, asked, mark }, { x }) {
    return [
      t("said", {
        guess: number(Math.abs(mark?.x ?? NaN)),
        answer: number(Math.abs(x)),
        beta: betaText(asked),
      }),
      t("within", { m: number(knob), share: `${number(100 * (1 - betaOf(knob) ** knob))}%` }),
    ];
  },
};
