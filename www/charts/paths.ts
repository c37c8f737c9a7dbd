/** Lines as SVG writes them. Their length does not grow with the run: a column of pixels has two points at most. */

/** A number as a path has it. */
const at = (value: number): string => value.toFixed(1);

/** The indices of a line's points that are drawn: all, or in each of `columns` parts the lowest and the highest. */
export function drawn(values: ArrayLike<number>, length: number, columns: number): number[] {
  if (length <= 2 * columns) return Array.from({ length }, (_, k) => k);
  const kept: number[] = [0];
  for (let column = 0; column < columns; column++) {
    const [from, to] = [column, column + 1].map((c) => Math.floor((c * length) / columns)) as [
      number,
      number,
    ];
    let [low, high] = [from, from];
    for (let k = from; k < to; k++) {
      if ((values[k] ?? NaN) < (values[low] ?? NaN)) low = k;
      if ((values[k] ?? NaN) > (values[high] ?? NaN)) high = k;
    }
    for (const k of low < high ? [low, high] : [high, low]) if (k > (kept.at(-1) ?? -1)) kept.push(k);
  }
  if (kept.at(-1) !== length - 1) kept.push(length - 1);
  return kept;
}

/** A line through points; it is interrupted at those that are not finite. */
export function line(points: readonly (readonly [x: number, y: number])[]): string {
  let path = "";
  let open = false;
  for (const [x, y] of points) {
    if (Number.isFinite(x + y)) path += `${open ? "L" : "M"}${at(x)} ${at(y)}`;
    open = Number.isFinite(x + y);
  }
  return path;
}

/** The area between two lines over the same places. */
export function area(points: readonly (readonly [x: number, low: number, high: number])[]): string {
  if (points.length === 0) return "";
  const upper = points.map(([x, , high]) => [x, high] as const);
  const lower = points.map(([x, low]) => [x, low] as const).reverse();
  return `${line([...upper, ...lower])}Z`;
}

/** A dot at each point, for a line with round ends. */
export function dots(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y]) => `M${at(x)} ${at(y)}h0`).join("");
}
