import { expect, test } from "vitest";

import { compare } from "./claimed";

const measured = (method: string) => ({ method, accuracy: 60, best_accuracy: 61, best_epoch: 3, loss: 1 });

test("what was claimed stands beside the measurement of the same method", () => {
  const rows = compare(["raw", "ema-0.98", "ema-0.99"], [measured("raw"), measured("ema-0.98")]);
  expect(rows.map(({ method, claim, measured }) => [method, claim?.accuracy, measured?.accuracy])).toEqual([
    ["raw", 92.3, 60],
    ["ema-0.98", undefined, 60],
    ["ema-0.99", 93.2, undefined],
    ["ema-0.999", 93.7, undefined],
  ]);
});
