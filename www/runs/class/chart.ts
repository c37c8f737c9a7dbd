import { type SVGTemplateResult, type TemplateResult, html, nothing, svg } from "lit-html";

import { number } from "../../i18n";
import { signed } from "../names";
import type { Seed } from "./pool";
import type { Paired } from "../../statistics";
import { t } from "./words";

/** Pixels. */
const RADIUS = 4.5;
/** The least distance of two dots next to each other, as a share of the width. */
const APART = 0.024;

interface Scale {
  /** The place of a value, in percent of the width. */
  at: (value: number) => number;
  ticks: number[];
  /** The decimals of the ticks. */
  decimals: number;
}

/** A scale from the least to the greatest value, with room at both ends. */
export function scaleOf(values: readonly number[], about = 6): Scale {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const span = greatest - least || 1;
  const [low, high] = [least - 0.08 * span, greatest + 0.08 * span];
  const power = 10 ** Math.floor(Math.log10((high - low) / about));
  const step = power * ([1, 2, 5].find((times) => (high - low) / (times * power) <= about) ?? 10);
  const first = Math.ceil(low / step);
  return {
    at: (value) => (100 * (value - low)) / (high - low),
    ticks: Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step),
    decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
  };
}

const percent = (place: number): string => `${place.toFixed(2)}%`;

/** The ticks of a scale with their numbers at `foot`. */
function axis({ at, ticks, decimals }: Scale, top: number, foot: number): SVGTemplateResult[] {
  return ticks
    .map((tick) => ({ tick, x: at(tick) }))
    .filter(({ x }) => x > 3 && x < 97)
    .map(
      ({ tick, x }) =>
        svg`<line class=${tick === 0 ? "grid zero" : "grid"} x1=${percent(x)} x2=${percent(x)} y1=${top} y2=${foot}></line>
        <text class="tick" x=${percent(x)} y=${foot + 17} text-anchor="middle">${tick < 0 ? "−" : ""}${number(Math.abs(tick), decimals)}</text>`,
    );
}

/** Where a label next to a place begins, so that it stays within the chart. */
const anchor = (place: number): "start" | "middle" | "end" =>
  place < 25 ? "start" : place > 75 ? "end" : "middle";

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The accuracies: a dot of each seed for raw and one for the average, joined by a line. */
function accuracies(seeds: readonly Seed[], name: string): TemplateResult {
  const scale = scaleOf(seeds.flatMap(({ raw, average }) => [raw, average]));
  const { at } = scale;
  const [top, below, foot] = [46, 116, 152];
  // The means are named on the far sides of the lines.
  const row = (key: "raw" | "average", y: number, said: number, label: string): SVGTemplateResult => {
    const mean = meanOf(seeds.map((seed) => seed[key]));
    const x = at(mean);
    return svg`<text class="row" x="0" y=${y - 22}>${label}</text>
      <text class="value" x=${percent(x)} y=${said} text-anchor=${anchor(x)}>${t("mean.n", { value: number(mean, 1) })}</text>
      ${seeds.map((seed) => svg`<circle class=${key} cx=${percent(at(seed[key]))} cy=${y} r=${RADIUS}></circle>`)}
      <line class="mean" x1=${percent(x)} x2=${percent(x)} y1=${y - 12} y2=${y + 12}></line>`;
  };
  return html`<p class="strip-title">${t("accuracy")}</p>
    <svg class="strip" width="100%" height=${foot + 22}>
      ${axis(scale, 32, foot)}
      ${seeds.map(({ raw, average }) => svg`<line class="pair" x1=${percent(at(raw))} x2=${percent(at(average))} y1=${top} y2=${below}></line>`)}
      ${row("raw", top, top - 22, t("raw"))} ${row("average", below, below + 28, name)}
    </svg>`;
}

/** The levels of dots that would lie upon each other, from 0. */
export function levels(places: readonly number[]): number[] {
  const rows: number[] = [];
  const found = Array<number>(places.length).fill(0);
  for (const [k, place] of [...places.entries()].sort(([, a], [, b]) => a - b)) {
    const level = rows.findIndex((last) => place - last >= 100 * APART);
    found[k] = level < 0 ? rows.length : level;
    rows[found[k]] = place;
  }
  return found;
}

/** The differences: a dot of each seed, and the mean with its interval. */
function differences(seeds: readonly Seed[], { mean, low, high }: Paired): TemplateResult {
  const values = seeds.map(({ raw, average }) => average - raw);
  const ends = [0, ...values];
  const room = 0.75 * (Math.max(...ends) - Math.min(...ends) || 1);
  // An interval of two seeds is so wide that the dots would lie upon each other.
  const from = Math.max(low, Math.min(...ends) - room);
  const to = Math.min(high, Math.max(...ends) + room);
  const scale = scaleOf([...ends, ...(Number.isFinite(low) ? [from, to] : [])]);
  const { at } = scale;
  const places = values.map(at);
  const level = levels(places);
  const base = 14 + 10 * Math.max(...level);
  const middle = base + 30;
  const foot = middle + 34;
  const x = at(mean);
  return html`<p class="strip-title">${t("difference")}</p>
    <svg class="strip" width="100%" height=${foot + 22}>
      ${axis(scale, 4, foot)}
      ${places.map((place, k) => svg`<circle class="average" cx=${percent(place)} cy=${base - 10 * (level[k] ?? 0)} r=${RADIUS}><title>${t("dot", { seed: seeds[k]?.seed ?? 0, value: signed(values[k] ?? 0, 1) })}</title></circle>`)}
      ${
        Number.isFinite(low)
          ? svg`<line class="interval" x1=${percent(at(from))} x2=${percent(at(to))} y1=${middle} y2=${middle}></line>
            ${[...(from === low ? [low] : []), ...(to === high ? [high] : [])].map(
              (end) =>
                svg`<line class="interval" x1=${percent(at(end))} x2=${percent(at(end))} y1=${middle - 6} y2=${middle + 6}></line>`,
            )}`
          : nothing
      }
      <circle class="center" cx=${percent(x)} cy=${middle} r="6"></circle>
      <text class="value" x=${percent(x)} y=${middle + 24} text-anchor=${anchor(x)}>
        ${
          Number.isFinite(low)
            ? t("interval.n", { mean: signed(mean, 1), low: signed(low, 1), high: signed(high, 1) })
            : signed(mean, 1)
        }
      </text>
    </svg>`;
}

/** A dot of each seed. @param name the average's, in words */
export function chart(seeds: readonly Seed[], paired: Paired, name: string): TemplateResult {
  return html`<div class="strips" role="img" aria-label=${t("chart", { n: seeds.length, average: name })}>
    <div>${accuracies(seeds, name)}</div>
    <div>${differences(seeds, paired)}</div>
  </div>`;
}
