import { expect, test } from "vitest";

import { chosenPlaces } from "./table";

const upTo = (length: number, by = 1): number[] => Array.from({ length }, (_, k) => (k + 1) * by);

test("a table has all places while there is room", () => {
  expect(chosenPlaces([upTo(3), [2, 9]], 10)).toEqual([1, 2, 3, 9]);
  expect(chosenPlaces([], 10)).toEqual([]);
});

test("a long list is thinned evenly, with its last place; a short one is complete", () => {
  expect(chosenPlaces([upTo(100)], 10)).toEqual(upTo(10, 10));
  const rows = chosenPlaces([upTo(1000), upTo(13, 77)], 50);
  expect(upTo(13, 77).every((place) => rows.includes(place))).toBe(true);
  expect(rows.length).toBeLessThanOrEqual(50);
  expect(rows.at(-1)).toBe(1001);
  expect(rows).toContain(1000);
});
