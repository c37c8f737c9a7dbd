/** What is computed for each question, in closed form. Words are elsewhere. */

import {
  type Decay,
  type Warmup,
  decayHalfLife,
  decayOf,
  grows,
  kept,
  warmups,
  withWarmup,
} from "../averages/decay";
import { memoryOf } from "../averages/memory";
import { independent } from "../averages/noise";
import { horizon, judge, reaches, recommend, rescale, rounded } from "./formulas";
import type { Numbers, Precision, Schedule } from "./numbers";

/** The shares of a run that suit an average's memory: at a constant rate, and where the rate decays to zero. */
export const zones: Record<Schedule, readonly [number, number]> = {
  constant: [0.05, 0.1],
  decays: [0.005, 0.02],
};

/** The shares of the run so far outside of which a memory is called short or long. */
export const bounds = [0.01, 0.1] as const;

/** The average that the fields describe, without its start. */
export function averageOf(numbers: Numbers): Decay {
  return decayOf(numbers.kind, numbers[numbers.kind]);
}

/** The same with the start that was chosen. */
export function started(decay: Decay, start: Warmup): Decay {
  return withWarmup(decay, start) ?? decay;
}

/** The step from which a uniform average takes weights: after three quarters of the run (Izmailov et al. 2018). */
export function uniformFrom(steps: number): number {
  return Math.round(0.75 * steps);
}

/** Which average suits a run. */
export function which(numbers: Numbers) {
  const { steps, schedule, kind } = numbers;
  const zone = zones[schedule];
  const recommended = recommend(kind, steps, zone);
  const decay = recommended?.middle ?? decayOf(kind);
  return {
    zone,
    low: recommended === undefined ? undefined : rounded(recommended.low),
    high: recommended === undefined ? undefined : rounded(recommended.high),
    decay: rounded(decay, kind === "constant" ? 2 : 3),
    memory: horizon(decay, steps),
    from: Math.max(1, zone[0] * steps),
    to: Math.max(1, zone[1] * steps),
    halfLife: decayHalfLife(decay, steps),
    noise: Math.sqrt(independent(decay, steps)),
    /** The middle for the other schedule. */
    other: recommend(kind, steps, zones[schedule === "constant" ? "decays" : "constant"])?.middle,
    begin: uniformFrom(steps),
  };
}

export type Cause = "start" | "long" | "short" | "other";

/** Why an average is worse than the raw weights at a step. */
export function worse(numbers: Numbers) {
  const { at, start } = numbers;
  const decay = started(averageOf(numbers), start);
  const initial = kept(decay, 0, at);
  const memory = horizon(decay, at);
  const cause: Cause =
    initial >= 0.01
      ? "start"
      : ({ long: "long", short: "short", fits: "other" } as const)[judge(memory / at, bounds)];
  return {
    cause,
    initial,
    tenth: kept(decay, Math.round(at / 10), at),
    memory,
    share: memory / at,
    forgotten: forgotten(decay, 0.01),
    longest: Math.max(1, bounds[1] * at),
    beginnings: beginnings(averageOf(numbers), at),
  };
}

/** When an average has left its start behind. */
export function catchUp(numbers: Numbers) {
  const decay = started(averageOf(numbers), numbers.start);
  return {
    percent: forgotten(decay, 0.01),
    thousandth: forgotten(decay, 0.001),
    memory: horizon(decay, numbers.steps),
    halfLife: decayHalfLife(decay, numbers.steps),
    share: grows(decay) ? horizon(decay, numbers.steps) / numbers.steps : undefined,
  };
}

/** The first step after which at most this share of the starting weights is left; undefined if none is found within 10¹² steps. */
export function forgotten(decay: Decay, share: number): number | undefined {
  let [low, high] = [0, 1];
  while (kept(decay, 0, high) > share) {
    [low, high] = [high, high * 2];
    if (high > 1e12) return undefined;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (kept(decay, 0, middle) > share) low = middle;
    else high = middle;
  }
  return high;
}

/** Of one start: what is left of w_0, and of everything up to the end of the first tenth, after `steps` steps. */
export interface Beginning {
  start: Warmup;
  initial: number;
  tenth: number;
  /** The first step at which β is in force. */
  reaches: number | undefined;
}

/** Every start that an average can have; one without a warm-up has only the plain one. */
export function beginnings(decay: Decay, steps: number): Beginning[] {
  const all = warmups.flatMap((start): Beginning[] => {
    const warmed = withWarmup(decay, start);
    if (warmed === undefined) return [];
    return [
      {
        start,
        initial: kept(warmed, 0, steps),
        tenth: kept(warmed, Math.round(steps / 10), steps),
        reaches: reaches(warmed),
      },
    ];
  });
  if (all.length > 0) return all;
  const tenth = kept(decay, Math.round(steps / 10), steps);
  return [{ start: "none", initial: kept(decay, 0, steps), tenth, reaches: reaches(decay) }];
}

/** The average at a batch κ times as large. */
export function scaled(numbers: Numbers, kappa: number): Decay {
  return rounded(rescale(averageOf(numbers), kappa));
}

/** What is left of an average that is resumed without its count of updates, or begun again from the raw weights. */
export function resumed(numbers: Numbers) {
  const { start } = numbers;
  const decay = started(averageOf(numbers), start);
  return {
    /** The share of the newest weights in the next update. */
    newest: 1 - kept(decay, 0, 1),
    forgotten: forgotten(started(averageOf(numbers), "none"), 0.01),
  };
}

/** Half of the relative spacing of numbers at its finest: bfloat16 has 8 significant bits, half precision 11, float32 24. */
const FINEST: Record<Precision, number> = { bf16: 2 ** -9, fp16: 2 ** -12, fp32: 2 ** -25 };

/** By what share of itself a weight has to differ from its average for that to move at all: below it the update is rounded away. */
export function smallestMove({ precision, constant: beta }: Numbers): number {
  return FINEST[precision] / (1 - beta);
}

/** Bytes of the averages in single precision. */
export function bytes({ parameters, averages }: Numbers): number {
  return 4 * 1e6 * parameters * averages;
}

/** Steps of a run that is counted in epochs, of whole batches. */
export function stepsOf({ images, epochs, batch }: Numbers): number {
  return Math.max(1, Math.round(epochs * Math.max(1, Math.floor(images / batch))));
}

/** The memory that a decay has in a run, in steps. */
export function memoryIn(decay: Decay, steps: number): number {
  return decay.kind === "constant" ? memoryOf(decay.beta) : horizon(decay, steps);
}
