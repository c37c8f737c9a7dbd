import { type TemplateResult, nothing, svg } from "lit-html";

import { decayOf, kept } from "../averages/decay";
import { number } from "../i18n";
import { averageOf, averaged } from "../averages/average";
import { apart, stepTicks, within } from "../charts/axis";
import { ofShare } from "../charts/error";
import { betaOf } from "../averages/memory";
import { rounded } from "../averages/scale";
import { area, dots, drawn, line } from "../charts/paths";
import { LABEL, type Size } from "../charts/size";
import type { Point, Shown, Tested } from "./run";
import { percent } from "../charts/percent";
import { t } from "./words";

/** Room around a plot, in pixels. */
interface Room {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The two panels have the same room at their sides, so that they have one time axis. */
function roomOf({ wide, scale }: Size, top: number, bottom: number): Room {
  const [left, right] = wide ? [46, 104] : [38, 10];
  return { left: left * scale, right: right * scale, top, bottom: bottom * scale };
}

/** Pixels that the name of the wedge takes, with the room around it. */
const NAME = 240;
/** The share of the weight's panel under its path, where the wedge stands. */
const FLOOR = 0.2;

/** The horizontal place of a step. */
export function placeOfStep(step: number, extent: number, size: Size): number {
  const { left, right } = roomOf(size, 0, 0);
  return left + ((size.width - left - right) * step) / extent;
}

/** The step at a horizontal place. */
export function stepAtPlace(x: number, extent: number, size: Size): number {
  const { left, right } = roomOf(size, 0, 0);
  return ((x - left) / (size.width - left - right)) * extent;
}

/** The newest step that is shown of the weight. */
function newestOf({ weight }: Shown): number {
  return weight.length === 0 ? 0 : weight.first + weight.length - 1;
}

/** Where the memory begins: this many steps before the newest, or at the start. */
export function edgeOf(shown: Shown, memory: number): number {
  return Math.max(0, Math.max(newestOf(shown), shown.step) - memory);
}

/** The path of the weight and of its average, over the wedge of what the average remembers. */
export function weightPanel(shown: Shown, memory: number, extent: number, size: Size): TemplateResult {
  const { first, length, values } = shown.weight;
  const room = roomOf(size, size.wide ? 12 : 6, 4);
  const bottom = size.height - room.bottom;
  const columns = Math.max(1, Math.ceil(size.width - room.left - room.right));
  const x = (step: number): number => placeOfStep(step, extent, size);
  const newest = Math.max(newestOf(shown), shown.step);

  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < length; k++) {
    low = Math.min(low, values[k] ?? low);
    high = Math.max(high, values[k] ?? high);
  }
  const air = (high - low) * 0.06 || 1e-6;
  const floor = bottom - (bottom - room.top) * FLOOR;
  const y = (value: number): number =>
    floor - ((floor - room.top) * (value - low + air)) / (high - low + 2 * air);

  const average = averaged(averageOf(memory, first - 1), values, length);
  const path = (of: ArrayLike<number>): string =>
    line(drawn(of, length, columns).map((k) => [x(first + k), y(of[k] ?? NaN)]));
  const wedgeHeight = size.wide ? 62 : 44;
  const edge = x(edgeOf(shown, memory));
  const grip = bottom - wedgeHeight / 2;
  const [rawLabel, averageLabel] = within(
    apart(y(values[length - 1] ?? NaN), y(average[length - 1] ?? NaN), LABEL * size.scale),
    room.top + 6,
    floor,
  );
  const m = rounded(memory);
  const named = placeOfName(edge, x(newest), room.left, size.width);
  return svg`
    ${stepTicks(extent, size.wide ? 6 : 4).map(
      (step) => svg`<line class="grid" x1=${x(step)} x2=${x(step)} y1=${room.top} y2=${bottom} />`,
    )}
    <line class="axis" x1=${room.left} x2=${size.width - room.right} y1=${bottom} y2=${bottom} />
    <path class="wedge" d=${wedge(memory, newest, x, bottom, wedgeHeight)} />
    ${shown.hits.map((step) => strike(x(step), room.top, bottom, undefined))}
    <path class="raw line" d=${path(values)} />
    <path class="average line" d=${path(average)} />
    <g class="grip" data-edge=${edge.toFixed(1)}>
      <line x1=${edge} x2=${edge} y1=${bottom - wedgeHeight - 6} y2=${bottom} />
      <circle cx=${edge} cy=${grip} r="9" />
      <path d=${`M${edge - 3} ${grip - 3}l-3 3l3 3M${edge + 3} ${grip - 3}l3 3l-3 3`} />
    </g>
    ${
      size.wide && named !== undefined
        ? svg`<text class="ink halo" x=${named.x} y=${bottom - 10}
            text-anchor=${named.anchor}>${t("memory.wedge", { m: number(m) })}</text>`
        : nothing
    }
    ${
      size.wide && length > 0
        ? svg`<text class="ink" x=${x(newest) + 8} y=${rawLabel + 5}>${t("weight")}</text>
          <text class="ink" x=${x(newest) + 8} y=${averageLabel + 5}>${t("weight.average")}</text>`
        : nothing
    }`;
}

/** Where the wedge's name has room: before its edge, else within it, else behind the newest step; undefined if nowhere. */
function placeOfName(
  edge: number,
  newest: number,
  left: number,
  width: number,
): { x: number; anchor: "start" | "end" } | undefined {
  if (edge - left > NAME) return { x: edge - 16, anchor: "end" };
  if (newest - edge > NAME) return { x: edge + 16, anchor: "start" };
  return width - newest > NAME ? { x: newest + 16, anchor: "start" } : undefined;
}

/** What the average holds of each past step, βᵏ of the newest, back to where there is next to nothing. */
function wedge(
  memory: number,
  newest: number,
  x: (step: number) => number,
  bottom: number,
  height: number,
): string {
  const back = Math.min(newest, Math.ceil(memory * 6));
  const decay = decayOf("constant", betaOf(memory));
  const places = Math.min(back, 160);
  const points = Array.from({ length: places + 1 }, (_, k) => {
    const age = places === 0 ? 0 : (back * k) / places;
    return [x(newest - age), bottom - height * kept(decay, 0, age)] as const;
  });
  return `${line([[x(newest), bottom], ...points, [x(newest - back), bottom]])}Z`;
}

/** Where a bad batch was. */
function strike(x: number, top: number, bottom: number, label: string | undefined): TemplateResult {
  return svg`<line class="hit" x1=${x} x2=${x} y1=${top} y2=${bottom} />
    ${label === undefined ? nothing : svg`<text class="hit-name halo" x=${x + 6} y=${top + 14}>${label}</text>`}`;
}

/** The share of the test pictures that the raw network and the average get right, with ± 2 standard errors. */
export function accuracyPanel(
  shown: Shown,
  tested: Tested | undefined,
  extent: number,
  size: Size,
): TemplateResult {
  const room = roomOf(size, 12, 30);
  const { pictures } = shown;
  const points = tested?.points ?? [];
  const bottom = size.height - room.bottom;
  const highest = Math.max(
    0,
    ...shown.raw.slice(-200).map(({ accuracy }) => accuracy),
    ...points.slice(-200).map(({ accuracy }) => accuracy),
  );
  const top = highest > 74 ? 100 : 80;
  const x = (step: number): number => placeOfStep(step, extent, size);
  const y = (percent: number): number => bottom - ((bottom - room.top) * percent) / top;
  const marks = size.wide || size.height > 170 ? [0, 20, 40, 60] : [0, 40];
  const guess = 100 / shown.classes;
  const ticks = stepTicks(extent, size.wide ? 6 : 4);
  const end = size.width - room.right;
  const series = (of: readonly Point[], name: string): TemplateResult => {
    const places = of.map(({ step, accuracy }) => [x(step), y(accuracy)] as const);
    const band = of.map(({ step, accuracy }) => {
      const error = ofShare(accuracy, pictures);
      return [x(step), y(accuracy - error), y(accuracy + error)] as const;
    });
    return svg`<path class=${`${name} band`} d=${area(band)} />
      <path class=${`${name} line`} d=${line(places)} />
      <path class=${`${name} dots`} d=${dots(places)} />`;
  };
  return svg`
    ${ticks.map(
      (step) => svg`<line class="grid" x1=${x(step)} x2=${x(step)} y1=${room.top} y2=${bottom} />
        ${
          x(step) < end - (size.wide ? 0 : 74)
            ? svg`<text x=${x(step)} y=${bottom + 19 * size.scale} text-anchor=${step === 0 ? "start" : "middle"}>${number(step)}</text>`
            : nothing
        }`,
    )}
    ${
      size.wide
        ? svg`<text x=${end + 26} y=${bottom + 19 * size.scale}>${t("steps")}</text>`
        : svg`<text x=${end} y=${bottom + 19 * size.scale} text-anchor="end">${t("steps.n", { n: number(Math.round(extent)) })}</text>`
    }
    ${marks.map(
      (
        mark,
      ) => svg`<line class=${mark === 0 ? "axis" : "grid"} x1=${room.left} x2=${end} y1=${y(mark)} y2=${y(mark)} />
        <text x=${room.left - 8} y=${y(mark) + 5} text-anchor="end">${mark}${mark === 60 ? "%" : ""}</text>`,
    )}
    <line class="guess" x1=${room.left} x2=${end} y1=${y(guess)} y2=${y(guess)} />
    <text class="halo" x=${end - 6} y=${y(guess) + (bottom - y(guess) < 24 ? -6 : 16)} text-anchor="end">${t("guessing", { value: percent(guess, 1) })}</text>
    ${shown.hits.map((step) => strike(x(step), room.top, bottom, t("bad.batch")))}
    ${series(shown.raw, "raw")} ${series(points, "average")} ${labels(shown, points, x, y, extent, size, bottom)}
    ${
      shown.raw.length === 0
        ? svg`<text class="ink" x=${(room.left + end) / 2} y=${(room.top + bottom) / 2} text-anchor="middle">${
            shown.firstTest === undefined
              ? t("first.test.soon")
              : t("first.test", { t: number(shown.firstTest) })
          }</text>`
        : nothing
    }`;
}

/** The newest values: next to the ends of their lines, on a phone above the upper one and below the lower one. */
function labels(
  { raw, pictures }: Shown,
  average: readonly Point[],
  x: (step: number) => number,
  y: (percent: number) => number,
  extent: number,
  size: Size,
  bottom: number,
): TemplateResult | typeof nothing {
  const [lastRaw, lastAverage] = [raw.at(-1), average.at(-1)];
  if (lastRaw === undefined) return nothing;
  const rawText = t("raw", { value: percent(lastRaw.accuracy, pictures) });
  if (lastAverage === undefined) {
    return svg`<text class="ink halo" x=${x(lastRaw.step) + 9} y=${y(lastRaw.accuracy) + 5}>${rawText}</text>`;
  }
  const averageText = t("average", { value: percent(lastAverage.accuracy, pictures) });
  const places = [y(lastRaw.accuracy), y(lastAverage.accuracy)] as const;
  const above = lastAverage.accuracy >= lastRaw.accuracy;
  if (size.wide) {
    const [of1, of2] = above ? [places[1], places[0]] : places;
    const [upper, lower] = within(apart(of1, of2, LABEL * size.scale), 12, bottom - 4);
    const at = x(Math.max(lastRaw.step, lastAverage.step)) + 9;
    return svg`<text class="ink halo" x=${at} y=${(above ? lower : upper) + 5}>${rawText}</text>
      <text class="ink halo" x=${at} y=${(above ? upper : lower) + 5}>${averageText}</text>`;
  }
  const early = lastRaw.step < 0.4 * extent;
  const at = x(lastRaw.step) + (early ? 8 : -2);
  const anchor = early ? "start" : "end";
  const [top, low] = [Math.max(24, Math.min(...places) - 12), Math.min(bottom - 6, Math.max(...places) + 22)];
  return svg`<text class="ink halo" x=${at} y=${above ? low : top} text-anchor=${anchor}>${rawText}</text>
    <text class="ink halo" x=${at} y=${above ? top : low} text-anchor=${anchor}>${averageText}</text>`;
}
