import { afterEach, expect, test, vi } from "vitest";

import { isTaken, matches } from "./keyboard";

afterEach(() => {
  vi.unstubAllGlobals();
});

const pressed = (key: string, code: string, shiftKey = false) => ({ key, code, shiftKey });

test.each([
  ["Latin", "r", "KeyR"],
  ["Latin, capitals locked", "R", "KeyR"],
  ["Dvorak, by its letter", "r", "KeyO"],
  ["Russian", "к", "KeyR"],
  ["Greek", "ρ", "KeyR"],
  ["Hebrew", "ר", "KeyR"],
  ["Arabic", "ق", "KeyR"],
  ["Hindi, a letter with a mark", "क्", "KeyR"],
  ["Korean", "ㄱ", "KeyR"],
])("a shortcut is heard on a keyboard that is %s", (_, key, code) => {
  expect(matches({ key: "r" }, pressed(key, code))).toBe(true);
  expect(matches({ key: "p" }, pressed(key, code))).toBe(false);
});

test("a key's position decides its letter only if the key has no Latin letter", () => {
  // As on Dvorak, on a Czech keyboard, and where digits lie there.
  expect(matches({ key: "r" }, pressed("p", "KeyR"))).toBe(false);
  expect(matches({ key: "r" }, pressed("ř", "KeyR"))).toBe(false);
  expect(matches({ key: "r" }, pressed("5", "KeyR"))).toBe(false);
  expect(matches({ key: "r" }, pressed("к", "KeyR", true))).toBe(false);
});

test("a question mark is one in every script, shifted or not", () => {
  for (const [key, shift] of [
    ["?", true],
    ["?", false],
    ["？", true],
    ["؟", true],
  ] as const) {
    expect(matches({ key: "?" }, pressed(key, "Slash", shift))).toBe(true);
  }
});

test("keys of an input method, and with AltGr or another modifier, are not for the page", () => {
  vi.stubGlobal("document", { querySelector: () => null });
  vi.stubGlobal("Element", Array);
  const event = (other: object) =>
    ({
      key: "r",
      code: "KeyR",
      target: null,
      getModifierState: () => false,
      ...other,
    }) as unknown as KeyboardEvent;
  expect(isTaken(event({}))).toBe(false);
  for (const other of [
    { isComposing: true },
    { key: "Process" },
    { ctrlKey: true },
    { metaKey: true },
    { altKey: true },
    { getModifierState: (name: string) => name === "AltGraph" },
  ]) {
    expect(isTaken(event(other))).toBe(true);
  }
});
