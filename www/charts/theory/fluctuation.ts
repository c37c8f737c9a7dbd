/** Standard deviation (of the sample) of the change from each value to the next: the table's fluctuation. */
export function fluctuation(values: ArrayLike<number>, from = 0, to = values.length): number | undefined {
  const changes = to - from - 1;
  if (changes < 2) return undefined;
  const change = (k: number): number => (values[k + 1] ?? NaN) - (values[k] ?? NaN);
  const mean = ((values[to - 1] ?? NaN) - (values[from] ?? NaN)) / changes;
  let squares = 0;
  for (let k = from; k < to - 1; k++) squares += (change(k) - mean) ** 2;
  return Math.sqrt(squares / (changes - 1));
}

/** The same over the latest `changes` changes, at each value; NaN where there are fewer so far. */
export function rollingFluctuation(values: ArrayLike<number>, changes: number): number[] {
  return Array.from(values, (_, k) => (k < changes ? NaN : (fluctuation(values, k - changes, k + 1) ?? NaN)));
}
