/** Paired differences: their mean, and how sure it is. */
export interface Paired {
  n: number;
  mean: number;
  /** The 95% interval of the mean by Student's t: mean ± t s/√n. Infinite of a single difference. */
  low: number;
  high: number;
  /** How many differences do not have the sign of the mean. */
  against: number;
  /** How many have it and exceed twice the mean. */
  beyond: number;
}

/** The standard deviation of a sample; NaN of a single value. */
export function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

export function paired(differences: readonly number[]): Paired {
  const n = differences.length;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const half = n < 2 ? Infinity : (student(0.95, n - 1) * deviation(differences)) / Math.sqrt(n);
  const sign = Math.sign(mean);
  return {
    n,
    mean,
    low: mean - half,
    high: mean + half,
    against: differences.filter((value) => Math.sign(value) !== sign).length,
    beyond: differences.filter((value) => sign * value > 2 * Math.abs(mean)).length,
  };
}

/** The t within which, on both sides of zero, Student's distribution of a whole number of degrees of freedom has this share. */
export function student(share: number, freedom: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (within(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}

/**
 * The share of Student's distribution with ν degrees of freedom between −√ν tan θ and √ν tan θ, as a finite sum (Abramowitz and
 * Stegun, Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4): each term is the one before times cos² θ · (j − 1)/j.
 */
function within(angle: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let j = odd ? 3 : 2; j <= freedom; j += 2) {
    sum += term;
    term *= cosine * cosine * ((j - 1) / j);
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
