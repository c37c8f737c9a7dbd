import { reduction } from "../../averages/noise";

/**
 * The variance that a window shows of endless noise. Taking out the trend of a window also takes out what wanders more
 * slowly than the window is long, so that variances and autocorrelations come out too small; how much too small follows
 * from the autocovariance.
 */

/** Autocovariances at lag 0, 1, … of an average of AR(1) noise of variance 1; at lag 0, the closed form of `reduction`. */
export function averagedCovariance(beta: number, correlation: number, lags: number): Float64Array {
  const covariance = new Float64Array(lags);
  // E[w_t v_t]; then v_{t+h} = β v_{t+h−1} + (1 − β) w_{t+h}, times v_t.
  const shared = (1 - beta) / (1 - beta * correlation);
  let now = reduction(beta, correlation);
  let power = 1;
  for (let lag = 0; lag < lags; lag++) {
    covariance[lag] = now;
    power *= correlation;
    now = beta * now + (1 - beta) * shared * power;
  }
  return covariance;
}

/**
 * The variance about the least-squares line that n values of a stationary sequence are expected to have, over n − 2:
 * (n γ₀ − Σᵢⱼ Pᵢⱼ γ_|i−j|) / (n − 2), where P projects on constants and slopes.
 */
export function residualVariance(covariance: ArrayLike<number>, n: number): number {
  const middle = (n - 1) / 2;
  const moment = (n * (n * n - 1)) / 12;
  let projected = 0;
  for (let lag = 0; lag < n; lag++) {
    const pairs = n - lag;
    const first = (pairs * (pairs - 1)) / 2;
    const second = ((pairs - 1) * pairs * (2 * pairs - 1)) / 6;
    const squares = second - 2 * middle * first + pairs * middle * middle;
    const products = squares + lag * (first - pairs * middle);
    const share = pairs / n + products / moment;
    projected += (lag === 0 ? 1 : 2) * share * (covariance[lag] ?? 0);
  }
  return (n * (covariance[0] ?? 0) - projected) / (n - 2);
}

/** Values of an average `first`, `first` + `apart`, … steps after it began, `count` of them. */
interface Values {
  first: number;
  apart: number;
  count: number;
}

/**
 * The variance about their line that values of an average of AR(1) noise of variance 1 are expected to have, over n − 2, for
 * an average of any rates: those of each step after it began.
 *
 * The sum of the values' variances, less those of their projections on constants and slopes. Each projection is a weighted sum
 * of the raw values, whose weights come by going back through the updates.
 */
export function averagedResidualVariance(
  rates: ArrayLike<number>,
  correlation: number,
  { first, apart, count }: Values,
): number {
  let sum = 0;
  // E[v²] and E[v w]; the average begins as the raw value.
  let variance = 1;
  let shared = 1;
  for (let step = 1; step <= rates.length; step++) {
    const rate = rates[step - 1] ?? 0;
    const kept = 1 - rate;
    variance = kept * kept * variance + 2 * rate * kept * correlation * shared + rate * rate;
    shared = kept * correlation * shared + rate;
    if (step >= first && (step - first) % apart === 0) sum += variance;
  }
  const length = Math.sqrt((count * (count * count - 1)) / 12);
  const projections = [() => 1 / Math.sqrt(count), (k: number) => (k - (count - 1) / 2) / length];
  for (const projection of projections) {
    const weights = new Float64Array(rates.length + 1);
    let held = 0;
    for (let step = rates.length; step > 0; step--) {
      const rate = rates[step - 1] ?? 0;
      if (step >= first && (step - first) % apart === 0) held += projection((step - first) / apart);
      weights[step] = held * rate;
      held *= 1 - rate;
    }
    weights[0] = held;
    const covered = applied(weights, correlation);
    sum -= weights.reduce((total, weight, k) => total + weight * (covered[k] ?? 0), 0);
  }
  return sum / (count - 2);
}

/** The lag-1 autocorrelation about their line that n values of AR(1) noise are expected to have. */
export function residualCorrelation(correlation: number, n: number): number {
  // Of length 1 each: what is constant, and what rises. With P = cc' + rr', the residuals' covariance is (1 − P) Γ (1 − P).
  const constant = 1 / Math.sqrt(n);
  const middle = (n - 1) / 2;
  const length = Math.sqrt((n * (n * n - 1)) / 12);
  const rising = Float64Array.from({ length: n }, (_, k) => (k - middle) / length);
  const ofConstant = applied(new Float64Array(n).fill(constant), correlation);
  const ofRising = applied(rising, correlation);
  // c'Γr vanishes, for c is even about the middle and r is odd.
  let constants = 0;
  let slopes = 0;
  for (let k = 0; k < n; k++) {
    constants += constant * (ofConstant[k] ?? 0);
    slopes += (rising[k] ?? 0) * (ofRising[k] ?? 0);
  }
  // Sums over k of the entries (k, k) and (k, k + 1).
  let variance = 0;
  let covariance = 0;
  for (let k = 0; k < n; k++) {
    const [here, there] = [rising[k] ?? 0, rising[k + 1] ?? 0];
    const [c, r] = [ofConstant[k] ?? 0, ofRising[k] ?? 0];
    variance += 1 - 2 * (constant * c + here * r) + constant * constant * constants + here * here * slopes;
    if (k + 1 === n) break;
    covariance += correlation - constant * (c + (ofConstant[k + 1] ?? 0));
    covariance -= here * (ofRising[k + 1] ?? 0) + there * r;
    covariance += constant * constant * constants + here * there * slopes;
  }
  return covariance / variance;
}

/** The autocorrelation of an AR(1) noise whose n values are expected to show `measured`, as far as n values determine it. */
export function correctedCorrelation(measured: number, n: number): number {
  // A window shows too little of it, never too much.
  let low = measured;
  let high = 0.9999;
  if (n < 5 || measured >= residualCorrelation(high, n)) return n < 5 ? measured : high;
  // To half a ten-thousandth.
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (residualCorrelation(middle, n) < measured) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Σ_s ρ^|t−s| values[s] for every t. */
function applied(values: Float64Array, correlation: number): Float64Array {
  const sums = Float64Array.from(values, (value) => -value);
  let forward = 0;
  let backward = 0;
  for (let k = 0; k < values.length; k++) {
    const mirrored = values.length - 1 - k;
    forward = correlation * forward + (values[k] ?? 0);
    backward = correlation * backward + (values[mirrored] ?? 0);
    sums[k] = (sums[k] ?? 0) + forward;
    sums[mirrored] = (sums[mirrored] ?? 0) + backward;
  }
  return sums;
}
