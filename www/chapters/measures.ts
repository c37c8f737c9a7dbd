import { fluctuation } from "../charts/theory/fluctuation";
import { classesOf, differs, discordantOf, independent, paired } from "../charts/error";
import { difference } from "../charts/percent";
import type { EvaluationPoint } from "../engine";
import type { RunResult } from "./run";

/** The test accuracies of a method at the evaluations, in percent. */
export function accuracies(points: readonly EvaluationPoint[], method: number): number[] {
  return points.map((point) => point.methods[method]?.accuracy ?? NaN);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The second half of the evaluations, as the table of results counts it. */
export function secondHalf<T>(values: readonly T[]): T[] {
  return values.slice(Math.floor(values.length / 2));
}

/** The mean of the last `count` evaluations, so that a single lucky one does not decide. */
export function lastTests(values: readonly number[], count = 3): number {
  return mean(values.slice(-count));
}

/** The table's fluctuation of evaluations: over their second half, in points. NaN for too few of them. */
export function lateFluctuation(values: readonly number[]): number {
  return fluctuation(secondHalf(values)) ?? NaN;
}

export interface Dip {
  /** Mean over the last evaluations before. */
  before: number;
  /** The largest drop below that mean; 0 if there was none. */
  depth: number;
  /** Steps until the lowest accuracy. */
  lowestAfter: number;
}

/** The effect of a disturbance after step `at` on a method's accuracy. */
export function dip(points: readonly EvaluationPoint[], method: number, at: number): Dip {
  const values = accuracies(points, method);
  const before = lastTests(values.filter((_, k) => (points[k]?.step ?? 0) <= at));
  const after = points.flatMap((point, k) =>
    point.step > at ? [{ steps: point.step - at, value: values[k] ?? NaN }] : [],
  );
  const lowest = after.reduce(
    (lowest, point) => (point.value < lowest.value ? point : lowest),
    after[0] ?? { steps: 0, value: before },
  );
  return { before, depth: Math.max(0, before - lowest.value), lowestAfter: lowest.steps };
}

/** A method's evaluations in a run with `batch` images per step. */
export interface MethodCurve {
  points: readonly EvaluationPoint[];
  method: number;
  batch: number;
}

/**
 * The root mean square difference of two curves, at the points where both were measured after the same number of
 * images.
 */
export function distance(a: MethodCurve, b: MethodCurve): number {
  const after = new Map(
    b.points.map((point, k) => [point.step * b.batch, accuracies(b.points, b.method)[k]]),
  );
  const squares = accuracies(a.points, a.method).flatMap((value, k) => {
    const other = after.get((a.points[k]?.step ?? NaN) * a.batch);
    return other === undefined ? [] : [(value - other) ** 2];
  });
  return Math.sqrt(mean(squares));
}

/** One method of one run, at its newest evaluation. */
export interface Scored {
  result: RunResult;
  method: number;
}

/** Percent of the test pictures right at the newest evaluation; NaN before the first. */
export function scoreOf({ result, method }: Scored): number {
  return accuracies(result.points, method).at(-1) ?? NaN;
}

/** How two methods differ at their newest evaluations. */
export interface Difference {
  /** Percentage points as they are printed: what a reader gets who subtracts the printed percentages. */
  printed: number;
  /** Two standard errors, in percentage points. */
  error: number;
  /** Whether it is more than chance may make of it. */
  clear: boolean;
}

/** The difference between two methods, which were tested on the same pictures. */
export function differenceOf(first: Scored, second: Scored): Difference {
  const [a, b] = [scoreOf(first), scoreOf(second)];
  const n = first.result.testImages;
  const { labels } = first.result;
  const [ofFirst, ofSecond] = [first, second].map(({ result, method }) =>
    result.predictions?.step === result.points.at(-1)?.step
      ? classesOf(result.predictions, result.labels, method)
      : undefined,
  );
  const error =
    labels === undefined || ofFirst === undefined || ofSecond === undefined
      ? independent(a, b, n)
      : paired(discordantOf(ofFirst, ofSecond, labels));
  return {
    printed: difference(a, b, n),
    error,
    clear: differs(a, b, error, n),
  };
}
