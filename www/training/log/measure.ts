import { fluctuation } from "../../charts/theory/fluctuation";
import { median } from "../../charts/theory/noise";
import type { Columns } from "./guess";
import type { LogTable } from "./read";

/** The tests of both networks, in rising order of their steps. */
export interface Series {
  step: number[];
  raw: number[];
  average: number[];
}

/** The rows that have all three numbers; of several of one step, the last. */
export function seriesOf({ rows }: LogTable, { step, raw, average }: Columns): Series {
  const tests = new Map<number, [number, number]>();
  for (const row of rows) {
    const [s = NaN, r = NaN, a = NaN] = [row[step], row[raw], row[average]];
    if (Number.isFinite(s) && Number.isFinite(r) && Number.isFinite(a)) tests.set(s, [r, a]);
  }
  const sorted = [...tests].sort(([a], [b]) => a - b);
  return {
    step: sorted.map(([step]) => step),
    raw: sorted.map(([, [raw]]) => raw),
    average: sorted.map(([, [, average]]) => average),
  };
}

/** Tests in a row in which the average has to be better. */
const IN_A_ROW = 3;

export interface Measured {
  tests: number;
  /** Standard deviations of the change from test to test, over the second half. */
  raw: number | undefined;
  average: number | undefined;
  /** The first test from which on the average was better in three tests in a row; undefined if there is none. */
  caughtUp: number | undefined;
  /** Until then, the median of the steps by which the average reached a value later than raw had; undefined without such tests. */
  lag: number | undefined;
  /** Mean of the average minus raw over the second half. */
  ahead: number;
}

export function measure({ step, raw, average }: Series, lower: boolean): Measured {
  const sign = lower ? -1 : 1;
  const half = step.length >> 1;
  const better = (k: number): boolean => sign * ((average[k] ?? NaN) - (raw[k] ?? NaN)) > 0;
  const first = step.findIndex(
    (_, k) => k + IN_A_ROW <= step.length && [...Array(IN_A_ROW).keys()].every((j) => better(k + j)),
  );
  const behind = step.slice(0, first < 0 ? step.length : first);
  const rawReached = reaching(step, raw, sign);
  const lags = behind.flatMap((at, k) => {
    const reached = rawReached(average[k] ?? NaN);
    return reached === undefined || reached > at ? [] : [at - reached];
  });
  const later = step.slice(half).map((_, k) => (average[half + k] ?? NaN) - (raw[half + k] ?? NaN));
  return {
    tests: step.length,
    raw: fluctuation(raw, half),
    average: fluctuation(average, half),
    caughtUp: first < 0 ? undefined : step[first],
    lag: lags.length === 0 ? undefined : median(lags),
    ahead: later.reduce((sum, value) => sum + value, 0) / later.length,
  };
}

/** Finds the step at which a line first reaches a value, between its tests on a straight line; undefined if it never does. */
function reaching(
  step: readonly number[],
  values: readonly number[],
  sign: number,
): (value: number) => number | undefined {
  let best = -Infinity;
  // The best value so far never falls, so that the first test that reaches a value is found by halving.
  const bests = Float64Array.from(values, (value) => (best = Math.max(best, sign * value)));
  return (value) => {
    let [low, high] = [0, bests.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bests[middle] ?? NaN) >= sign * value) high = middle;
      else low = middle + 1;
    }
    const [from, to] = [values[low - 1], values[low]];
    const [before, at] = [step[low - 1], step[low]];
    if (from === undefined || to === undefined || before === undefined || at === undefined) return at;
    return before + ((at - before) * (value - from)) / (to - from);
  };
}

/** The decimals that tell the values of a series apart: three digits of their range. */
export function digitsFor({ raw, average }: Series): number {
  let [low, high] = [Infinity, -Infinity];
  for (const values of [raw, average])
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = high - low;
  return range > 0 ? Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(range)))) : 2;
}
