import { expect, test } from "vitest";

import { plan } from "./plan";

const run = { beta: 0.98, oldBatch: 64, batch: 64, images: 5000, stepsPerEpoch: null, epochs: 14 };

test("the project's own run", () => {
  const { kappa, beta, stepsPerEpoch, steps, halfLife, horizon, verdict, beginnings } = plan(run);
  expect({ kappa, beta, stepsPerEpoch, steps, verdict }).toEqual({
    kappa: 1,
    beta: 0.98,
    stepsPerEpoch: 78,
    steps: 1092,
    verdict: "fits",
  });
  expect(halfLife).toBeCloseTo(34.31, 2);
  expect(horizon).toBeCloseTo(50, 9);
  expect(beginnings.map(({ warmup }) => warmup)).toEqual(["none", "ramp", "bias-corrected"]);
  expect(beginnings[0]?.initial).toBeCloseTo(0.98 ** 1092, 15);
});

test("a batch four times as large: β to the power of four, and the same half-life in epochs", () => {
  const before = plan(run);
  const after = plan({ ...run, batch: 256 });
  expect(after.beta).toBeCloseTo(0.98 ** 4, 12);
  expect(after.stepsPerEpoch).toBe(19);
  const epochs = ({ halfLife, stepsPerEpoch }: typeof before): number => halfLife / stepsPerEpoch;
  // 5,000 images are 78.1 batches of 64 and 19.5 of 256; only whole ones are made.
  expect(epochs(after) / epochs(before)).toBeCloseTo(78 / 76, 9);
});

test("steps an epoch that are given stand, and a run has a step at least", () => {
  expect(plan({ ...run, stepsPerEpoch: 100, epochs: 2.5 }).steps).toBe(250);
  expect(plan({ ...run, images: 10 }).stepsPerEpoch).toBe(1);
  expect(plan({ ...run, beta: 0 }).forgets).toBe(1);
});

test("a warm-up takes w₀ out of a β that is too long, but not the early steps", () => {
  const { verdict, beginnings, forgets } = plan({ ...run, beta: 0.999 });
  const [none, ramp, corrected] = beginnings;
  expect(verdict).toBe("long");
  expect(none?.initial).toBeCloseTo(0.3354, 4);
  expect(corrected?.initial).toBe(0);
  expect(ramp?.initial).toBeLessThan(1e-9);
  expect(corrected?.firstTenth).toBeGreaterThan(0.05);
  expect(0.999 ** forgets).toBeLessThanOrEqual(0.001);
  expect(0.999 ** (forgets - 1)).toBeGreaterThan(0.001);
});
