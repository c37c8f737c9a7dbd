import { expect, test, vi } from "vitest";

import { kinds, printDecay } from "../averages/decay";
import { libraries, snippet } from "./snippets";
import { type Numbers, precisions, schedules, usual } from "./numbers";
import { answer, percent, questions, steps } from "./said";
import { setLanguage } from "../i18n";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });

test("every question has an answer for every kind of average, in both languages, with nothing left open", () => {
  for (const language of ["en", "zh"] as const) {
    setLanguage(language);
    for (const question of questions)
      for (const kind of kinds)
        for (const schedule of schedules)
          for (const precision of precisions) {
            const numbers: Numbers = { ...usual, kind, schedule, precision };
            const said = answer(question, numbers);
            const text = [said.bold, ...said.more].join(" ");
            expect(text, `${question}, ${kind}`).not.toMatch(/[{}]|NaN|undefined|Infinity/u);
            for (const library of libraries)
              expect(snippet(library, said.decay, said.total).code, question).not.toMatch(/NaN|undefined/u);
          }
  }
  setLanguage("en");
});

test("the answers of the usual numbers", () => {
  const bold = (question: (typeof questions)[number], part: Partial<Numbers> = {}): string =>
    answer(question, { ...usual, ...part }).bold;
  expect(bold("beta")).toBe("β between 0.999 and 0.9995");
  expect(bold("worse", { start: "none" })).toBe("22% of it is still the untrained start.");
  expect(bold("worse")).toBe("Its memory is too long for step 1,500.");
  expect(bold("catchup", { start: "none" })).toBe("After about 4,600 steps");
  expect(bold("catchup")).toBe("It need not: the start is not in it");
  expect(bold("gpus")).toBe("β 0.99203");
  expect(bold("batch")).toBe("β 0.99601");
  expect(bold("every")).toBe("β 0.99004");
  expect(bold("half")).toBe("Keep it in float32");
  expect(bold("half", { precision: "fp32" })).toBe("float32 is enough");
  expect(answer("half", usual).more[0]).toContain("more than 195% of the weight itself");
  expect(answer("evaluate", usual).more[0]).toContain("100 MB");
  expect(printDecay(answer("start", usual).decay)).toBe("0.999");
});

test("numbers have the digits that say something", () => {
  expect([0, 0.00001, 0.0005, 0.0312, 0.4].map(percent)).toEqual(["0%", "< 0.01%", "0.05%", "3.1%", "40%"]);
  expect([1, 1.55, 34.3, 693.1, 4603].map(steps)).toEqual(["1", "1.6", "34", "690", "4,600"]);
});
