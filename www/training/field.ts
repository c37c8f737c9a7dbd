import { type TemplateResult, html } from "lit-html";
import { live } from "lit-html/directives/live.js";

import { number } from "../i18n";
import { type Key, type Numbers, choices, rangeOf, readNumber } from "./numbers";
import { t } from "./words";

/** What a field changes. */
export type Set = <K extends Key>(key: K, value: Numbers[K]) => void;

/** The fields whose text is not a number that suits, by key. */
export type Wrong = ReadonlyMap<Key, string>;

/** A sentence with a field at each `{key}`; what is not a field is text. */
export function sentence(
  text: string,
  field: (key: Key) => TemplateResult,
  others: Record<string, string> = {},
): (string | TemplateResult)[] {
  return text
    .split(/\{(\w+)\}/)
    .map((part, k) => (k % 2 === 0 ? part : (others[part] ?? field(part as Key))));
}

/** The text of a number in a field: a β keeps its digits, others have groups. */
export function fieldText(value: number): string {
  return Number.isInteger(value) ? number(value) : String(value);
}

/** What is wrong with a field, as a sentence. */
export function complaint(key: Key): string {
  const range = rangeOf(key);
  const text = (value: number): string => (Number.isInteger(value) ? number(value) : String(value));
  return t(range?.whole === true ? "invalid.whole" : "invalid.range", {
    name: t(`field.${key}`),
    min: text(range?.min ?? 0),
    max: text(range?.max ?? 0),
  });
}

/** A number that is typed, or a choice, in its sentence. */
export function field(
  key: Key,
  numbers: Numbers,
  wrong: Wrong,
  set: Set,
  refuse: (key: Key, text: string) => void,
): TemplateResult {
  const options = choices[key];
  if (options !== undefined) {
    const name = (option: string): string =>
      key === "schedule"
        ? t(`choice.schedule.${option as Numbers["schedule"]}`)
        : t(`choice.${option as Exclude<Numbers["kind"] | Numbers["start"] | Numbers["precision"], never>}`);
    return html`<select
      name=${key}
      aria-label=${t(`field.${key}`)}
      @change=${({ currentTarget }: Event) => {
        set(key, (currentTarget as HTMLSelectElement).value as never);
      }}
    >
      ${options.map((option) => html`<option value=${option} ?selected=${option === numbers[key]}>${name(option)}</option>`)}
    </select>`;
  }
  const text = wrong.get(key) ?? fieldText(numbers[key] as number);
  return html`<input
    name=${key}
    inputmode="decimal"
    autocomplete="off"
    aria-label=${t(`field.${key}`)}
    aria-invalid=${wrong.has(key) ? "true" : "false"}
    aria-describedby=${wrong.has(key) ? "field-error" : ""}
    size=${Math.max(2, text.length)}
    .value=${live(text)}
    @input=${({ currentTarget }: Event) => {
      const box = currentTarget as HTMLInputElement;
      const value = readNumber(key, box.value);
      if (value === undefined) refuse(key, box.value);
      else set(key, value as never);
    }}
  />`;
}
