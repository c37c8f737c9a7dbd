import { expect, test } from "vitest";

import { guess, isLower } from "./guess";
import { digitsFor, measure, seriesOf } from "./measure";
import { type LogTable, readLog } from "./read";

const table = async (text: string): Promise<LogTable> => {
  const read = await readLog(text);
  if ("what" in read) throw new Error(`${read.what} ${read.line ?? ""}`);
  return read;
};

test("CSV is read with any separator, quotes, empty cells and comments", async () => {
  expect(
    await table('step,"acc, raw",ema_acc,note\r\n1,10,,"a ""b"""\r\n# comment\r\n\r\n2,20,30,x\r\n'),
  ).toEqual({
    columns: ["step", "acc, raw", "ema_acc"],
    rows: [
      [1, 10, NaN],
      [2, 20, 30],
    ],
  });
  expect((await table("step;acc;ema\n1;10,5;11\n")).rows).toEqual([[1, 10.5, 11]]);
  expect((await table("\ufeffstep\tacc\n1\t50%")).rows).toEqual([[1, 50]]);
});

test("comments do not decide what separates the cells", async () => {
  expect(
    (await table("# seed 3, β 0.98, batch 64, 20 epochs\nstep;acc\n1;2\n# half, of, it, all\n2;3\n")).rows,
  ).toEqual([
    [1, 2],
    [2, 3],
  ]);
});

test("a line is one JSON object, whose numbers go by their paths", async () => {
  const lines = [
    {
      event: "test",
      step: 10,
      methods: [
        { name: "raw", accuracy: 50 },
        { name: "ema-0.99", accuracy: 60 },
      ],
    },
    { event: "step", step: 11, loss: 2 },
  ].map((line) => JSON.stringify(line));
  const { columns, rows } = await table(`${lines.join("\n")}\n`);
  expect(columns).toEqual(["step", "methods.raw.accuracy", "methods.ema-0.99.accuracy", "loss"]);
  expect(rows).toEqual([
    [10, 50, 60, NaN],
    [11, NaN, NaN, 2],
  ]);
  // As Python writes it.
  expect((await table('{"step": 1, "loss": NaN}\n{"step": 2, "loss": 0.5}')).rows[0]).toEqual([1, NaN]);
});

test.each([
  ["", { what: "empty" }],
  ["step,acc\n1,2\n3\n", { what: "cells", line: 3, found: 1, wanted: 2 }],
  ['step,acc,note\n1,2,"a\nb"\n\n3\n', { what: "cells", line: 5, found: 1, wanted: 3 }],
  ['step,acc\n1,"2\n3,4\n', { what: "quote", line: 2 }],
  ['step,acc\n1,2\n3,"4"5\n', { what: "quote", line: 3 }],
  ['{"step": 1, "a": 2}\n{"step": 2, \n', { what: "json", line: 2 }],
  ['{"step": 1, "a": 2}\n[1]\n', { what: "not-object", line: 2 }],
  ["a,b\nx,y\n", { what: "no-numbers" }],
  ["only words", { what: "no-numbers" }],
])("a bad file is named with its line: %j", async (text, problem) => {
  expect(await readLog(text)).toEqual(problem);
});

test.each([
  [
    ["step", "val_acc", "ema_val_acc"],
    [0, 1, 2, false],
  ],
  [
    ["epoch", "train_loss", "eval_loss", "eval_loss_ema"],
    [0, 2, 3, true],
  ],
  [
    ["_step", "val/acc_ema", "val/acc", "lr"],
    [0, 2, 1, false],
  ],
  [
    ["iter", "top1", "top1_ema"],
    [0, 1, 2, false],
  ],
  [
    [
      "step",
      "methods.raw.accuracy",
      "methods.raw.loss",
      "methods.ema-0.99.accuracy",
      "methods.ema-0.99.loss",
    ],
    [0, 1, 3, false],
  ],
  [
    ["a", "b", "c"],
    [0, 1, 2, false],
  ],
  [
    ["step", "valLoss", "valLossEma"],
    [0, 1, 2, true],
  ],
  [
    ["step", "top1", "top5", "top5_ema_0.99"],
    [0, 2, 3, false],
  ],
  [
    ["step", "closs", "schema_acc", "cinema"],
    [0, 2, 3, false],
  ],
])("the columns are guessed by their names: %j", (columns, [step, raw, average, lower]) => {
  expect(guess({ columns: columns, rows: [] })).toEqual({ step, raw, average, lower });
});

test("lag, catch-up and fluctuation of a log with known ones", () => {
  // Raw rises by one a test and jumps by ±2; the average is what raw's trend was 30 steps earlier, and from step 100 on 5 ahead.
  const rows = Array.from({ length: 30 }, (_, k) => {
    const step = 10 * k;
    const average = step < 100 ? Math.max(0, k - 3) : k + 5;
    return [step, k + (step < 100 ? 0 : k % 2 === 0 ? 2 : -2), average];
  });
  const series = seriesOf(
    { columns: ["step", "raw", "ema"], rows: [...rows].reverse() },
    { step: 0, raw: 1, average: 2, lower: false },
  );
  const measured = measure(series, false);
  expect(measured).toMatchObject({ tests: 30, caughtUp: 100 });
  expect(measured.lag).toBe(30);
  expect(measured.raw).toBeGreaterThan(3.9);
  expect(measured.average).toBeCloseTo(0, 9);
  expect(measured.ahead).toBeCloseTo(5, 0);
  // The same upside down.
  const down = { ...series, raw: series.raw.map((v) => -v), average: series.average.map((v) => -v) };
  expect(measure(down, true)).toMatchObject({ caughtUp: 100, lag: 30 });
  expect(measure(series, true).caughtUp).toBe(10);
});

test("a name tells whether less is better by whole words", () => {
  const lower = ["loss", "val_loss", "valLoss", "Test Error", "top1_err", "rmse2"];
  const higher = ["closs", "glossary", "wermut", "fidelity", "terror", "accuracy"];
  expect(lower.filter((name) => !isLower(name))).toEqual([]);
  expect(higher.filter(isLower)).toEqual([]);
});

test("a long log is measured at once", () => {
  const n = 200_000;
  const step = Array.from({ length: n }, (_, k) => k);
  // The average is always behind, so that each of its tests is looked for among raw's.
  const series = { step, raw: step, average: step.map((k) => k - 50) };
  const began = performance.now();
  expect(measure(series, false)).toMatchObject({ caughtUp: undefined, lag: 50 });
  expect(digitsFor(series)).toBe(0);
  // Comparing each with each would take minutes.
  expect(performance.now() - began).toBeLessThan(5000);
});

test("rows without all three numbers are left out, and of a step that comes twice the last one counts", () => {
  const rows = [
    [10, 1, 2],
    [20, NaN, 3],
    [10, 5, 6],
  ];
  expect(seriesOf({ columns: [], rows }, { step: 0, raw: 1, average: 2, lower: false })).toEqual({
    step: [10],
    raw: [5],
    average: [6],
  });
});
