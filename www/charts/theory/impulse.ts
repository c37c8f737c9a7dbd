import type { ProbeHistory } from "../../history/probes";
import { response } from "../../averages/kernel";
import type { AverageSpec } from "../../averages/spec";

/** Steps before the bad one from which the usual wandering is taken. */
const BEFORE = 400;

/**
 * How far a bad batch moved the followed weights: along the direction in which it first moved the raw ones, from where
 * each method was after the last good step, as shares of that first move. At 0 the bad step itself, then the steps after.
 */
export interface Impulse {
  /** The raw weights, then each average. */
  measured: Float64Array[];
  /**
   * Of each average: what it makes of the raw weights' measured moves by its own rates, had it been where they were
   * before the batch. Where it was behind them, it goes on to catch up, and measured and predicted differ by that.
   */
  predicted: (Float64Array | undefined)[];
  /** Root mean square of the raw weights' moves along that direction in as many steps before the batch. */
  usual: Float64Array;
}

/** @returns nothing if the steps since `good`, the last step before the bad one, are not all in the history */
export function measureImpulse(
  history: ProbeHistory,
  specs: readonly (AverageSpec | undefined)[],
  good: number,
  most: number,
): Impulse | undefined {
  const { latest, probed, methods } = history;
  const row = good - (latest.steps[0] ?? Infinity);
  const count = Math.min(most, latest.length - 1 - row);
  if (!(row >= 0) || count < 1 || probed.length === 0) return undefined;

  const moved = (from: number, to: number, probe: number, method: number): number => {
    const place = probe * methods + method;
    return (
      (latest.values[to * latest.width + place] ?? NaN) - (latest.values[from * latest.width + place] ?? NaN)
    );
  };
  const first = probed.map((_, probe) => moved(row, row + 1, probe, 0));
  const square = first.reduce((sum, move) => sum + move * move, 0);
  if (!(square > 0)) return undefined;
  /** Of a method's move between two rows, the share of the first move that lies along it. */
  const along = (from: number, to: number, method: number): number =>
    first.reduce((sum, move, probe) => sum + move * moved(from, to, probe, method), 0) / square;

  const measured = Array.from({ length: methods }, (_, method) =>
    Float64Array.from({ length: count }, (_, k) => along(row, row + 1 + k, method)),
  );
  const raw = measured[0] ?? new Float64Array(0);
  const begin = Math.max(0, row - BEFORE);
  const usual = Float64Array.from({ length: Math.min(count, Math.floor((row - begin) / 2)) }, (_, k) => {
    let squares = 0;
    let starts = 0;
    for (let from = begin; from + 1 + k <= row; from++) {
      squares += along(from, from + 1 + k, 0) ** 2;
      starts += 1;
    }
    return Math.sqrt(squares / starts);
  });
  return {
    measured,
    predicted: specs.map((spec) => (spec === undefined ? undefined : response(spec, good + 1, raw))),
    usual,
  };
}
