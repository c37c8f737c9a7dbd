import { type TemplateResult, html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";

import { options } from "../controls/options";
import { number } from "../i18n";
import { type Key, type Numbers, choices, rangeOf, readNumber } from "./numbers";
import { t } from "./words";

/** What the reader does with a field. */
export interface Handlers {
  choose: <K extends Key>(key: K, value: Numbers[K]) => void;
  /** A text is being typed. */
  type: (key: Key, text: string) => void;
  /** The text is finished. */
  leave: (key: Key) => void;
}

/** What is being typed in fields, which may not be a number that suits, by key. */
export type Typed = ReadonlyMap<Key, string>;

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

/** The fields whose text is not a number that suits. */
export function wrongOf(typed: Typed): Key[] {
  return [...typed].flatMap(([key, text]) => (readNumber(key, text) === undefined ? [key] : []));
}

/** What is wrong with a field, as a sentence. */
export function complaint(key: Key): string {
  const range = rangeOf(key);
  return t(range?.whole === true ? "invalid.whole" : "invalid.range", {
    name: t(`field.${key}`),
    min: fieldText(range?.min ?? 0),
    max: fieldText(range?.max ?? 0),
  });
}

/** A number that is typed, or a choice, in its sentence. */
export function field(
  key: Key,
  numbers: Numbers,
  typed: Typed,
  { choose, type, leave }: Handlers,
): TemplateResult {
  const choice = choices[key];
  if (choice !== undefined) {
    const name = (option: string): string =>
      key === "schedule"
        ? t(`choice.schedule.${option as Numbers["schedule"]}`)
        : t(`choice.${option as Numbers["kind"] | Numbers["start"] | Numbers["precision"]}`);
    return html`<select
      name=${key}
      aria-label=${t(`field.${key}`)}
      @change=${({ currentTarget }: Event) => {
        choose(key, (currentTarget as HTMLSelectElement).value as never);
      }}
    >
      ${options(choice, String(numbers[key]), name)}
    </select>`;
  }
  const text = typed.get(key) ?? fieldText(numbers[key] as number);
  const wrong = readNumber(key, text) === undefined;
  return html`<input
    name=${key}
    inputmode="decimal"
    autocomplete="off"
    aria-label=${t(`field.${key}`)}
    aria-invalid=${wrong ? "true" : "false"}
    aria-describedby=${wrong ? "field-error" : nothing}
    size=${Math.max(2, text.length)}
    .value=${live(text)}
    @input=${({ currentTarget }: Event) => {
      type(key, (currentTarget as HTMLInputElement).value);
    }}
    @change=${() => {
      leave(key);
    }}
  />`;
}
