import { expect, test } from "vitest";

import type { Description } from "../engine";
import { methodsOf } from "../testing/averages";
import { scoreOf } from "./score";

test("the bar shows the newest accuracy of the average whose memory is nearest to 50 steps", () => {
  const methods = methodsOf("0.9", "0.98,warmup=bias-corrected", "uniform");
  const description = { methods } as Description;
  const point = {
    step: 8,
    epoch: 1,
    methods: methods.map(({ name }, k) => ({ name, accuracy: 10 * (k + 1), loss: 1 })),
  };
  expect(scoreOf({ description, points: [point] })).toEqual({ raw: 10, average: 30 });
  expect(scoreOf({ description, points: [] })).toBeUndefined();
  const alone = { methods: methodsOf("uniform") } as Description;
  expect(scoreOf({ description: alone, points: [point] })).toBeUndefined();
});
