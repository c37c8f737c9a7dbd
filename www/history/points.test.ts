import { expect, test } from "vitest";

import { addPoints, noPoints } from "./points";

const point = (step: number) => ({ step, epoch: 0, methods: [] });

test("a long run keeps every 2^k-th evaluation and always the latest", () => {
  let history = noPoints;
  for (let k = 0; k < 100; k++) {
    history = addPoints(history, [point(k)], 8);
    const steps = history.points.map(({ step }) => step);
    expect(steps.length).toBeLessThanOrEqual(8);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(k);
    steps.slice(0, -1).forEach((step, place) => {
      expect(step).toBe(place * history.stride);
    });
  }
  expect(history).toMatchObject({ stride: 16, count: 100 });
});
