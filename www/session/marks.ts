import type { Experiment } from "../engine";
import type { Mark } from "../history/mark";

type Change = Extract<Mark, { kind: "change" }>["changes"][number];

/** The differences between two experiments as text; each average counts by itself. */
export function changes(before: Experiment, after: Experiment): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [from, to] = [before[key], after[key]];
    if (key === "ema" && Array.isArray(from) && Array.isArray(to)) {
      return to.flatMap((item, k) => changed(key, k < from.length ? text(from[k]) : null, text(item)));
    }
    return changed(key, text(from), text(to));
  });
}

function changed(key: string, from: string | null, to: string): Change[] {
  return from === to ? [] : [{ key, from, to }];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
