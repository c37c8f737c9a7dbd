import { html } from "../dom";
import { lastAt } from "./align";
import type { Content, Line, ShownMark } from "./content";
import { swatch } from "./swatch";

/** Pixels within which the pointer is on a faint line. */
const NEAR = 10;

/** The values of one place. */
interface ReadGroup {
  name: string;
  rows: { line: Line; value: number }[];
}

export interface Reading {
  groups: ReadGroup[];
  /** The changes between the previous value and this one. */
  marks: ShownMark[];
}

/**
 * The reading at `place`: the last value of each line measured up to there, under the name of the place
 * it was measured at.
 */
export function readAt(content: Content, place: number, isShown: (key: string) => boolean): Reading {
  const found = new Map<number, ReadGroup["rows"]>();
  let before = -Infinity;
  for (const line of content.lines) {
    if (line.quiet === true || !isShown(line.key)) continue;
    const at = valueAt(line, place);
    if (at === undefined) continue;
    const rows = found.get(at.place);
    if (rows === undefined) found.set(at.place, [{ line, value: at.value }]);
    else rows.push({ line, value: at.value });
    before = Math.max(before, line.x[lastAt(line.x, place) - 1] ?? -Infinity);
  }
  const groups = [...found]
    .sort(([a], [b]) => b - a)
    .map(([at, rows]) => ({ name: content.x.name(at), rows: rows.sort((a, b) => b.value - a.value) }));
  const marks = (content.marks ?? []).filter((mark) => mark.x >= before && mark.x < place);
  return { groups, marks };
}

/** The last value until `place`. */
export function valueAt({ x, y }: Line, place: number): { place: number; value: number } | undefined {
  for (let k = lastAt(x, place); k >= 0; k--) {
    const value = y[k] ?? NaN;
    if (Number.isFinite(value)) return { place: x[k] ?? NaN, value };
  }
  return undefined;
}

/** A reading in words, for those who do not see the chart. */
export function readingText({ groups, marks }: Reading): string {
  const values = groups.map(
    ({ name, rows }) =>
      `${name}: ${rows.map(({ line, value }) => `${line.label || line.name} ${line.format(value)}`).join(", ")}`,
  );
  return [...values, ...marks.map((mark) => mark.text)].join("; ");
}

/** A reading as the content of the box next to the crosshair. */
export function readingRows({ groups, marks }: Reading, faint: string | undefined): HTMLElement[] {
  const rows = groups.flatMap(({ name, rows }) => [
    html("div", { class: "reading-title" }, name),
    ...rows.map(({ line, value }) =>
      html(
        "div",
        { class: "reading-row" },
        swatch(line.style),
        html("span", {}, line.label || line.name),
        html("span", { class: "reading-value" }, line.format(value)),
      ),
    ),
  ]);
  const notes = marks.map((mark) => html("div", { class: `reading-mark tone-${mark.tone}` }, mark.text));
  if (faint !== undefined) notes.push(html("div", { class: "reading-mark tone-muted" }, faint));
  return [...rows, ...notes];
}

/**
 * The name of the faint line that the pointer is on.
 *
 * @param distance of a value from the pointer, in pixels
 */
export function faintAt(
  content: Content,
  place: number,
  isShown: (key: string) => boolean,
  distance: (value: number) => number,
): string | undefined {
  let least = NEAR;
  let name: string | undefined;
  for (const { key, x, y, name: its } of content.faint ?? []) {
    const before = lastAt(x, place);
    // A line ends at its last place.
    if (before < 0 || (x[x.length - 1] ?? -Infinity) < place || (key !== undefined && !isShown(key)))
      continue;
    const apart = distance(y[before] ?? NaN);
    if (apart < least) {
      least = apart;
      name = its;
    }
  }
  return name;
}
