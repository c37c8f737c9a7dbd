import { type TemplateResult, nothing, svg } from "lit-html";

import { line } from "../../charts/paths";
import { number } from "../../i18n";
import { goodfellow, polyak } from "../../papers";
import type { Chapter, Path } from "../chapter";
import { label, ticksAt } from "../plot";
import { t } from "./shake.words";

/** Steps of the stretches, before and after the prediction. */
const SHORT = 16;
const LONG = 64;
const STRETCHES = 32;

/** How far the weight got in the steps after each of some points of the run's second half, in thousandths. */
function stretches({ values, length }: Path): number[][] {
  const from = Math.floor(length / 2);
  const room = length - from - LONG - 1;
  return Array.from({ length: STRETCHES }, (_, k) => {
    const start = from + Math.floor((k * room) / (STRETCHES - 1));
    const origin = values[start] ?? NaN;
    return Array.from({ length: LONG + 1 }, (_, step) => 1000 * ((values[start + step] ?? NaN) - origin));
  });
}

/** What two thirds of the stretches stay within after some steps. */
function edgeAt(fan: readonly number[][], step: number): number {
  const far = fan.map((stretch) => Math.abs(stretch[step] ?? NaN)).sort((a, b) => a - b);
  return far[Math.ceil((2 * far.length) / 3) - 1] ?? NaN;
}

/** A round number that the fan stays within. */
function heightOf(fan: readonly number[][]): number {
  const most = Math.max(1e-3, ...fan.flat().map(Math.abs));
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= most) ?? 10);
}

const digits = (value: number): number => (value < 10 ? 1 : 0);

export const shake: Chapter = {
  t,
  sources: [polyak, goodfellow],
  asks: "before",
  runs: () => [],

  facts: ({ path }) => ({
    batch: number(path.batch),
    n: number(STRETCHES),
    short: number(SHORT),
    long: number(LONG),
  }),

  plot({ path }) {
    const height = heightOf(stretches(path));
    return {
      x: { from: 0, to: LONG, title: t("axis"), ticks: ticksAt([0, SHORT, LONG / 2, LONG]) },
      y: { from: -height, to: height, title: t("weight"), ticks: ticksAt([-height, 0, height]) },
    };
  },

  draw({ path, done }, place) {
    const fan = stretches(path);
    const steps = done ? LONG : SHORT;
    const bar = (at: number): TemplateResult => {
      const edge = edgeAt(fan, at);
      const x = place.x(at);
      return svg`<path class="error" .style=${"--line: var(--ink)"} d=${`M${x} ${place.y(edge)}V${place.y(-edge)}`} />
        ${at === SHORT || place.wide ? label(t("edge", { value: number(edge, digits(edge)) }), x + 8, place.y(edge) - 6) : nothing}`;
    };
    return svg`<line class="axis" x1=${place.left} x2=${place.right} y1=${place.y(0)} y2=${place.y(0)} />
      <path class="fan" d=${fan
        .map((stretch) =>
          line(stretch.slice(0, steps + 1).map((y, step) => [place.x(step), place.y(y)] as const)),
        )
        .join("")} />
      ${bar(SHORT)} ${done ? bar(LONG) : nothing}`;
  },

  mark: ({ path }) => ({ columns: [LONG], step: { y: heightOf(stretches(path)) / 40 } }),
  value: ({ y }) => t("value", { y: number(Math.abs(y), digits(Math.abs(y))) }),

  answer({ path, done, mark }) {
    if (!done) return undefined;
    // The fan has two edges.
    const side = (mark?.y ?? 1) < 0 ? -1 : 1;
    return { x: LONG, y: side * edgeAt(stretches(path), LONG) };
  },

  verdict({ path, mark }, { y }) {
    const fan = stretches(path);
    const before = edgeAt(fan, SHORT);
    const text = (value: number): string => number(Math.abs(value), digits(Math.abs(value)));
    return [
      t("said", {
        guess: text(mark?.y ?? NaN),
        answer: text(y),
        before: text(before),
        short: number(SHORT),
        long: number(LONG),
      }),
      t("ratio", { ratio: number(Math.abs(y) / before, 1) }),
    ];
  },
};
