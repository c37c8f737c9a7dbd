/** What can be said of a run, in one sentence. */

import { differs, errorText } from "../charts/error";
import { decimals, difference, percent } from "../charts/percent";

/** The newest test of the average and of the raw network. */
export interface Comparison {
  step: number;
  /** The memory of the average that was tested. */
  memory: number;
  /** Percent of the test pictures right. */
  average: number;
  raw: number;
  /** The number of test pictures. */
  pictures: number;
  /** Two standard errors of the difference, in percentage points. */
  error: number;
}

/** What a bad batch did: the last test before it and the first one after it. */
export interface Blow {
  raw: [before: number, after: number];
  average: [before: number, after: number];
}

export type Verdict =
  /** There is no test yet. */
  | { kind: "waiting" }
  /** The memory on the slider is one step. */
  | { kind: "raw" }
  | ({ kind: "early" | "close" | "ahead" | "behind" } & Numbers)
  | { kind: "blow"; raw: string; average: string; more: boolean };

/** The numbers of a comparison, as they are printed. */
interface Numbers {
  memory: number;
  average: string;
  raw: string;
  difference: string;
  error: string;
  pictures: number;
}

/**
 * The verdict on the newest test. Until the run is twice as long as the memory, an average that is behind still remembers the
 * untrained start.
 */
export function verdictOn(memory: number, comparison: Comparison | undefined, blow?: Blow): Verdict {
  if (comparison === undefined) return { kind: "waiting" };
  const { step, average, raw, pictures, error } = comparison;
  if (memory < 1.5) return { kind: "raw" };
  const lost = (of: [number, number]): number => difference(of[0], of[1], pictures);
  if (blow !== undefined && lost(blow.raw) > 0) {
    const [x, y] = [lost(blow.raw), lost(blow.average)].map((lost) => Math.max(0, lost)) as [number, number];
    const places = decimals(pictures);
    return { kind: "blow", raw: x.toFixed(places), average: y.toFixed(places), more: y >= x };
  }
  const apart = average - raw;
  const numbers: Numbers = {
    memory: comparison.memory,
    average: percent(average, pictures),
    raw: percent(raw, pictures),
    difference: Math.abs(difference(average, raw, pictures)).toFixed(decimals(pictures)),
    error: errorText(error, pictures),
    pictures,
  };
  if (!differs(average, raw, error, pictures)) return { kind: "close", ...numbers };
  if (apart > 0) return { kind: "ahead", ...numbers };
  return { kind: step < 2 * comparison.memory ? "early" : "behind", ...numbers };
}
