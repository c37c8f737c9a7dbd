import type { ProbeHistory } from "../../history/probes";
import type { Rows } from "../../history/rows";
import { decayRate, grows } from "../../averages/decay";
import { effectiveBeta, horizon, rateAt } from "../../averages/rate";
import type { AverageSpec } from "../../averages/spec";
import { reduction } from "../../averages/noise";
import { median, noise } from "./noise";
import {
  averagedCovariance,
  averagedResidualVariance,
  correctedCorrelation,
  residualVariance,
} from "./window";

/**
 * A window has to be so many horizons long before it tells anything of an average's variance, and to begin so many after
 * the average, for by then 0.7 % of the start are left in it.
 */
const HORIZONS = 5;
/** Values that a variance needs at the least. */
const LEAST_VALUES = 50;
/** Updates after which a memory that grows with the run is, near enough, the share of it that it tends to. */
const MANY = 10_000;

/** The remaining variance of an average, as shares of the raw weights' variance. */
export interface Reduced {
  /** In the window: median over the followed weights. */
  measured: number;
  /** Expected share in this window for AR(1) noise of the measured autocorrelation. */
  expected: number;
  /** What it would come to over an endless run: the closed form; 0 where the memory grows with the run. */
  endless: number;
}

/**
 * What an average lacks to be measured: a window of so many steps, a run of so many, or a memory that is a smaller share of
 * the run, because this one is longer than a window can tell of in a run of any length.
 */
export interface Lacking {
  lacks: "window" | "run" | "growth";
  steps: number;
}

export interface NoiseReport {
  /** Steps the window spans. */
  window: number;
  weights: number;
  /** Autocorrelation of the raw weights from one step to the next; nothing while there are too few steps. */
  correlation: number | undefined;
  /** The raw weights wander as slowly as the window is long, so the autocorrelation is not well known. */
  slow: boolean;
  /** One an average; nothing for what cannot be measured. */
  averages: (Reduced | Lacking | undefined)[];
}

/**
 * Measures how much quieter each average of the followed weights is than they are, over the last `wanted` steps. Yields
 * between parts of the work, each of which takes a millisecond or so, and returns the report.
 */
export function* measuringNoise(
  history: ProbeHistory,
  specs: readonly (AverageSpec | undefined)[],
  wanted: number,
): Generator<undefined, NoiseReport> {
  const { latest, whole } = history;
  const step = latest.steps[latest.length - 1] ?? 0;
  const first = Math.min(whole.steps[0] ?? Infinity, latest.steps[0] ?? Infinity);
  const window = latest.length === 0 ? 0 : Math.min(wanted, step - first + 1);
  const near = Math.min(window, latest.length);
  const correlation = measuredCorrelation(history, near);
  const averages: NoiseReport["averages"] = [];
  for (const spec of specs) {
    yield;
    const method = averages.length + 1;
    if (spec === undefined) {
      averages.push(undefined);
      continue;
    }
    const beta = effectiveBeta(spec, step);
    const growing = grows(spec.decay);
    const settled = Math.ceil(HORIZONS * horizon(spec, 1 - beta));
    // The part of the window in which the average has forgotten its start, which one that grows with the run does at once.
    const length = Math.min(window, step - spec.from - (growing ? 1 : settled));
    if (growing && decayRate(spec.decay, MANY) * MANY < HORIZONS + 1)
      averages.push({ lacks: "growth", steps: 0 });
    else if (wanted < settled) averages.push({ lacks: "window", steps: settled });
    else if (length < settled)
      averages.push({ lacks: "run", steps: spec.from + (growing ? LEAST_VALUES : 2 * settled) });
    else if (correlation === undefined) averages.push(undefined);
    else {
      const rows = length <= latest.length ? latest : whole;
      averages.push(reduced(history, rows, step - length, method, spec, beta, correlation));
    }
  }
  return {
    window,
    weights: history.probed.length,
    correlation,
    slow: correlation !== undefined && 1 / (1 - correlation) > near / HORIZONS,
    averages,
  };
}

function measuredCorrelation(history: ProbeHistory, length: number): number | undefined {
  if (length < LEAST_VALUES) return undefined;
  const { latest } = history;
  const shown = history.probed.flatMap(
    (_, probe) => noise(column(history, latest, latest.length - length, 1, probe, 0))?.correlation ?? [],
  );
  return shown.length === 0 ? undefined : correctedCorrelation(median(shown), length);
}

/** From the values of every update of the average that the rows hold; between updates it stands still. */
function reduced(
  history: ProbeHistory,
  rows: Rows,
  after: number,
  method: number,
  spec: AverageSpec,
  beta: number,
  correlation: number,
): Reduced | undefined {
  let from = 0;
  const apart = lcm(rows.stride, spec.every);
  const fits = (row: number): boolean => {
    const step = rows.steps[row] ?? NaN;
    return step > after && (step - spec.from) % spec.every === 0;
  };
  while (from < rows.length && !fits(from)) from += 1;
  const stride = apart / rows.stride;
  const count = Math.floor((rows.length - 1 - from) / stride) + 1;
  if (count < LEAST_VALUES) return undefined;
  const ratios = history.probed.flatMap((_, probe) => {
    const raw = noise(column(history, rows, from, stride, probe, 0));
    const average = noise(column(history, rows, from, stride, probe, method));
    return raw === undefined || average === undefined ? [] : [average.variance / raw.variance];
  });
  if (ratios.length === 0) return undefined;

  const raw = Float64Array.from({ length: count }, (_, lag) => correlation ** (lag * apart));
  const ofRaw = residualVariance(raw, count);
  const measured = median(ratios);
  if (grows(spec.decay)) {
    const first = (rows.steps[from] ?? NaN) - spec.from;
    const last = first + (count - 1) * apart;
    const rates = Float64Array.from({ length: last }, (_, k) => rateAt(spec, spec.from + 1 + k));
    const ofAverage = averagedResidualVariance(rates, correlation, { first, apart, count });
    return { measured, expected: ofAverage / ofRaw, endless: 0 };
  }
  const updates = apart / spec.every;
  const perUpdate = correlation ** spec.every;
  const averaged = averagedCovariance(beta, perUpdate, (count - 1) * updates + 1);
  const sampled = Float64Array.from({ length: count }, (_, lag) => averaged[lag * updates] ?? 0);
  const expected = residualVariance(sampled, count) / ofRaw;
  return { measured, expected, endless: reduction(beta, perUpdate) };
}

function column(
  history: ProbeHistory,
  rows: Rows,
  from: number,
  stride: number,
  probe: number,
  method: number,
): Float32Array {
  const place = probe * history.methods + method;
  const count = Math.max(0, Math.floor((rows.length - 1 - from) / stride) + 1);
  return Float32Array.from(
    { length: count },
    (_, k) => rows.values[(from + k * stride) * rows.width + place] ?? NaN,
  );
}

function lcm(a: number, b: number): number {
  let [greater, less] = [a, b];
  while (less > 0) [greater, less] = [less, greater % less];
  return (a / greater) * b;
}
