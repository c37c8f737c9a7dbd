import { runInNewContext } from "node:vm";

import { expect, test } from "vitest";

import {
  type Decay,
  type Warmup,
  decayOf,
  decayRate,
  grows,
  kinds,
  printDecay,
  pythonRate,
  warmups,
} from "../averages/decay";
import { warmupOf } from "../averages/spec";
import { formatBeta } from "./formulas";
import { libraries, snippet } from "./snippets";

const STEPS = 1000;
const constant = (beta: number, warmup: Warmup = "none"): Decay => ({ kind: "constant", beta, warmup });

test("each library gets the average, with a note where it has another one", () => {
  const decays = [...warmups.map((warmup) => constant(0.98, warmup)), decayOf("power")];
  const instead = libraries.map((library) => decays.map((decay) => snippet(library, decay, STEPS).instead));
  expect(instead).toEqual([
    [undefined, undefined, undefined, undefined],
    [undefined, "instead.timm", "instead.timm", "instead.last-beta"],
    [undefined, "instead.none", "instead.none", "instead.last-beta"],
    [undefined, undefined, undefined, undefined],
  ]);
  for (const library of libraries)
    for (const warmup of warmups)
      expect(snippet(library, constant(0.9224, warmup), STEPS).code).toContain("0.9224");
});

test("the line for PyTorch's own averaging", () => {
  expect(snippet("pytorch", constant(0.98), STEPS).code).toContain(
    "model, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True",
  );
});

test("timm's warm-up is given the step, without which it does nothing", () => {
  const { code } = snippet("timm", constant(0.98, "ramp"), STEPS);
  expect(code).toContain("use_warmup=True");
  expect(code).toContain("ema.update(model, step=step)");
});

test("the code has the rate of every kind and warm-up, or the last β of the run", () => {
  const decays = [...kinds.map((kind) => decayOf(kind)), ...warmups.map((warmup) => constant(0.98, warmup))];
  for (const decay of decays) {
    for (const n of [1, 2, 30, 1000]) {
      const rate: unknown = runInNewContext(pythonRate(decay), { n, min: Math.min });
      expect(rate, printDecay(decay)).toBeCloseTo(decayRate(decay, n), 6);
    }
    if (warmupOf(decay) !== "bias-corrected")
      expect(snippet("optax", decay, STEPS).code).toContain(`step_size=${pythonRate(decay)})`);
    if (!grows(decay)) continue;
    const { code } = snippet("pytorch", decay, STEPS);
    if (decay.kind === "uniform")
      expect(code).toMatch(/AveragedModel\(model\)[^]*from step 750 on[^]*update_bn/u);
    else expect(code).toContain(`return v + (${pythonRate(decay)}) * (w - v)`);
    const beta = 1 - decayRate(decay, STEPS);
    expect(snippet("keras", decay, STEPS).code).toContain(`ema_momentum=${formatBeta(beta)}`);
  }
});
