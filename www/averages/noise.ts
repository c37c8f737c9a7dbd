import { type Decay, decayRate, grows, kept } from "./decay";

/**
 * Variance of an average over that of its input, for an input that is stationary AR(1) noise with lag-1 autocorrelation
 * ρ, and an average that runs for long: (1 − β) / (1 + β) · (1 + βρ) / (1 − βρ).
 *
 * From Var v = (1 − β)² Σᵢ Σⱼ βⁱ βʲ ρ^|i−j| Var w. An average that is updated every T-th step sees the autocorrelation ρ^T.
 */
export function reduction(beta: number, correlation: number): number {
  return (((1 - beta) / (1 + beta)) * (1 + beta * correlation)) / (1 - beta * correlation);
}

/** Updates whose shares are summed, at most. */
const SUMMED = 10_000;

/**
 * Variance of an average after `n` updates over that of its input, for noise that is independent from update to update: the
 * sum of the squared shares. Of constant β it is that of a long run.
 */
export function independent(decay: Decay, n: number): number {
  if (!grows(decay)) return reduction(1 - decayRate(decay, n), 0);
  const summed = Math.min(n, SUMMED);
  let [before, sum] = [0, 0];
  for (let i = 0; i <= summed; i++) {
    const until = kept(decay, i, summed);
    sum += (until - before) ** 2;
    before = until;
  }
  // A memory ten times as long leaves a tenth.
  return n === summed ? sum : (sum * summed) / n;
}
