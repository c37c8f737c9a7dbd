import { expect, test } from "vitest";

import { methodsOf } from "../testing/averages";
import { compare } from "./claimed";

const measured = (method: string) => ({
  method,
  accuracy: 60,
  best_accuracy: 61,
  best_epoch: 3,
  mean_accuracy: 59,
  fluctuation: null,
  loss: 1,
});

test("each method's claimed figure is next to its measurement", () => {
  const rows = compare(methodsOf("0.98", "0.99"), [measured("raw"), measured("ema-0.98")]);
  expect(
    rows.map(({ method, index, claim, measured }) => [
      method.name,
      index,
      claim?.accuracy,
      measured?.accuracy,
    ]),
  ).toEqual([
    ["raw", 0, 92.3, 60],
    ["ema-0.98", 1, undefined, 60],
    ["ema-0.99", 2, 93.2, undefined],
    ["ema-0.999", undefined, 93.7, undefined],
  ]);
});

test("a method whose β was changed keeps its measurements", () => {
  const rows = compare(methodsOf("0.97"), [measured("raw"), measured("ema-0.98")]);
  expect(rows[1]?.measured?.method).toBe("ema-0.98");
});
