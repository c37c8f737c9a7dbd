import { seriesStyle } from "../charts/palette";
import { accuracyRange } from "../charts/scale";
import { swatch } from "../charts/swatch";
import { html, svg } from "../dom";
import { number, t } from "../i18n";
import type { Drawn } from "./lesson";
import { written } from "./values";

const WIDTH = 360;
const HEIGHT = 180;
const LEFT = 30;
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 8;

/** Round values between two bounds, both included, at most `most` of them. */
export function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => (first + k) * step);
}

/** Curves of several runs over the images seen, which the chart of one run has no room for. */
export function comparisonElement(curves: readonly Drawn[], dark: boolean): HTMLElement {
  const all = curves.flatMap((curve) => curve.points);
  const most = Math.max(...all.map(([images]) => images));
  const values = all.map(([, value]) => value);
  const [low, high] = accuracyRange(Math.min(...values), Math.max(...values));
  const x = (images: number): number => LEFT + (images / most) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - BOTTOM - TOP);
  const text = (at: { x: number; y: number; anchor: string }, said: string): SVGElement =>
    svg("text", { x: at.x, y: at.y, "text-anchor": at.anchor }, said);
  const label = t("lesson.comparison");
  return html(
    "figure",
    { class: "comparison" },
    html(
      "figcaption",
      {},
      ...curves.map((curve, k) =>
        html("span", {}, swatch(seriesStyle(k, dark)), html("span", {}, written(curve.label))),
      ),
    ),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      ...ticks(low, high, 5).flatMap((value) => [
        svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
        text({ x: LEFT - 6, y: y(value) + 4, anchor: "end" }, number(value)),
      ]),
      ...ticks(0, most, 5).map((images) =>
        text({ x: x(images), y: HEIGHT - BOTTOM + 15, anchor: "middle" }, number(images)),
      ),
      text({ x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 4, anchor: "middle" }, label),
      ...curves.map((curve, k) => {
        const { colour, dash, width } = seriesStyle(k, dark);
        return svg("polyline", {
          points: curve.points
            .map(([images, value]) => `${x(images).toFixed(1)},${y(value).toFixed(1)}`)
            .join(" "),
          fill: "none",
          stroke: colour,
          "stroke-width": width,
          "stroke-dasharray": dash.join(" "),
          "stroke-linejoin": "round",
        });
      }),
    ),
  );
}
