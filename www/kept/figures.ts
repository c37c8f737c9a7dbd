import { independent } from "../charts/error";
import { memoryOf } from "../averages/memory";
import { effectiveBeta, horizon } from "../averages/rate";
import { constantBeta, parseSpec } from "../averages/spec";
import type { KeptRun } from "./run";

/** What one method of a run scored, in percent and points. */
export interface Score {
  /** Its place among the methods. */
  method: number;
  final: number;
  /** Mean over the second half of the regular tests; undefined before there are any. */
  mean: number | undefined;
  fluctuation: number | undefined;
}

/** How far the best average is ahead of raw at the last test. */
export interface Lead {
  /** In points. */
  by: number;
  /** Two standard errors. */
  error: number;
  close: boolean;
}

/** The figures of a run in the table. */
export interface Figures {
  raw: Score;
  /** The average that is ahead of the others at the tests that they share; undefined in a run without averages. */
  best: (Score & { memory: number | undefined }) | undefined;
  lead: Lead | undefined;
}

const known = new WeakMap<KeptRun, Figures>();

export function figuresOf(run: KeptRun): Figures {
  const figures = known.get(run) ?? computed(run);
  known.set(run, figures);
  return figures;
}

function computed(run: KeptRun): Figures {
  const raw = scoreOf(run, 0);
  const method = bestOf(run);
  const best = method === undefined ? undefined : scoreOf(run, method);
  return {
    raw,
    best: best === undefined ? undefined : { ...best, memory: memoryOfMethod(run, best.method) },
    lead: best === undefined ? undefined : leadOf(run, raw, best),
  };
}

/**
 * The average with the greatest mean difference from the others, each pair at the tests that both have: an average that began late
 * has only late tests, at which every network is better.
 */
function bestOf({ curves, methods }: KeptRun): number | undefined {
  const { step, early, accuracy } = curves;
  const regular = step.length - early;
  // The second half of the regular tests; before there are any, the latest early one.
  const from = regular > 0 ? early + (regular >> 1) : step.length - 1;
  const later = accuracy.map((column) => column.slice(from));
  const averages = [...methods.keys()].filter((method) => method > 0 && later[method]?.some(Number.isFinite));
  const ahead = (method: number): number =>
    averages.reduce((sum, other) => sum + meanDifference(later[method] ?? [], later[other] ?? []), 0);
  return averages
    .map((method) => ({ method, by: ahead(method) }))
    .reduce<{ method: number; by: number } | undefined>(
      (best, one) => (best === undefined || one.by > best.by ? one : best),
      undefined,
    )?.method;
}

/** The mean of a − b where both are numbers; 0 if that is nowhere. */
function meanDifference(a: readonly number[], b: readonly number[]): number {
  const differences = a.map((value, k) => value - (b[k] ?? NaN)).filter(Number.isFinite);
  return differences.reduce((sum, value) => sum + value, 0) / Math.max(1, differences.length);
}

function scoreOf({ summary, curves, methods }: KeptRun, method: number): Score {
  const row = summary.find((row) => row.method === methods[method]?.name);
  return {
    method,
    final: curves.accuracy[method]?.at(-1) ?? NaN,
    mean: row?.mean_accuracy ?? undefined,
    fluctuation: row?.fluctuation ?? undefined,
  };
}

function leadOf({ errors, dataset }: KeptRun, raw: Score, best: Score): Lead {
  const by = best.final - raw.final;
  const error = errors[best.method] ?? independent(best.final, raw.final, dataset.test);
  return { by, error, close: !(Math.abs(by) > error) };
}

/** The memory in steps of a method as it is at the end of the run; undefined for the raw weights. */
export function memoryOfMethod(
  { methods, step }: Pick<KeptRun, "methods" | "step">,
  method: number,
): number | undefined {
  const spec = parseSpec(methods[method]?.average);
  if (spec === undefined) return undefined;
  const beta = constantBeta(spec);
  return beta === undefined ? horizon(spec, 1 - effectiveBeta(spec, step)) : spec.every * memoryOf(beta);
}
