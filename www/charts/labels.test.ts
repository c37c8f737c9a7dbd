import { expect, test } from "vitest";

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
