import { expect, test } from "vitest";

import { languages } from "../../i18n";
import { type Term, termIds, terms } from "./terms";

test("every term has a name and a definition in both languages, and no definition is without a term", () => {
  for (const [language, messages] of Object.entries(languages)) {
    const named = Object.keys(messages).filter((key) => key.startsWith("term."));
    const wanted = termIds.flatMap((id) => [`term.${id}`, `term.${id}.text`]);
    expect(named.sort(), language).toEqual(wanted.sort());
  }
});

test("sources name author and year, and their links are secure", () => {
  for (const id of termIds) {
    const { sources }: Term = terms[id];
    for (const { text, link } of sources) {
      if (!text.startsWith("TensorFlow")) expect(text, id).toMatch(/^[A-Z].* (19|20)\d\d, /);
      if (link !== undefined) expect(new URL(link).protocol, id).toBe("https:");
    }
  }
});
