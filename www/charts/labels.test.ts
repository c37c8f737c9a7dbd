import { expect, test } from "vitest";

import { accuracyRange } from "./scale";
import { spread } from "./labels";

test("labels that have room stay where they are", () => {
  expect(spread([50, 10, 90], 15, 0, 100)).toEqual([50, 10, 90]);
});

test("labels in each other's way move apart evenly, in order", () => {
  expect(spread([50, 50, 50], 10, 0, 100)).toEqual([40, 50, 60]);
  expect(spread([50, 54], 10, 0, 100)).toEqual([47, 57]);
});

test("moving apart may push into the next label, which gives way", () => {
  const places = spread([50, 50, 57], 10, 0, 100);
  expect(places.map((place) => Math.round(place))).toEqual([42, 52, 62]);
});

test("no label leaves the chart", () => {
  expect(spread([1, 2, 99, 98], 10, 0, 100)).toEqual([0, 10, 100, 90]);
});

test("the accuracy axis is round and stays within 0 to 100", () => {
  expect(accuracyRange(null, null)).toEqual([0, 100]);
  expect(accuracyRange(52, 63.4)).toEqual([50, 70]);
  expect(accuracyRange(0.5, 99.9)).toEqual([0, 100]);
});
