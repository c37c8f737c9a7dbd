import { expect, test } from "vitest";

import { betaOf, memoryOf, nearestMemory } from "./memory";
import { betaDigits, fitting, memoryAt, memoryByKey, placeOf, rounded, ticks } from "./scale";

const TOTAL = 780;
const press = (key: string, memory: number, shiftKey = false): number | undefined =>
  memoryByKey({ key, shiftKey }, memory, TOTAL, [10, 50, 200]);

test("the scale goes from one step to the whole run, and back", () => {
  expect([memoryAt(0, TOTAL), memoryAt(1, TOTAL), memoryAt(2, TOTAL)]).toEqual([1, TOTAL, TOTAL]);
  for (const memory of [1, 3, 50, 780])
    expect(memoryAt(placeOf(memory, TOTAL), TOTAL)).toBeCloseTo(memory, 9);
  expect(placeOf(5000, TOTAL)).toBe(1);
  expect(memoryOf(betaOf(50))).toBeCloseTo(50, 9);
});

test.each([
  [1, "0"],
  [3, "0.67"],
  [10, "0.9"],
  [30, "0.967"],
  [50, "0.98"],
  [100, "0.99"],
  [300, "0.9967"],
  [400, "0.9975"],
  [1000, "0.999"],
])("the β of %i steps is shown as %s", (memory, text) => {
  const beta = betaOf(memory);
  expect(beta.toFixed(betaDigits(beta))).toBe(text);
});

test("memories are shown in whole steps, and long ones with two digits", () => {
  expect([1.2, 49.6, 364, 1092].map(rounded)).toEqual([1, 50, 360, 1100]);
});

test("1, 3, 10, … and the whole run are marked", () => {
  expect(ticks(TOTAL)).toEqual([1, 3, 10, 30, 100, 300, TOTAL]);
  expect(ticks(100)).toEqual([1, 3, 10, 30, 100]);
});

test("a label that would touch a more important one is left out", () => {
  const labels = [
    { left: 0, right: 20 },
    { left: 25, right: 40 },
    { left: 30, right: 50 },
  ];
  expect(fitting(labels, 8)).toEqual([labels[0], labels[2]]);
});

test("the nearest tested memory is so on the slider's scale", () => {
  expect(nearestMemory(21, [10, 50])).toBe(10);
  expect(nearestMemory(24, [10, 50])).toBe(50);
  expect(nearestMemory(24, [])).toBeUndefined();
});

test("keys move by a sixtieth, to marks, to tested averages and to the ends", () => {
  expect((press("ArrowRight", 50) ?? NaN) / 50).toBeCloseTo(TOTAL ** (1 / 60), 9);
  expect(50 / (press("ArrowDown", 50) ?? NaN)).toBeCloseTo(TOTAL ** (1 / 60), 9);
  expect([press("PageUp", 50), press("PageDown", 50)]).toEqual([100, 30]);
  expect([press("ArrowRight", 50, true), press("ArrowLeft", 50, true)]).toEqual([200, 10]);
  expect([press("ArrowRight", 500, true), press("Home", 50), press("End", 50)]).toEqual([500, 1, TOTAL]);
  expect([press("Backspace", 7), press("a", 7)]).toEqual([50, undefined]);
});
