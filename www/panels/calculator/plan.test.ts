import { expect, test } from "vitest";

import { decayOf, kept, kinds } from "../../averages/decay";
import { independent } from "../../averages/noise";
import { plan } from "./plan";

const constant = (beta: number) => decayOf("constant", beta);
const run = { decay: constant(0.98), oldBatch: 64, batch: 64, images: 5000, stepsPerEpoch: null, epochs: 14 };

test("the project's own run", () => {
  const { kappa, decay, stepsPerEpoch, steps, halfLife, horizon, verdict, beginnings } = plan(run);
  expect({ kappa, decay, stepsPerEpoch, steps, verdict }).toEqual({
    kappa: 1,
    decay: constant(0.98),
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
  expect(after.decay).toEqual(constant(0.98 ** 4));
  expect(after.stepsPerEpoch).toBe(19);
  const epochs = ({ halfLife, stepsPerEpoch }: typeof before): number => halfLife / stepsPerEpoch;
  // 5,000 images are 78.1 batches of 64 and 19.5 of 256; only whole ones are made.
  expect(epochs(after) / epochs(before)).toBeCloseTo(78 / 76, 9);
});

test("steps an epoch that are given stand, and a run has a step at least", () => {
  expect(plan({ ...run, stepsPerEpoch: 100, epochs: 2.5 }).steps).toBe(250);
  expect(plan({ ...run, images: 10 }).stepsPerEpoch).toBe(1);
  expect(plan({ ...run, decay: constant(0) }).forgets).toBe(1);
});

test("a warm-up takes w₀ out of a β that is too long, but not the early steps", () => {
  const { verdict, beginnings, forgets } = plan({ ...run, decay: constant(0.999) });
  const [none, ramp, corrected] = beginnings;
  expect(verdict).toBe("long");
  expect(none?.initial).toBeCloseTo(0.3354, 4);
  expect(corrected?.initial).toBe(0);
  expect(ramp?.initial).toBeLessThan(1e-9);
  expect(corrected?.firstTenth).toBeGreaterThan(0.05);
  expect(0.999 ** (forgets ?? NaN)).toBeLessThanOrEqual(0.001);
  expect(0.999 ** ((forgets ?? NaN) - 1)).toBeGreaterThan(0.001);
});

test("an average whose memory is a share of the run is the same at any batch and length", () => {
  for (const kind of kinds.slice(1)) {
    const decay = decayOf(kind);
    const planned = plan({ ...run, decay });
    const longer = plan({ ...run, decay, batch: 256, epochs: 5600 });
    expect(longer.decay).toEqual(decay);
    expect(longer.steps).toBe(106_400);
    expect(longer.halfLife / longer.steps).toBeCloseTo(planned.halfLife / planned.steps, 2);
    expect(longer.verdict).toBe(planned.verdict);
    expect(longer.noise ** 2 * longer.steps).toBeCloseTo(planned.noise ** 2 * planned.steps, 0);
    expect(planned.beginnings).toEqual([
      {
        warmup: "none",
        initial: kept(decay, 0, 1092),
        firstTenth: kept(decay, 109, 1092),
        reaches: undefined,
      },
    ]);
    expect(planned.forgets).toBeUndefined();
  }
});

test("the noise that is left is the sum of the squared shares", () => {
  expect(independent(constant(0.98), 5)).toBeCloseTo(0.02 / 1.98, 12);
  // Shares proportional to τ^γ: (γ + 1)² / ((2 γ + 1) n).
  expect(independent(decayOf("power", 0.1), 1e5) * 1e5).toBeCloseTo(7.9372 ** 2 / 14.8744, 2);
});
