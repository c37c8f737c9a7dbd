import { type TemplateResult, nothing, svg } from "lit-html";

import { ofShare } from "../charts/error";
import { type line as lineOf, area, dots, line } from "../charts/paths";
import { percent } from "../charts/percent";
import { LABEL, type Size } from "../charts/size";
import { number } from "../i18n";
import { t } from "./words";

/** A direction of a plot: its values, and the ones that are named. */
export interface Axis {
  from: number;
  to: number;
  log?: boolean;
  /** Those that are `minor` are left out on a phone. */
  ticks: readonly { at: number; text: string; minor?: boolean }[];
  title?: string;
}

export interface Plot {
  x: Axis;
  y: Axis;
  /** Pixels at the right for labels, where there is room next to the plot. */
  right?: number;
}

/** Where values are in a figure of some size. */
export interface Place extends Size {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x(value: number): number;
  y(value: number): number;
  /** The value at a place; the inverse of `x` and `y`. */
  atX(place: number): number;
  atY(place: number): number;
}

export function placeIn({ x, y, right = 104 }: Plot, size: Size): Place {
  const { width, height, wide, scale } = size;
  const room = {
    left: (wide ? 46 : 34) * scale,
    right: wide ? right * scale : 24,
    top: 16,
    bottom: 48 * scale,
  };
  const [left, end] = [room.left, width - room.right];
  const [top, bottom] = [room.top, height - room.bottom];
  const [toX, fromX] = scaleOf(x, left, end);
  const [toY, fromY] = scaleOf(y, bottom, top);
  return { ...size, left, right: end, top, bottom, x: toX, y: toY, atX: fromX, atY: fromY };
}

function scaleOf(
  { from, to, log = false }: Axis,
  start: number,
  end: number,
): [(value: number) => number, (place: number) => number] {
  const f = log ? Math.log : (value: number): number => value;
  const inverse = log ? Math.exp : (value: number): number => value;
  const [low, high] = [f(from), f(to)];
  return [
    (value) => start + ((f(value) - low) / (high - low)) * (end - start),
    (place) => inverse(low + ((place - start) / (end - start)) * (high - low)),
  ];
}

/** Percent of test pictures, from 0 to 80, or to 100 where a value is near that. */
export function percentAxis(highest = 0): Axis {
  const to = highest > 74 ? 100 : 80;
  const ticks = [0, 20, 40, 60, 80, 100].filter((at) => at <= to);
  return { from: 0, to, ticks: ticks.map((at) => ({ at, text: at === to ? `${at}%` : String(at) })) };
}

/** Whole numbers as ticks. */
export function ticksAt(values: readonly number[]): Axis["ticks"] {
  return values.map((at) => ({ at, text: number(at) }));
}

/** The grid, the numbers next to it, and what they count. */
export function axes({ x, y }: Plot, place: Place): TemplateResult {
  const { left, right, top, bottom, scale, height, width } = place;
  return svg`${y.ticks.map(
    ({
      at,
      text,
    }) => svg`<line class=${at === y.from ? "axis" : "grid"} x1=${left} x2=${right} y1=${place.y(at)} y2=${place.y(at)} />
      <text x=${left - 8} y=${place.y(at) + 5} text-anchor="end">${text}</text>`,
  )}
  ${x.ticks
    .filter(({ minor }) => place.wide || minor !== true)
    .map(({ at, text }) => {
      const middle = place.x(at);
      const first = middle - left < 4;
      // Beside a plot without labels, a long one would leave the figure.
      const last = width - middle < 34 * scale;
      return svg`<text x=${last ? width - 2 : middle} y=${bottom + 19 * scale}
        text-anchor=${first ? "start" : last ? "end" : "middle"}>${text}</text>`;
    })}
  ${x.title === undefined ? nothing : svg`<text x=${(left + right) / 2} y=${height - 6} text-anchor="middle">${x.title}</text>`}
  ${y.title === undefined ? nothing : svg`<text class="halo" x=${left + 6} y=${top + 4}>${y.title}</text>`}`;
}

/** What guessing scores: theory, so it is dashed. */
export function guessing(classes: number, place: Place): TemplateResult {
  const y = place.y(100 / classes);
  return svg`<line class="guess" x1=${place.left} x2=${place.right} y1=${y} y2=${y} />
    <text class="halo" x=${place.left + 6} y=${y + 16}>${t("guessing", { value: number(100 / classes) })}</text>`;
}

/** A measured share with ± 2 standard errors. */
export function share(
  at: { x: number; percent: number; pictures: number },
  place: Place,
  colour: string,
): TemplateResult {
  const error = ofShare(at.percent, at.pictures);
  const [x, y] = [place.x(at.x), place.y(at.percent)];
  return svg`<g .style=${`--line: ${colour}`}>
    <line class="error" x1=${x} x2=${x} y1=${place.y(at.percent + error)} y2=${place.y(at.percent - error)} />
    <circle class="point" cx=${x} cy=${y} r="6" /></g>`;
}

type Points = Parameters<typeof lineOf>[0];

/** A line of measurements, with its band of ± 2 standard errors where they are shares of pictures. */
export function series(
  points: Points,
  place: Place,
  { colour, pictures, name = "" }: { colour: string; pictures?: number; name?: string },
): TemplateResult {
  const places = points.map(([x, y]) => [place.x(x), place.y(y)] as const);
  const band =
    pictures === undefined
      ? []
      : points.map(([x, y]) => {
          const error = ofShare(y, pictures);
          return [place.x(x), place.y(y - error), place.y(y + error)] as const;
        });
  return svg`<g class=${`series ${name}`} .style=${`--line: ${colour}`}>
    <path class="band" d=${area(band)} /><path class="line" d=${line(places)} />
    <path class="dots" d=${dots(places)} /></g>`;
}

/** A label with its own line, in ink. */
export function label(
  text: string,
  x: number,
  y: number,
  anchor: "start" | "middle" | "end" = "start",
): TemplateResult {
  return svg`<text class="ink halo" x=${x} y=${y} text-anchor=${anchor}>${text}</text>`;
}

/** A percentage as a label has it. */
export function percentText(value: number, pictures: number): string {
  return `${percent(value, pictures)}%`;
}

/** Labels at the ends of lines, {@link LABEL} apart and in their order; on a phone before the ends. */
export function endLabels(
  ends: readonly { text: string; x: number; y: number }[],
  place: Place,
): TemplateResult[] {
  const gap = LABEL * place.scale;
  const sorted = ends
    .filter(({ x, y }) => Number.isFinite(x + y))
    .map((end) => ({ ...end, at: place.y(end.y) }))
    .sort((a, b) => a.at - b.at);
  sorted.forEach((end, k) => {
    const above = sorted[k - 1];
    if (above !== undefined) end.at = Math.max(end.at, above.at + gap);
  });
  const over = Math.max(0, (sorted.at(-1)?.at ?? 0) - (place.bottom - 6));
  return sorted.map(({ text, x, at }, k) => {
    if (place.wide) return label(text, place.x(x) + 10, at - over + 5);
    // Above the upper line, below the lower ones.
    const lift = k === 0 ? -14 : 20;
    return label(text, Math.min(place.x(x), place.right), at - over + lift, "end");
  });
}
