/**
 * Variance of an average over that of its input, for an input that is stationary AR(1) noise with lag-1 autocorrelation
 * ρ, and an average that runs for long: (1 − β) / (1 + β) · (1 + βρ) / (1 − βρ).
 *
 * From Var v = (1 − β)² Σᵢ Σⱼ βⁱ βʲ ρ^|i−j| Var w. An average that is updated every T-th step sees the autocorrelation ρ^T.
 */
export function reduction(beta: number, correlation: number): number {
  return (((1 - beta) / (1 + beta)) * (1 + beta * correlation)) / (1 - beta * correlation);
}
