import { expect, test } from "vitest";

import { independent } from "../charts/error";
import { keptRunOf } from "../testing/kept";
import { figuresOf } from "./figures";

test("the best average is ahead of the others in the second half, and has its memory", () => {
  const run = keptRunOf([
    [50, 60, 62],
    [40, 61, 63],
    [56, 66, 60],
  ]);
  const { raw, best } = figuresOf(run);
  expect([raw.final, raw.fluctuation]).toEqual([56, 2]);
  expect(raw.mean).toBeCloseTo(48.67, 2);
  expect(best).toMatchObject({ method: 1, final: 66 });
  expect(best?.memory).toBeCloseTo(10, 9);
});

test("an average that began late is compared at the tests that it shares", () => {
  // The second one has only the last two tests, which are the best of all networks.
  const run = keptRunOf([
    [10, 20, NaN],
    [20, 30, NaN],
    [30, 40, NaN],
    [40, 50, NaN],
    [50, 60, 59],
    [60, 70, 69],
  ]);
  expect(figuresOf(run).best).toMatchObject({ method: 1, final: 70 });
});

test("a run that diverged before its first test has no figures", () => {
  const { raw, best, lead } = figuresOf(keptRunOf([], { diverged: true, summary: [] }));
  expect([raw.final, best, lead]).toEqual([NaN, undefined, undefined]);
});

test("a lead within its error is too close to call", () => {
  const lead = figuresOf(keptRunOf([[60, 63, 61]])).lead;
  expect(lead).toMatchObject({ by: 3, close: true });
  expect(lead?.error).toBeCloseTo(independent(63, 60, 1000), 9);
  // On the same pictures, the difference is surer.
  const paired = keptRunOf([[60, 63, 61]], { errors: [null, 2.5, 2] });
  expect(figuresOf(paired).lead).toEqual({ by: 3, error: 2.5, close: false });
});

test("a run without averages, and one without regular tests, leave figures out", () => {
  const alone = figuresOf(keptRunOf([[60]], { averages: [] }));
  expect([alone.best, alone.lead]).toEqual([undefined, undefined]);
  const early = figuresOf(keptRunOf([[60, 62, 61]], { summary: [] }));
  expect(early.raw).toEqual({ method: 0, final: 60, mean: undefined, fluctuation: undefined });
  expect(early.best?.method).toBe(1);
});

test("an average whose memory grows has that of the end of the run", () => {
  const run = keptRunOf([[1, 2]], { averages: ["half-life=5%"], step: 1000 });
  expect(figuresOf(run).best?.memory).toBeCloseTo(72.6, 0);
});
