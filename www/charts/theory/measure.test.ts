import { expect, test } from "vitest";

import { type ProbeHistory, addProbes, noProbes } from "../../history/probes";
import { rateAt } from "../../averages/rate";
import { type AverageSpec, parseSpec } from "../../averages/spec";
import { type NoiseReport, measuringNoise } from "./measure";
import { reduction } from "../../averages/noise";
import { uniform } from "./random";

function measureNoise(...input: Parameters<typeof measuringNoise>): NoiseReport {
  const work = measuringNoise(...input);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Eight weights that drift and scatter as AR(1) noise, and their averages, over `steps` steps. */
function simulated(specs: readonly AverageSpec[], correlation: number, steps: number): ProbeHistory {
  const next = uniform(5);
  const methods = specs.length + 1;
  const probed = Array.from({ length: 8 }, (_, index) => ({ tensor: 0, index }));
  const noises = probed.map(() => 0);
  const now = probed.map(() => new Array<number>(methods).fill(0));
  const values = new Float32Array(steps * 8 * methods);
  for (let step = 1; step <= steps; step++) {
    now.forEach((weights, p) => {
      noises[p] = correlation * (noises[p] ?? 0) + next() - 0.5;
      const raw = noises[p] + 0.001 * p * step;
      weights[0] = raw;
      specs.forEach((spec, k) => {
        const v = weights[k + 1] ?? 0;
        weights[k + 1] = v + rateAt(spec, step) * (raw - v);
      });
      values.set(weights, ((step - 1) * 8 + p) * methods);
    });
  }
  // As the engine brings them: a few at a time.
  let history = noProbes;
  for (let from = 0; from < steps; from += 100) {
    const part = values.subarray(from * 8 * methods, (from + 100) * 8 * methods);
    const samples = {
      first_step: from + 1,
      steps: part.length / 8 / methods,
      probes: 8,
      methods,
      values: part,
    };
    history = addProbes(history, probed, samples);
  }
  return history;
}

const specs = ["0.9", "0.98", "0.9,every=4", "0.999"].flatMap((text) => parseSpec(text) ?? []);

function agrees(row: NoiseReport["averages"][number], tolerance: number): number {
  if (row === undefined || "lacks" in row) throw new Error("nothing was measured");
  expect(Math.abs(row.measured / row.expected - 1)).toBeLessThan(tolerance);
  return row.endless;
}

test("measured and expected variance of AR(1) noise agree, whatever its trend, within the window", () => {
  const report = measureNoise(simulated(specs, 0.8, 1900), specs, 1000);
  expect(report).toMatchObject({ window: 1000, weights: 8, slow: false });
  expect(Math.abs((report.correlation ?? 0) - 0.8)).toBeLessThan(0.03);
  const rho = report.correlation ?? NaN;
  expect(agrees(report.averages[0], 0.15)).toBeCloseTo(reduction(0.9, rho), 12);
  expect(agrees(report.averages[1], 0.3)).toBeCloseTo(reduction(0.98, rho), 12);
  expect(agrees(report.averages[2], 0.3)).toBeCloseTo(reduction(0.9, rho ** 4), 12);
  expect(report.averages[3]).toEqual({ lacks: "window", steps: 5000 });
});

test("a window longer than the steps kept without a gap is measured on every few steps", () => {
  const report = measureNoise(simulated(specs, 0.8, 12_000), specs, 6000);
  expect(report.window).toBe(6000);
  agrees(report.averages[1], 0.25);
  agrees(report.averages[2], 0.25);
  agrees(report.averages[3], 0.6);
});

test("an average whose memory grows with the run is measured against what its rates make of the noise", () => {
  const growing = ["power=0.1", "half-life=5%,every=4,from=100", "power=0.25"].flatMap(
    (text) => parseSpec(text) ?? [],
  );
  const report = measureNoise(simulated(growing, 0.8, 1900), growing, 1900);
  expect(agrees(report.averages[0], 0.3)).toBe(0);
  expect(agrees(report.averages[1], 0.4)).toBe(0);
  expect(report.averages[2]).toEqual({ lacks: "growth", steps: 0 });
});

test("a short run reports what it needs", () => {
  expect(measureNoise(noProbes, specs, 1000)).toEqual({
    window: 0,
    weights: 0,
    correlation: undefined,
    slow: false,
    averages: [
      { lacks: "run", steps: 100 },
      { lacks: "run", steps: 500 },
      { lacks: "run", steps: 400 },
      { lacks: "window", steps: 5000 },
    ],
  });
  const report = measureNoise(simulated(specs, 0.8, 120), specs, 5000);
  expect(report.window).toBe(120);
  expect(report.averages.map((row) => row !== undefined && "lacks" in row)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  // An average that began late is not measured on what it was before.
  const late = specs.map((spec) => ({ ...spec, from: 100 }));
  expect(measureNoise(simulated(late, 0.8, 140), late, 1000).averages[0]).toEqual({
    lacks: "run",
    steps: 200,
  });
});

test("noise too slow for the window is reported as slow", () => {
  expect(measureNoise(simulated(specs, 0.999, 400), specs, 400).slow).toBe(true);
});
