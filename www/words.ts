import { type Language, language } from "./i18n";

/** The words of a part of the page in the reader's language, with `{name}` replaced. */
export interface Words<Key extends string> {
  (key: Key, values?: Record<string, string | number>): string;
  /** All of them, for the test that compares the languages. */
  readonly languages: Record<Language, Record<Key, string>>;
}

/** A sentence in which a number stays on one line with its error and its sign. */
export function unbroken(sentence: string): string {
  return sentence.replace(/(?<=\d) (?=[±‰])|(?<=±) /g, "\u00a0");
}

/** The words that belong to one part of the page and are loaded with it. The compiler checks that Chinese has English's keys. */
export function words<Key extends string>(languages: {
  en: Record<Key, string>;
  zh: NoInfer<Record<Key, string>>;
}): Words<Key> {
  const t = (key: Key, values: Record<string, string | number> = {}): string =>
    languages[language()][key].replace(/\{(\w+)\}/g, (placeholder, name: string) =>
      String(values[name] ?? placeholder),
    );
  return Object.assign(t, { languages });
}
