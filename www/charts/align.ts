import uPlot from "uplot";

import type { Line } from "./content";

/** Lines on common x values: undefined where a line has no value there, null where it has a gap. */
export interface Aligned {
  x: number[];
  y: (number | null | undefined)[][];
}

/** Aligns lines on all the x values of any of them. */
export function align(lines: readonly Pick<Line, "x" | "y">[]): Aligned {
  const [x, ...y] = join(lines.map((line) => [Array.from(line.x), Array.from(line.y, gap)]));
  return { x: Array.from(x), y: y.map((values) => Array.from(values)) };
}

/** All x values of any of the lists, each once, in rising order. */
export function union(lists: readonly ArrayLike<number>[]): number[] {
  return Array.from(join(lists.map((list) => [Array.from(list)]))[0]);
}

/** The x value nearest to `target`; undefined in an empty list. */
export function nearest(x: ArrayLike<number>, target: number): number | undefined {
  const before = lastAt(x, target);
  const [low, high] = [x[before], x[before + 1]];
  if (low === undefined || high === undefined) return low ?? high;
  return target - low <= high - target ? low : high;
}

/** The index of the last x value at or before `target`; −1 if there is none. */
export function lastAt(x: ArrayLike<number>, target: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? NaN) <= target) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function join(tables: uPlot.AlignedData[]): uPlot.AlignedData {
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

function gap(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
