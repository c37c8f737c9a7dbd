import { recall, remember } from "../storage";
import * as averages from "./averages";
import * as charts from "./charts";
import { en as english } from "./en";
import * as frame from "./frame";
import * as panels from "./panels";
import * as run from "./run";
import * as serving from "./serving";
import { zh as chinese } from "./zh";

const en = {
  ...english,
  ...averages.en,
  ...run.en,
  ...charts.en,
  ...panels.en,
  ...frame.en,
  ...serving.en,
};
const zh = {
  ...chinese,
  ...averages.zh,
  ...run.zh,
  ...charts.zh,
  ...panels.zh,
  ...frame.zh,
  ...serving.zh,
};

export type MessageKey = keyof typeof en;
export type Translations = Record<MessageKey, string>;

export const languages = { en, zh } satisfies Record<string, Translations>;
export type Language = keyof typeof languages;

const STORED = "emascope.language";

let current: Language = "en";
const listeners = new Set<() => void>();

export function language(): Language {
  return current;
}

/** The current language by the name that the browser has for it, for dates and lists. */
export function locale(): string {
  return current === "zh" ? "zh-CN" : "en";
}

/** The first language of the reader's list that this page has. */
export function preferred(list: readonly string[]): Language {
  for (const tag of list) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "zh" || primary === "en") return primary;
  }
  return "en";
}

/** The reader's earlier choice, else the browser's language. */
export function restoreLanguage(): void {
  const stored = recall(STORED);
  current = stored === "en" || stored === "zh" ? stored : preferred(navigator.languages);
}

export function setLanguage(language: Language): void {
  current = language;
  remember(STORED, language);
  for (const listener of listeners) listener();
}

/** Calls back after every change of language. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

export function isMessage(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/** The sentence in the current language, with `{name}` replaced. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return languages[current][key].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : String(value);
  });
}

/** The sentence if there is one by this name, else what to say instead. */
export function tOr(key: string, otherwise: string): string {
  return isMessage(key) ? t(key) : otherwise;
}

const formats = new Map<string, Intl.NumberFormat>();

/** The current language's format of numbers with this many decimals. */
function formatFor(decimals: number): Intl.NumberFormat {
  const key = `${current} ${decimals}`;
  let found = formats.get(key);
  if (found === undefined) {
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    found = new Intl.NumberFormat(locale(), options);
    formats.set(key, found);
  }
  return found;
}

/** A number with this many decimals, as the reader's language writes it. */
export function number(value: number, decimals = 0): string {
  return formatFor(decimals).format(value);
}

/** Fills every element that names its text: `data-text`, and `data-label` for the accessible name and tooltip. */
export function translate(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = tOr(element.dataset.text ?? "", "");
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-label]")) {
    element.setAttribute("aria-label", tOr(element.dataset.label ?? "", ""));
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-hint]")) {
    element.title = tOr(element.dataset.hint ?? "", "");
  }
}
