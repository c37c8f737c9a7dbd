import type { ProbeHistory } from "../../history/probes";
import type { Rows } from "../../history/rows";
import { effectiveBeta, horizon } from "../../averages/rate";
import type { AverageSpec } from "../../averages/spec";
import { median, noise, reduction } from "./noise";
import { averagedCovariance, correctedCorrelation, residualVariance } from "./window";

/**
 * A window has to be so many horizons long before it tells anything of an average's variance, and to begin so many after
 * the average, for by then 0.7 % of the start are left in it.
 */
const HORIZONS = 5;
/** Values that a variance needs at the least. */
const LEAST_VALUES = 50;

/** The remaining variance of an average, as shares of the raw weights' variance. */
export interface Reduced {
  /** In the window: median over the followed weights. */
  measured: number;
  /** Expected share in this window for AR(1) noise of the measured autocorrelation. */
  expected: number;
  /** Share over an endless run: the closed form. */
  endless: number;
}

/** The number of steps missing from the window or the run before an average can be measured. */
export interface Lacking {
  lacks: "window" | "run";
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
    const settled = Math.ceil(HORIZONS * horizon({ ...spec, beta }));
    // The part of the window in which the average has forgotten its start.
    const length = Math.min(window, step - spec.from - settled);
    if (wanted < settled) averages.push({ lacks: "window", steps: settled });
    else if (length < settled) averages.push({ lacks: "run", steps: spec.from + 2 * settled });
    else if (correlation === undefined) averages.push(undefined);
    else {
      const rows = length <= latest.length ? latest : whole;
      averages.push(reduced(history, rows, step - length, method, { ...spec, beta }, correlation));
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

  const updates = apart / spec.every;
  const perUpdate = correlation ** spec.every;
  const averaged = averagedCovariance(spec.beta, perUpdate, (count - 1) * updates + 1);
  const sampled = Float64Array.from({ length: count }, (_, lag) => averaged[lag * updates] ?? 0);
  const raw = Float64Array.from({ length: count }, (_, lag) => correlation ** (lag * apart));
  return {
    measured: median(ratios),
    expected: residualVariance(sampled, count) / residualVariance(raw, count),
    endless: reduction(spec.beta, perUpdate),
  };
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
