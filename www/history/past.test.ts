import { expect, test } from "vitest";

import type { Probe, ProbeSamples } from "../engine";
import { type Past, addPast, noPast } from "./past";

const two: Probe[] = [
  { tensor: 0, index: 5 },
  { tensor: 3, index: 1 },
];

/** Two weights under two methods; the first one's raw value is the step. */
function samples(first_step: number, steps: number): ProbeSamples {
  const values = Float32Array.from({ length: steps * 4 }, (_, k) =>
    k % 4 === 0 ? first_step + Math.floor(k / 4) : -1,
  );
  return { first_step, steps, probes: 2, methods: 2, values };
}

const valuesOf = ({ values, length }: Past): number[] => [...values.subarray(0, length)];
const steps = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

test("the first weight's raw values are kept, every one of them", () => {
  let past = noPast;
  for (let step = 1; step <= 20_000; step += 50) past = addPast(past, two, samples(step, 50));
  expect([past.probe, past.first, past.length]).toEqual([two[0], 1, 20_000]);
  expect(valuesOf(past)).toEqual(steps(1, 20_001));
});

test("an older past is unchanged by what follows it", () => {
  const before = addPast(noPast, two, samples(1, 3));
  addPast(before, two, samples(4, 3000));
  expect(valuesOf(before)).toEqual([1, 2, 3]);
});

test("after a gap, and with another weight, it starts again", () => {
  let past = addPast(noPast, two, samples(1, 3));
  past = addPast(past, two, samples(9, 2));
  expect([past.first, ...valuesOf(past)]).toEqual([9, 9, 10]);
  past = addPast(past, [...two].reverse(), null);
  expect([past.probe, past.length]).toEqual([two[1], 0]);
});

test("other weights next to it change nothing", () => {
  let past = addPast(noPast, two.slice(0, 1), { ...samples(1, 1), probes: 1, values: Float32Array.of(1, 0) });
  past = addPast(past, two, samples(2, 2));
  expect(valuesOf(past)).toEqual([1, 2, 3]);
});

test("it is bounded: the oldest steps go first", () => {
  let past = noPast;
  for (let step = 1; step <= 40; step += 4) past = addPast(past, two, samples(step, 4), 16);
  expect(past.length).toBeLessThanOrEqual(16);
  expect(valuesOf(past)).toEqual(steps(past.first, 41));
});
