import type { Line } from "./content";

/** Lines on one axis of places: nothing where a line has no value there, null where its value is a gap. */
export interface Aligned {
  x: number[];
  y: (number | null | undefined)[][];
}

type Places = Pick<Line, "x" | "y">;

/** Puts lines with places of their own on all places of any of them. */
export function align(lines: readonly Places[]): Aligned {
  const x = union([...new Set(lines.map((line) => line.x))]);
  const positions = new Map<ArrayLike<number>, number[] | undefined>();
  const y = lines.map((line) => {
    if (!positions.has(line.x))
      positions.set(line.x, line.x.length === x.length ? undefined : places(line.x, x));
    const at = positions.get(line.x);
    if (at === undefined) return Array.from(line.y, gap);
    const values = new Array<number | null | undefined>(x.length).fill(undefined);
    for (let k = 0; k < line.x.length; k++) values[at[k] ?? 0] = gap(line.y[k] ?? NaN);
    return values;
  });
  return { x, y };
}

/** The place nearest to another; nothing among none. */
export function nearest(x: ArrayLike<number>, place: number): number | undefined {
  const before = lastAt(x, place);
  const [low, high] = [x[before], x[before + 1]];
  if (low === undefined || high === undefined) return low ?? high;
  return place - low <= high - place ? low : high;
}

/** The index of the last place at or before `place`; −1 if there is none. */
export function lastAt(x: ArrayLike<number>, place: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? NaN) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function gap(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** All places of any of the lists, each once, in rising order. */
export function union(lists: readonly ArrayLike<number>[]): number[] {
  const [first] = lists;
  if (first === undefined) return [];
  if (lists.length === 1) return Array.from(first);
  const next = lists.map(() => 0);
  const all: number[] = [];
  for (;;) {
    let least = Infinity;
    for (let k = 0; k < lists.length; k++) least = Math.min(least, lists[k]?.[next[k] ?? 0] ?? Infinity);
    if (least === Infinity) return all;
    all.push(least);
    for (let k = 0; k < lists.length; k++) {
      if (lists[k]?.[next[k] ?? 0] === least) next[k] = (next[k] ?? 0) + 1;
    }
  }
}

/** The index in `all` of each of `some`. Both rise. */
function places(some: ArrayLike<number>, all: readonly number[]): number[] {
  let at = 0;
  return Array.from(some, (place) => {
    while ((all[at] ?? Infinity) < place) at += 1;
    return at;
  });
}
