import {
  type Decay,
  type Kind,
  decayOf,
  decayRate,
  decayValue,
  parameterOf,
  rampEnd,
} from "../averages/decay";

/** Updates that an average looks back over as it is after update `n`: 1/(1 − β), one more than the mean age at this β. */
export function horizon(decay: Decay, n: number): number {
  return 1 / decayRate(decay, n);
}

/** The same average, counted in images, when the batch is κ times as large: β^κ. A share of the run stays what it is. */
export function rescale(decay: Decay, kappa: number): Decay {
  return decay.kind === "constant" ? { ...decay, beta: decay.beta ** kappa } : decay;
}

/**
 * The first update that keeps the share β itself, where β is constant; the bias-corrected start only comes near, so its is
 * within 1% of 1 − β.
 */
export function reaches(decay: Decay): number | undefined {
  if (decay.kind !== "constant") return undefined;
  const { beta, warmup } = decay;
  switch (warmup) {
    case "none":
      return 1;
    case "ramp":
      return rampEnd(beta);
    case "bias-corrected":
      // (1 − β)/(1 − β^n) ≤ 1.01 (1 − β)
      return beta === 0 ? 1 : Math.max(1, Math.ceil(Math.log(0.01 / 1.01) / Math.log(beta)));
  }
}

export interface Recommendation {
  low: Decay;
  middle: Decay;
  high: Decay;
}

/**
 * The averages whose horizon is from one share of a run of so many steps to another, and that in the middle by ratio. Nothing where
 * the kind has no number to choose.
 */
export function recommend(
  kind: Kind,
  steps: number,
  [shortest, longest]: readonly [number, number],
): Recommendation | undefined {
  const parameter = parameterOf(kind);
  if (parameter === undefined) return undefined;
  const { min, max } = parameter;
  /** The greatest number whose horizon is not longer, by bisection; the least one where all are. */
  const of = (share: number): Decay => {
    let [low, high] = [min, max];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (horizon(decayOf(kind, middle), steps) <= share * steps) low = middle;
      else high = middle;
    }
    return decayOf(kind, low);
  };
  return { low: of(shortest), middle: of(Math.sqrt(shortest * longest)), high: of(longest) };
}

/** Where a share of the run stands in a zone. */
export function judge(
  share: number,
  [shortest, longest]: readonly [number, number],
): "short" | "fits" | "long" {
  // The bounds themselves fit, though floating point may put them just outside.
  if (share > longest * 1.001) return "long";
  return share < shortest / 1.001 ? "short" : "fits";
}

/** β with as many decimals as tell it from its neighbours: three digits of 1 − β, or so many. */
export function formatBeta(beta: number, digits = 3): string {
  if (beta <= 0) return "0";
  const decimals = digits - 1 - Math.floor(Math.log10(1 - beta));
  return String(Number(beta.toFixed(Math.min(decimals, 12))));
}

/** The same average with no more digits than distinguish it from its neighbours. */
export function rounded(decay: Decay, digits = decay.kind === "constant" ? 3 : 6): Decay {
  const value = decayValue(decay);
  const text = decay.kind === "constant" ? formatBeta(value, digits) : value.toPrecision(digits);
  return decayOf(decay.kind, Number(text));
}
