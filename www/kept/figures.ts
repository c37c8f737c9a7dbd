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
  /** The average with the highest mean; undefined in a run without averages. */
  best: (Score & { memory: number | undefined }) | undefined;
  lead: Lead | undefined;
}

export function figuresOf(run: KeptRun): Figures {
  const scores = run.methods.map((_, method) => scoreOf(run, method));
  const [raw = scoreOf(run, 0), ...averages] = scores;
  const value = ({ mean, final }: Score): number => mean ?? final;
  const best = averages
    .filter((score) => Number.isFinite(value(score)))
    .reduce<Score | undefined>((a, b) => (a === undefined || value(b) > value(a) ? b : a), undefined);
  return {
    raw,
    best: best === undefined ? undefined : { ...best, memory: memoryOfMethod(run, best.method) },
    lead: best === undefined ? undefined : leadOf(run, raw, best),
  };
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
export function memoryOfMethod({ methods, step }: KeptRun, method: number): number | undefined {
  const spec = parseSpec(methods[method]?.average);
  if (spec === undefined) return undefined;
  const beta = constantBeta(spec);
  return beta === undefined ? horizon(spec, 1 - effectiveBeta(spec, step)) : spec.every * memoryOf(beta);
}
