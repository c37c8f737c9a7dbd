import type { AverageSpec } from "./spec";

/** The rate a of update n = 1, 2, … of v ← v + a (w − v); `src/average/rate.rs` has the sources. */
export function rate({ beta, warmup }: AverageSpec, n: number): number {
  switch (warmup) {
    case "none":
      return 1 - beta;
    case "ramp":
      return 1 - Math.min(beta, (1 + n) / (10 + n));
    case "bias-corrected":
      return (1 - beta) / (1 - beta ** n);
  }
}

/** The rate at optimizer step `step` = 1, 2, …: 0 where no update is made, 1 where the average still is the raw weights. */
export function rateAt(spec: AverageSpec, step: number): number {
  if (step <= spec.from) return 1;
  if ((step - spec.from) % spec.every !== 0) return 0;
  return rate(spec, updates(spec, step));
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
  return step < spec.from ? 0 : 1 - rate(spec, Math.max(1, updates(spec, step)));
}

/** Steps over which an average spreads its weight: 1 / (1 − β) updates. */
export function horizon({ beta, every }: AverageSpec): number {
  // Rounded where 1 − 0.9 is not 0.1.
  return Number((every / (1 - beta)).toPrecision(12));
}

/** Steps after which half of a weight's share is gone; 0 at β = 0. */
export function halfLife({ beta, every }: AverageSpec): number {
  return beta === 0 ? 0 : (every * Math.log(0.5)) / Math.log(beta);
}
