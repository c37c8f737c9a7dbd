import { betaOf } from "./memory";
import { rateAt } from "./rate";
import type { AverageSpec } from "./spec";

/** The average of this memory, with a corrected start, that begins after step `from`. */
export function averageOf(memory: number, from = 0): AverageSpec {
  const decay = { kind: "constant", beta: betaOf(memory), warmup: "bias-corrected" } as const;
  return { decay, every: 1, buffers: "average", from };
}

/** The average after each step of a weight whose values follow from step `spec.from` + 1 on. */
export function averaged(spec: AverageSpec, values: ArrayLike<number>, length: number): Float64Array {
  const path = new Float64Array(length);
  let v = values[0] ?? NaN;
  for (let k = 0; k < length; k++) {
    v += rateAt(spec, spec.from + k + 1) * ((values[k] ?? NaN) - v);
    path[k] = v;
  }
  return path;
}
