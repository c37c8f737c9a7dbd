import { expect, test } from "vitest";

import { bounds, pitchOf, pitches } from "./listen";

test("equal steps of a value are equal intervals, over two octaves", () => {
  expect([0, 5, 10].map((value) => pitchOf(value, 0, 10))).toEqual([220, 440, 880]);
  expect(pitchOf(3, 3, 3)).toBeCloseTo(440);
});

test("a line is heard from its first value on, each until the next", () => {
  const line = { x: [2, 4, 6], y: [0, NaN, 10] };
  expect(pitches(line, [0, 8], [0, 10], 5)).toEqual([undefined, 220, 220, 880, 880]);
});

test("gaps do not count as values", () => {
  expect(bounds([[3, NaN], Float64Array.of(-1, 2)])).toEqual([-1, 3]);
});
