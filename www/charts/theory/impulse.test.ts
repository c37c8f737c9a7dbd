import { expect, test } from "vitest";

import { type ProbeHistory, addProbes, noProbes } from "../../history/probes";
import { rateAt } from "../../averages/rate";
import { type AverageSpec, constantBeta, parseSpec } from "../../averages/spec";
import { measureImpulse } from "./impulse";

const specs = ["0.9", "0.98"].flatMap((text) => parseSpec(text) ?? []);

/** Two weights at rest in all averages, moved at once after step `good`, that go back by 1 % a step. */
function moved(good: number, steps: number, averages: readonly AverageSpec[]): ProbeHistory {
  const probed = [
    { tensor: 0, index: 0 },
    { tensor: 0, index: 1 },
  ];
  const methods = averages.length + 1;
  const rest = [0.5, -0.25];
  const sizes = [3, -4];
  const now = rest.map((weight) => new Array<number>(methods).fill(weight));
  const values = new Float32Array(steps * 2 * methods);
  for (let step = 1; step <= steps; step++) {
    now.forEach((weights, p) => {
      const raw = (rest[p] ?? 0) + (step > good ? (sizes[p] ?? 0) * 0.99 ** (step - good - 1) : 0);
      weights[0] = raw;
      averages.forEach((spec, k) => {
        weights[k + 1] = (weights[k + 1] ?? 0) + rateAt(spec, step) * (raw - (weights[k + 1] ?? 0));
      });
      values.set(weights, ((step - 1) * 2 + p) * methods);
    });
  }
  return addProbes(noProbes, probed, { first_step: 1, steps, probes: 2, methods, values });
}

test("an average that stood where the weights did moves as predicted", () => {
  const impulse = measureImpulse(moved(50, 120, specs), specs, 50, 60);
  expect(impulse?.measured).toHaveLength(3);
  impulse?.measured[0]?.forEach((value, k) => {
    expect(value).toBeCloseTo(0.99 ** k, 6);
  });
  specs.forEach((spec, average) => {
    const [measured, predicted] = [impulse?.measured[average + 1], impulse?.predicted[average]];
    expect(predicted).toHaveLength(60);
    expect(predicted?.[0]).toBeCloseTo(1 - (constantBeta(spec) ?? NaN), 12);
    predicted?.forEach((value, k) => {
      expect(measured?.[k]).toBeCloseTo(value, 5);
    });
  });
  // Nothing moved before.
  expect(impulse?.usual).toEqual(new Float64Array(24));
});

test("without the steps around the batch there is no result", () => {
  const history = moved(50, 120, specs);
  expect(measureImpulse(history, specs, 120, 60)).toBeUndefined();
  expect(measureImpulse(history, specs, 0, 60)).toBeUndefined();
  expect(measureImpulse(noProbes, specs, 50, 60)).toBeUndefined();
  expect(measureImpulse(history, specs, 118, 60)?.measured[0]).toHaveLength(2);
});
