import { decayOf, kinds, parseDecay, printDecay } from "../averages/decay";
import { parseSpec } from "../averages/spec";
import type { Setting } from "../engine";
import type { MessageKey } from "../i18n";

/** A value for the experiment, or the error in the text. */
export type Parsed =
  { ok: true; value: unknown } | { ok: false; error: MessageKey; values: Record<string, string | number> };

const bad = (error: MessageKey, values: Record<string, string | number> = {}): Parsed => ({
  ok: false,
  error,
  values,
});

/** Reads the text of a control by its row of the settings table. */
export function parseValue(setting: Setting, text: string): Parsed {
  const trimmed = text.trim();
  switch (setting.kind) {
    case "float":
    case "integer": {
      if (trimmed === "" && setting.default === null) return { ok: true, value: null };
      const value = Number(trimmed);
      if (trimmed === "" || !Number.isFinite(value)) return bad("experiment.invalid.number");
      if (setting.kind === "integer" && !Number.isInteger(value)) return bad("experiment.invalid.integer");
      const { min, max } = setting;
      const low = min != null && value < min;
      const high = max != null && value > max;
      if ((low || high) && min != null && max != null) return bad("experiment.invalid.range", { min, max });
      if (low) return bad("experiment.invalid.min", { min });
      if (high) return bad("experiment.invalid.max", { max });
      return { ok: true, value };
    }
    case "list":
      return parseAverages(trimmed, setting.max ?? Infinity);
    case "choice":
    case "boolean":
    case "text":
      return { ok: true, value: text };
  }
}

/** An average of each kind. */
const examples = kinds.map((kind) => printDecay(decayOf(kind))).join(" ");

/**
 * Splits "0.9 0.98,every=4 power=0.1" into averages. Readers separate with spaces, commas or both; a decay begins the
 * next average and an option belongs to the one before it.
 */
function parseAverages(text: string, most: number): Parsed {
  const invalid = bad("experiment.invalid.list", { most, examples });
  const averages: string[] = [];
  for (const word of text.split(/[\s,;，；]+/).filter((word) => word !== "")) {
    const decay = parseDecay(word);
    if (decay !== undefined) averages.push(printDecay(decay));
    else if (word.includes("=") && averages.length > 0) averages.push(`${averages.pop() ?? ""},${word}`);
    else return invalid;
  }
  if (averages.length > most || !averages.every(parseSpec)) return invalid;
  return { ok: true, value: averages };
}

/** The text a control shows for a value. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join("  ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether two values of a setting are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether a list of averages can become another one during a run: more averages or other decays, but none removed. */
export function growsInto(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after) || after.length < before.length) return false;
  return before.every((text, k) => {
    const [a, b] = [parseSpec(text), parseSpec(after[k])];
    return a !== undefined && a.every === b?.every && a.from === b.from;
  });
}

/** Whether two lists of averages are equal apart from the steps at which the averages started. */
export function sameAverages(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  const bare = (list: unknown[]): unknown[] => list.map((text) => ({ ...parseSpec(text), from: 0 }));
  return sameValue(bare(a), bare(b));
}
