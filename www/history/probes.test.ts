import { expect, test } from "vitest";

import type { Probe, ProbeSamples } from "../engine";
import { addProbes, latestPath, noProbes, wholePath } from "./probes";

const two: Probe[] = [
  { tensor: 0, index: 5 },
  { tensor: 3, index: 1 },
];

/** The value of a step, weight and method, as a number that identifies it. */
const value = (step: number, probe: number, method: number): number => step * 10 + probe * 2 + method;

function samples(first: number, steps: number, probes = 2, methods = 2): ProbeSamples {
  const values = new Float32Array(steps * probes * methods);
  for (let step = 0; step < steps; step++)
    for (let probe = 0; probe < probes; probe++)
      for (let method = 0; method < methods; method++)
        values[(step * probes + probe) * methods + method] = value(first + step, probe, method);
  return { first_step: first, steps, probes, methods, values };
}

test("a short run is kept in full, for each weight and each method", () => {
  let history = addProbes(noProbes, two, samples(1, 3));
  history = addProbes(history, two, samples(4, 2));
  for (const probe of [0, 1]) {
    for (const method of [0, 1]) {
      const { steps, values } = wholePath(history, probe, method);
      expect([...steps]).toEqual([1, 2, 3, 4, 5]);
      expect([...values]).toEqual([1, 2, 3, 4, 5].map((step) => value(step, probe, method)));
    }
  }
  expect(latestPath(history, 1, 1).values.at(-1)).toBe(value(5, 1, 1));
});

test("a long run keeps every 2^k-th step and the latest thousand, as measured, in bounded memory", () => {
  let history = noProbes;
  for (let step = 1; step <= 30_000; step += 50) history = addProbes(history, two, samples(step, 50));
  expect(history.whole.stride).toBe(16);
  expect(history.whole.values.length + history.latest.values.length).toBeLessThan(20_000);

  const path = wholePath(history, 1, 0);
  path.steps.forEach((step, k) => {
    expect(path.values[k]).toBe(value(step, 1, 0));
    if (k > 0) expect(step).toBeGreaterThan(path.steps[k - 1] ?? Infinity);
  });
  expect(path.steps[0]).toBe(16);
  expect(path.steps.at(-1)).toBe(30_000);

  const latest = latestPath(history, 0, 1);
  expect(latest.steps.length).toBeGreaterThanOrEqual(1000);
  latest.steps.forEach((step, k) => {
    expect(step).toBe((latest.steps[0] ?? 0) + k);
    expect(latest.values[k]).toBe(value(step, 0, 1));
  });
});

test("other weights start a new history", () => {
  let history = addProbes(noProbes, two, samples(1, 3));
  history = addProbes(history, [{ tensor: 0, index: 6 }], null);
  expect(history.probed).toEqual([{ tensor: 0, index: 6 }]);
  expect(latestPath(history, 0, 0).steps).toHaveLength(0);
});

test("weights that stay followed keep their values when others change", () => {
  let history = addProbes(noProbes, two, samples(1, 3));
  const probed = [{ tensor: 0, index: 6 }, two[1] ?? { tensor: 0, index: 0 }];
  history = addProbes(history, probed, samples(4, 2));
  expect([...latestPath(history, 1, 1).values]).toEqual([1, 2, 3, 4, 5].map((step) => value(step, 1, 1)));
  expect([...latestPath(history, 0, 0).values]).toEqual([NaN, NaN, NaN, value(4, 0, 0), value(5, 0, 0)]);
});

test("an average added during a run has no earlier values", () => {
  let history = addProbes(noProbes, two, samples(1, 3));
  history = addProbes(history, two, samples(4, 2, 2, 3));
  expect([...wholePath(history, 1, 1).values]).toEqual([1, 2, 3, 4, 5].map((step) => value(step, 1, 1)));
  expect([...wholePath(history, 1, 2).values]).toEqual([NaN, NaN, NaN, value(4, 1, 2), value(5, 1, 2)]);
});

test("an older history does not change", () => {
  const before = addProbes(noProbes, two, samples(1, 3));
  const path = structuredClone(wholePath(before, 0, 0));
  addProbes(before, two, samples(4, 5000));
  expect(wholePath(before, 0, 0)).toEqual(path);
});
