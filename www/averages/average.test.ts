import { expect, test } from "vitest";

import { uniform } from "../charts/theory/random";
import { averageOf, averaged } from "./average";

const next = uniform(5);
const values = Float64Array.from({ length: 400 }, () => next() - 0.5);

test("the average is the normalised sum over the whole past, whatever its memory", () => {
  for (const memory of [1, 3, 50, 400]) {
    const path = averaged(averageOf(memory), values, values.length);
    const beta = 1 - 1 / memory;
    for (const last of [0, 7, 399]) {
      let [sum, shares] = [0, 0];
      for (let k = 0; k <= last; k++) {
        sum += beta ** k * (values[last - k] ?? NaN);
        shares += beta ** k;
      }
      expect(path[last]).toBeCloseTo(sum / shares, 12);
    }
  }
});

test("one step of memory is the weight itself", () => {
  expect(averaged(averageOf(1), values, 9)).toEqual(values.slice(0, 9));
});

test("a past that begins later is averaged from there", () => {
  expect(averaged(averageOf(50, 300), values, 9)).toEqual(averaged(averageOf(50), values, 9));
});
