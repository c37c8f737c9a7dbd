import { rateAt } from "./rate";
import type { AverageSpec } from "./spec";

/** What an average is made of: v_t = Σ weights[k] · w_{t−k} + start.share · w_{t−start.age}. */
export interface Kernel {
  /** Share of the raw weights of k steps ago, newest first. It ends where what is left is below the floor. */
  weights: Float64Array;
  /** Share of the weights that the average began from, and how many steps ago that was. */
  start: { age: number; share: number };
}

/**
 * Follows the recursion v ← v + a (w − v) back from step `step`. Without warm-up and with an update a step, that is
 * (1 − β) β^k; a warm-up's rates and skipped steps come in by {@link rateAt}.
 *
 * @param floor nothing is followed any further once less than this share is left
 */
export function kernel(spec: AverageSpec, step: number, floor = 1e-7): Kernel {
  const begin = Math.min(spec.from, step);
  const weights: number[] = [];
  let left = 1;
  let at = step;
  for (; at > begin && left > floor; at--) {
    const rate = rateAt(spec, at);
    weights.push(left * rate);
    left *= 1 - rate;
  }
  return { weights: Float64Array.from(weights), start: { age: step - begin, share: at > begin ? 0 : left } };
}

/**
 * What an average makes of a displacement of the raw weights: the displacement of v after the steps `then`, `then` + 1, …,
 * if that of w is `raw[0]`, `raw[1]`, … and both were in the same place before. Superposition, for v is linear in w.
 */
export function response(spec: AverageSpec, then: number, raw: ArrayLike<number>): Float64Array {
  const moved = new Float64Array(raw.length);
  let displacement = 0;
  for (let k = 0; k < raw.length; k++) {
    displacement += rateAt(spec, then + k) * ((raw[k] ?? NaN) - displacement);
    moved[k] = displacement;
  }
  return moved;
}
