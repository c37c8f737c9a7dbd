/** How a sequence scatters about its linear trend. */
export interface Noise {
  /** Mean square of the residuals, over the degrees of freedom: n − 2. */
  variance: number;
  /** Autocorrelation of the residuals from one value to the next. */
  correlation: number;
}

/** The values less their least-squares line. */
export function detrended(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const middle = (n - 1) / 2;
  let sum = 0;
  let moment = 0;
  for (let k = 0; k < n; k++) {
    const value = values[k] ?? NaN;
    sum += value;
    moment += (k - middle) * value;
  }
  const mean = sum / n;
  // Σ (k − middle)² over k = 0 … n − 1.
  const slope = n < 2 ? 0 : moment / ((n * (n * n - 1)) / 12);
  return Float64Array.from({ length: n }, (_, k) => (values[k] ?? NaN) - mean - slope * (k - middle));
}

/** Variance and lag-1 autocorrelation about the linear trend; nothing for fewer than three values or for a straight line. */
export function noise(values: ArrayLike<number>): Noise | undefined {
  if (values.length < 3) return undefined;
  const residuals = detrended(values);
  let squares = 0;
  let products = 0;
  let before = 0;
  for (const residual of residuals) {
    squares += residual * residual;
    products += residual * before;
    before = residual;
  }
  if (!(squares > 0)) return undefined;
  return { variance: squares / (residuals.length - 2), correlation: products / squares };
}

/** The middle value, or the mean of the two; not a number for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] ?? NaN;
  return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}
