/** The last step of the time axis: an eighth of the run at first; it doubles when the newest step is near its end. */
export function extentOf(step: number, total: number): number {
  return [8, 4, 2].map((part) => Math.ceil(total / part)).find((extent) => step <= 0.92 * extent) ?? total;
}

/** Steps with a label on an axis up to `extent`: multiples of 1, 2 or 5 times a power of ten, at most `most` of them. */
export function stepTicks(extent: number, most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, extent / most)));
  const gap = [1, 2, 5, 10].map((factor) => factor * power).find((gap) => extent / gap <= most) ?? 10 * power;
  const whole = Math.max(1, Math.round(gap));
  return Array.from({ length: Math.floor(extent / whole) + 1 }, (_, k) => k * whole);
}

/** Two labels at least `gap` apart, as near to their values as possible and in their order; `first` is the upper one if both are equal. */
export function apart(first: number, second: number, gap: number): [number, number] {
  if (Math.abs(first - second) >= gap) return [first, second];
  const middle = (first + second) / 2;
  return first <= second ? [middle - gap / 2, middle + gap / 2] : [middle + gap / 2, middle - gap / 2];
}

/** A pair of labels within bounds, still as far apart. */
export function within(labels: readonly [number, number], low: number, high: number): [number, number] {
  const over = Math.max(0, Math.max(...labels) - high);
  const under = Math.max(0, low - Math.min(...labels));
  return [labels[0] - over + under, labels[1] - over + under];
}
