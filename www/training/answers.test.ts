import { expect, test } from "vitest";

import { decayOf, decayRate, decayValue, kept, kinds, printDecay, warmups } from "../averages/decay";
import {
  averageOf,
  beginnings,
  catchUp,
  forgotten,
  resumed,
  scaled,
  smallestMove,
  started,
  stepsOf,
  which,
  worse,
} from "./answers";
import { horizon } from "./formulas";
import { type Numbers, readNumber, usual } from "./numbers";

const numbers = (part: Partial<Numbers>): Numbers => ({ ...usual, ...part });

test("a run of 20,000 steps at a constant rate: a memory of 1,000 to 2,000 steps", () => {
  const { low, high, decay, from, to } = which(usual);
  expect([from, to]).toEqual([1000, 2000]);
  expect([low, high, decay].map((each) => (each === undefined ? "" : printDecay(each)))).toEqual([
    "0.999",
    "0.9995",
    "0.99929",
  ]);
  const decays = which(numbers({ schedule: "decays" }));
  expect([decays.from, decays.to]).toEqual([100, 400]);
  expect(decays.memory).toBeCloseTo(200, 6);
});

test("the measured best memories of the project's own run are within the zone, and the worse ones are not", () => {
  // README, “Measured”: 1,092 steps, best at .98 and .99, worse at .9 and .995, useless at .999.
  const causes = [0.9, 0.98, 0.99, 0.995, 0.999].map(
    (constant) => worse(numbers({ at: 1092, constant, start: "bias-corrected" })).cause,
  );
  expect(causes).toEqual(["short", "other", "other", "long", "long"]);
});

test.each(kinds)("what is recommended of the kind %s has a memory within the zone", (kind) => {
  for (const steps of [1092, 1e6]) {
    const { low, high, zone } = which(numbers({ kind, steps }));
    if (low === undefined || high === undefined) {
      expect(kind).toBe("uniform");
      continue;
    }
    expect(horizon(low, steps) / steps).toBeGreaterThan(zone[0] * 0.98);
    expect(horizon(high, steps) / steps).toBeLessThan(zone[1] * 1.02);
  }
});

test("an average with a plain start still holds it, and the step at which it does not is right", () => {
  const early = worse(numbers({ at: 1500, constant: 0.999, start: "none" }));
  expect(early.cause).toBe("start");
  expect(early.initial).toBeCloseTo(0.999 ** 1500, 12);
  for (const start of warmups) {
    const decay = started(decayOf("constant", 0.98), start);
    const n = forgotten(decay, 0.01) ?? NaN;
    expect(kept(decay, 0, n)).toBeLessThanOrEqual(0.01);
    if (n > 1) expect(kept(decay, 0, n - 1)).toBeGreaterThan(0.01);
  }
  expect(forgotten(decayOf("constant", 0.98), 0.01)).toBe(228);
  expect(catchUp(numbers({ constant: 0.98 })).percent).toBe(1);
});

test("the starts are compared, and an average without a warm-up has one", () => {
  const [none, ramp, corrected] = beginnings(decayOf("constant", 0.999), 1092);
  expect(none?.initial).toBeCloseTo(0.3354, 4);
  expect(corrected?.initial).toBe(0);
  expect(ramp?.initial).toBeLessThan(1e-9);
  expect(corrected?.tenth).toBeGreaterThan(0.05);
  for (const kind of kinds.slice(1)) expect(beginnings(decayOf(kind), 1000)).toHaveLength(1);
});

test("β to the power of κ, and nothing changes where the memory is a share of the run", () => {
  expect(printDecay(scaled(numbers({ constant: 0.98 }), 4))).toBe("0.9224");
  expect(printDecay(scaled(numbers({ constant: 0.999 }), 1 / 8))).toBe("0.999875");
  expect(printDecay(scaled(numbers({ kind: "power" }), 4))).toBe("power=0.05");
});

test("an average resumed without its count takes what its start takes", () => {
  expect(resumed(numbers({ start: "ramp" })).newest).toBeCloseTo(9 / 11, 12);
  expect(resumed(numbers({ start: "bias-corrected" })).newest).toBe(1);
  const decay = averageOf(numbers({ kind: "half-life" }));
  expect(resumed(numbers({ kind: "half-life" })).newest).toBeCloseTo(decayRate(decay, 1), 12);
});

test("below the smallest move, an update is rounded away; above it, it may not be", () => {
  /** The nearest number with so many significant bits. */
  const round = (value: number, bits: number): number => {
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
    return Math.round(value / unit) * unit;
  };
  const beta = 0.99;
  for (const [precision, bits] of [
    ["bf16", 8],
    ["fp16", 11],
  ] as const) {
    const move = smallestMove(numbers({ precision, constant: beta }));
    for (let k = 0; k < 1000; k++) {
      const v = round(1 + k / 1000, bits);
      const w = v * (1 + move * 0.999);
      expect(round(v + (1 - beta) * (w - v), bits), `${precision} ${v}`).toBe(v);
    }
    const top = round(2 - 2 ** (1 - bits), bits);
    expect(round(top + (1 - beta) * top * move * 1.01, bits)).toBeGreaterThan(top);
  }
});

test("steps are counted in whole batches", () => {
  expect(stepsOf(numbers({ images: 5000, batch: 64, epochs: 14 }))).toBe(1092);
  expect(stepsOf(numbers({ images: 10, batch: 64, epochs: 2.5 }))).toBe(3);
});

test("fields take numbers as people write them, and nothing that does not suit", () => {
  expect(readNumber("steps", "20,000")).toBe(20_000);
  expect(readNumber("steps", "20 000")).toBe(20_000);
  expect(readNumber("steps", "1.5M")).toBe(1_500_000);
  expect(readNumber("constant", ".999")).toBe(0.999);
  expect(decayValue(averageOf(numbers({ constant: 0.999 })))).toBe(0.999);
  for (const text of ["", "many", "1.5", "-3", "0", "1e3"])
    expect(readNumber("steps", text), text).toBeUndefined();
  expect(readNumber("constant", "1")).toBeUndefined();
});
