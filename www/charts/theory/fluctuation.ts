/** Standard deviation (of the sample) of the change from each value to the next: the table's fluctuation. */
export function fluctuation(values: ArrayLike<number>): number | undefined {
  const changes: number[] = [];
  for (let k = 1; k < values.length; k++) changes.push((values[k] ?? NaN) - (values[k - 1] ?? NaN));
  if (changes.length < 2) return undefined;
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const squares = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0);
  return Math.sqrt(squares / (changes.length - 1));
}

/** The same over the latest `changes` changes, at each value; not a number where there are not yet so many. */
export function rollingFluctuation(values: readonly number[], changes: number): number[] {
  return values.map((_, k) => (k < changes ? NaN : (fluctuation(values.slice(k - changes, k + 1)) ?? NaN)));
}
