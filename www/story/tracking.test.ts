import { expect, test } from "vitest";

import { trackedAs } from "./tracking";

const ema = ["0.9,warmup=bias-corrected", "0.98,warmup=bias-corrected"];

test("an average of the slider's memory joins the others, once, and while there is room", () => {
  expect(trackedAs(30.2, ema, 8)).toEqual([...ema, "0.966667,warmup=bias-corrected"]);
  expect(trackedAs(400, [], 8)).toEqual(["0.9975,warmup=bias-corrected"]);
  expect(trackedAs(50.3, ema, 8)).toBeUndefined();
  expect(trackedAs(30, ema, 2)).toBeUndefined();
  expect(trackedAs(1, ema, 8)).toBeUndefined();
  expect(trackedAs(30, undefined, 8)).toBeUndefined();
});
