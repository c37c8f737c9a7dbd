import { expect, test } from "vitest";

import { moveByKey } from "./movebykey";

const press = (key: string, now: number | undefined, more = {}): number | null | undefined =>
  moveByKey({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more }, 100, now);

test("arrows go from value to value, with shift and by page in leaps, and not beyond the ends", () => {
  expect(press("ArrowLeft", 50)).toBe(49);
  expect(press("ArrowUp", 50)).toBe(51);
  expect(press("ArrowRight", 50, { shiftKey: true })).toBe(60);
  expect(press("PageDown", 50)).toBe(40);
  expect(press("ArrowRight", 99)).toBe(99);
  expect(press("PageDown", 3)).toBe(0);
  expect([press("Home", 50), press("End", 50)]).toEqual([0, 99]);
});

test("the first key reads the last value, and Escape ends the reading", () => {
  expect(press("ArrowLeft", undefined)).toBe(99);
  expect(press("Escape", 50)).toBeNull();
  expect(press("Escape", undefined)).toBeUndefined();
});

test("other keys are left to the page", () => {
  for (const key of [" ", "r", "Tab", "Enter"]) expect(press(key, 50)).toBeUndefined();
  expect(press("ArrowLeft", 50, { altKey: true })).toBeUndefined();
  expect(
    moveByKey({ key: "Home", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false }, 0, undefined),
  ).toBeUndefined();
});
