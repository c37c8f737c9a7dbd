import type { Probe, ProbeSamples } from "../engine";
import { sameWeight } from "./probes";

/** The most steps that are kept; when there would be more, the older half is dropped. */
const MOST = 1 << 20;

/**
 * The raw values of one weight after every step, without gaps: what an average of it can be computed from, whatever its β.
 *
 * Values are only ever written after `length`, so that an older past can share its array with the newer ones.
 */
export interface Past {
  /** Undefined as long as no weight is followed. */
  readonly probe: Probe | undefined;
  /** The step of the first value. */
  readonly first: number;
  readonly length: number;
  readonly values: Float32Array;
}

export const noPast: Past = { probe: undefined, first: 1, length: 0, values: new Float32Array(0) };

/** The past followed by the samples of the first weight of `probed`. Starts again after a gap, or with another weight. */
export function addPast(
  past: Past,
  probed: readonly Probe[],
  samples: ProbeSamples | null,
  most = MOST,
): Past {
  const [probe] = probed;
  if (probe === undefined) return past;
  let next = sameWeight(past.probe, probe) ? past : { ...noPast, probe };
  if (samples === null || samples.steps === 0 || samples.probes !== probed.length) return next;
  const { first_step, steps, methods } = samples;
  if (next.length === 0 || next.first + next.length !== first_step) {
    next = { probe, first: first_step, length: 0, values: new Float32Array(0) };
  }
  next = withRoom(next, steps, most);
  const width = probed.length * methods;
  for (let k = 0; k < steps; k++) next.values[next.length + k] = samples.values[k * width] ?? NaN;
  return { ...next, length: next.length + steps };
}

function withRoom(past: Past, steps: number, most: number): Past {
  const dropped = past.length + steps > most ? Math.min(past.length, past.length + steps - (most >> 1)) : 0;
  const kept = past.values.subarray(dropped, past.length);
  if (dropped === 0 && past.length + steps <= past.values.length) return past;
  const values = new Float32Array(Math.max(1024, 2 * (kept.length + steps)));
  values.set(kept);
  return { ...past, first: past.first + dropped, length: kept.length, values };
}
