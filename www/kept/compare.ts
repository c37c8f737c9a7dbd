import { ofShare } from "../charts/error";
import type { KeptRun } from "./run";

/** Two runs at the steps at which both were tested: the second minus the first, in points. */
export interface Differences {
  step: number[];
  difference: number[];
  /** Two standard errors of each as if both had been tested on pictures of their own, which is too wide where they are the same. */
  error: number[];
}

/** The differences of one method of a run from one of another. */
export function differencesOf(first: KeptRun, a: number, second: KeptRun, b: number): Differences {
  const at = new Map(first.curves.step.map((step, k) => [step, first.curves.accuracy[a]?.[k] ?? NaN]));
  const found: Differences = { step: [], difference: [], error: [] };
  second.curves.step.forEach((step, k) => {
    const [before, after] = [at.get(step), second.curves.accuracy[b]?.[k]];
    if (before === undefined || after === undefined || !Number.isFinite(after - before)) return;
    found.step.push(step);
    found.difference.push(after - before);
    found.error.push(Math.hypot(ofShare(before, first.dataset.test), ofShare(after, second.dataset.test)));
  });
  return found;
}

/** The differences over the later half of the steps that both runs share. */
export interface Later {
  mean: number;
  least: number;
  greatest: number;
  tests: number;
}

export function laterHalf({ step, difference }: Differences): Later | undefined {
  const from = (step.at(-1) ?? 0) / 2;
  const later = difference.filter((_, k) => (step[k] ?? 0) > from);
  if (later.length === 0) return undefined;
  return {
    mean: later.reduce((sum, value) => sum + value, 0) / later.length,
    least: Math.min(...later),
    greatest: Math.max(...later),
    tests: later.length,
  };
}
