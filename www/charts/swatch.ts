import { svg } from "../dom";
import type { SeriesStyle } from "./palette";

/** A short piece of a series' line. */
export function swatch({ colour, dash, width }: SeriesStyle): SVGElement {
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 28 8", width: 22, height: 8, "aria-hidden": "true" },
    svg("line", {
      x1: 0,
      y1: 4,
      x2: 28,
      y2: 4,
      stroke: colour,
      "stroke-width": width + 0.5,
      "stroke-dasharray": dash.join(" "),
    }),
  );
}
