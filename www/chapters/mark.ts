/** The reader's prediction, drawn on the plot: where it can be, and how pointer and keys move it. */

import type { Place, Plot } from "./plot";

/** In the plot's own values. */
export interface Mark {
  x: number;
  y: number;
}

export interface MarkSpec {
  /** The places that x is one of; without any, it is free. */
  columns?: readonly number[];
  /** The row that it stays in; without one, y is free. */
  row?: number;
  /** The smallest x where it is free. */
  from?: number;
  /** What a key press moves it by, on the axis's scale: where that is logarithmic, the factor. */
  step: { x?: number; y?: number };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The mark at a place of the figure, as near to it as the chapter allows. */
export function markAt(
  spec: MarkSpec,
  { x, y }: Plot,
  place: Place,
  [px, py]: readonly [x: number, y: number],
): Mark {
  const nearest = (best: number, column: number): number =>
    Math.abs(place.x(column) - px) < Math.abs(place.x(best) - px) ? column : best;
  return {
    x: spec.columns?.reduce(nearest) ?? clamp(place.atX(px), spec.from ?? x.from, x.to),
    y: spec.row ?? clamp(place.atY(py), y.from, y.to),
  };
}

/** The mark after the places have changed where it may be. */
export function fitted({ columns }: MarkSpec, mark: Mark): Mark {
  const last = columns?.at(-1);
  return last === undefined || columns?.includes(mark.x) === true ? mark : { ...mark, x: last };
}

/** Where an arrow key leads to: the first one places the mark at the start of the axes. Undefined for other keys. */
export function markByKey(
  spec: MarkSpec,
  { x, y }: Plot,
  mark: Mark | undefined,
  { key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">,
): Mark | undefined {
  const by: Record<string, readonly [x: number, y: number]> = {
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
    ArrowRight: [1, 0],
    ArrowLeft: [-1, 0],
    PageUp: [0, 5],
    PageDown: [0, -5],
  };
  const move = by[key];
  if (move === undefined) return undefined;
  if (mark === undefined) return { x: spec.columns?.[0] ?? spec.from ?? x.from, y: spec.row ?? y.from };
  const times = shiftKey ? 5 : 1;
  const [right, up] = [move[0] * times, move[1] * times];
  return { x: across(spec, x, mark.x, right), y: above(spec, y, mark.y, up) };
}

function across({ columns, step, from }: MarkSpec, axis: Plot["x"], x: number, right: number): number {
  if (columns !== undefined) {
    const at = columns.indexOf(x) + Math.sign(right);
    return columns[clamp(at, 0, columns.length - 1)] ?? x;
  }
  const by = step.x ?? 0;
  return clamp(axis.log === true ? x * by ** right : x + right * by, from ?? axis.from, axis.to);
}

function above({ row, step }: MarkSpec, axis: Plot["y"], y: number, up: number): number {
  return row ?? clamp(y + up * (step.y ?? 0), axis.from, axis.to);
}
