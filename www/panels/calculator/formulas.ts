import { type Warmup, decayRate } from "../../averages/decay";

/**
 * What an exponential moving average with decay β does over a run, in closed form.
 *
 * Updates are counted n = 1, 2, …; update n is v ← β_n v + (1 − β_n) w_n from v_0 = w_0, where β_n is β or what the
 * warm-up makes of it.
 */

/** The share of the old average that update `n` keeps. */
export function effectiveBeta(beta: number, n: number, warmup: Warmup): number {
  return 1 - decayRate({ kind: "constant", beta, warmup }, n);
}

/** Updates that the average looks back over: Σ β^k = 1/(1 − β), which is one more than its mean age. */
export function horizon(beta: number): number {
  return 1 / (1 - beta);
}

/** The β whose horizon this is; a horizon below one update is no average at all. */
export function betaOfHorizon(updates: number): number {
  return 1 - 1 / Math.max(updates, 1);
}

/** The β that keeps the horizon, counted in images, when the batch is κ times as large: β^κ. */
export function rescale(beta: number, kappa: number): number {
  return beta ** kappa;
}

/**
 * Of what the average held after update `from`, the share that is left after update `to`: Π β_n over the updates between.
 * With `from` = 0 that is the share of w_0.
 */
export function kept(beta: number, from: number, to: number, warmup: Warmup): number {
  if (to <= from) return 1;
  switch (warmup) {
    case "none":
      return beta ** (to - from);
    case "bias-corrected":
      // β_n = β (1 − β^(n−1)) / (1 − β^n), so that the product telescopes.
      return (beta ** (to - from) * (1 - beta ** from)) / (1 - beta ** to);
    case "ramp": {
      const end = Math.min(Math.max(from, reaches(beta, "ramp") - 1), to);
      // Π (1+n)/(10+n) over n = from+1 … end is a quotient of nine factors each.
      let product = 1;
      for (let j = 2; j <= 10; j++) product *= (from + j) / (end + j);
      return product * beta ** (to - end);
    }
  }
}

/** The first update that keeps the share β itself; the bias-corrected start only comes near, so its is within 1% of 1 − β. */
export function reaches(beta: number, warmup: Warmup): number {
  // A hair less, because the exact answer is often a whole number that floating point just misses.
  const up = (n: number): number => Math.max(1, Math.ceil(n - 1e-9 * n));
  switch (warmup) {
    case "none":
      return 1;
    case "ramp":
      return up((10 * beta - 1) / (1 - beta));
    case "bias-corrected":
      // (1 − β)/(1 − β^n) ≤ 1.01 (1 − β)
      return beta === 0 ? 1 : up(Math.log(0.01 / 1.01) / Math.log(beta));
  }
}

/** The horizons that the rule of thumb allows, as shares of the run. */
export const SHORTEST = 0.01;
export const LONGEST = 0.1;

export interface Recommendation {
  low: number;
  middle: number;
  high: number;
}

/**
 * Rule of thumb for a run of so many steps: a horizon of 1% to 10% of it, in the middle by ratio 3.2%.
 *
 * From the share of the start: at 10%, e^−10 of w_0 is left at the end, and the mean age of what is averaged is a tenth of
 * the run, whose weights were nearly as good. From the noise: at 1% of 1,000 steps, independent noise is down to 22%.
 */
export function recommend(steps: number): Recommendation {
  return {
    low: betaOfHorizon(SHORTEST * steps),
    middle: betaOfHorizon(Math.sqrt(SHORTEST * LONGEST) * steps),
    high: betaOfHorizon(LONGEST * steps),
  };
}

/** Where a β stands by that rule. */
export function judge(beta: number, steps: number): "short" | "fits" | "long" {
  const share = horizon(beta) / steps;
  // The bounds themselves fit, though floating point may put them just outside.
  if (share > LONGEST * 1.001) return "long";
  return share < SHORTEST / 1.001 && beta < betaOfHorizon(SHORTEST * steps) ? "short" : "fits";
}

/** β with as many decimals as tell it from its neighbours: three digits of 1 − β, or so many. */
export function formatBeta(beta: number, digits = 3): string {
  if (beta <= 0) return "0";
  const decimals = digits - 1 - Math.floor(Math.log10(1 - beta));
  return String(Number(beta.toFixed(Math.min(decimals, 12))));
}
