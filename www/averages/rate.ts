import { decayHalfLife, decayRate, grows } from "./decay";
import type { AverageSpec } from "./spec";

/** The rate at optimizer step `step` = 1, 2, …: 0 where no update is made, 1 where the average still is the raw weights. */
export function rateAt(spec: AverageSpec, step: number): number {
  if (step <= spec.from) return 1;
  if ((step - spec.from) % spec.every !== 0) return 0;
  return decayRate(spec.decay, updates(spec, step));
}

/** Updates made by the end of step `step`, counted from the step that the average begins at. */
export function updates({ every, from }: AverageSpec, step: number): number {
  return Math.floor(Math.max(0, step - from) / every);
}

/** The last step up to `step` at which the average was updated. */
export function lastUpdate(spec: AverageSpec, step: number): number {
  return step <= spec.from ? step : spec.from + updates(spec, step) * spec.every;
}

/** The share of the old average that the last update up to `step` kept; 0 before the average begins. */
export function effectiveBeta(spec: AverageSpec, step: number): number {
  return step < spec.from ? 0 : 1 - decayRate(spec.decay, Math.max(1, updates(spec, step)));
}

/** Steps over which an average spreads its weight at a rate: 1 / (1 − β) updates. */
export function horizon({ every }: AverageSpec, rate: number): number {
  // Rounded where 1 − 0.9 is not 0.1.
  return Number((every / rate).toPrecision(12));
}

/**
 * Steps after which half of a weight's share is gone, as the average is after step `step`: of constant β the same at any
 * step. 0 at β = 0, and before an average begins whose memory grows with the run.
 */
export function halfLife(spec: AverageSpec, step: number): number {
  if (grows(spec.decay) && step < spec.from) return 0;
  return spec.every * decayHalfLife(spec.decay, Math.max(1, updates(spec, step)));
}
