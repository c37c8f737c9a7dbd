import { expect, test } from "vitest";

import type { Mark } from "../history/mark";
import { addMarks } from "../history/runhistory";
import { changes } from "./marks";

test("changes name what differs, average by average", () => {
  const before = { lr: 0.002, eval_every: null, batch: 64, ema: ["0.9", "0.98"] };
  const after = { lr: 0.01, eval_every: 10, batch: 64, ema: ["0.9", "0.99", "0.5,from=7"] };
  expect(changes(before, after)).toEqual([
    { key: "lr", from: "0.002", to: "0.01" },
    { key: "eval_every", from: "null", to: "10" },
    { key: "ema", from: "0.98", to: "0.99" },
    { key: "ema", from: null, to: "0.5,from=7" },
  ]);
  expect(changes(before, before)).toEqual([]);
});

test("several changes of a setting after the same step are one mark", () => {
  const turn = (step: number, from: string, to: string): Mark => ({
    step,
    kind: "change",
    changes: [{ key: "lr", from, to }],
  });
  const marks = addMarks([turn(3, "1", "2")], [turn(5, "2", "3"), turn(5, "3", "4")]);
  expect(marks).toEqual([turn(3, "1", "2"), turn(5, "2", "4")]);
});
