import type { Method } from "../engine";
import { counted, isMessage, number, t } from "../i18n";
import { methodName } from "../methods";
import type { Figure, MessageValue, Verdict } from "./lesson";

/** Values for the sentences of a verdict; a missing value or NaN becomes a dash. */
export function percent(value: number | undefined, decimals = 1): Figure {
  return { value: value ?? NaN, decimals, unit: "percent" };
}

export function points(value: number | undefined, decimals = 1): Figure {
  return { value: value ?? NaN, decimals, unit: "points" };
}

export function steps(value: number | undefined): Figure {
  return { value: value ?? NaN, decimals: 0, unit: "steps" };
}

export function plain(value: number | undefined, decimals = 0): Figure {
  return { value: value ?? NaN, decimals };
}

export function method({ name, average }: Method = { name: "" }): MessageValue {
  return { method: name, average };
}

/** The value as text in the reader's language. */
export function written(term: MessageValue): string {
  if ("method" in term) return methodName({ name: term.method, average: term.average ?? null });
  if ("key" in term) return isMessage(term.key) ? t(term.key) : term.key;
  return Number.isFinite(term.value) ? withUnit(term) : "–";
}

/** A number with its unit, in the singular or plural as the language requires. */
export function withUnit({ value, decimals, unit }: Figure): string {
  return unit === undefined ? number(value, decimals) : counted(`lesson.unit.${unit}`, value, decimals);
}

/** A sentence with its values filled in. */
export function sentence({ key, values }: Verdict["sentences"][number]): string {
  if (!isMessage(key)) return "";
  return t(key, Object.fromEntries(Object.entries(values).map(([name, term]) => [name, written(term)])));
}
