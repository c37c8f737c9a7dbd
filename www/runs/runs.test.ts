import { expect, test, vi } from "vitest";

import { languages } from "../i18n";
import { figuresOf } from "../kept/figures";
import type { KeptRun } from "../kept/run";
import { keptRunOf } from "../testing/kept";
import { BEST, comparable, chosen, onDifferentPictures, sentences, whatName } from "./compared";
import { whatDiffers } from "./names";
import { type Order, ordered } from "./order";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });

const row = (run: KeptRun) => ({ run, figures: figuresOf(run) });

test("rows are sorted by a figure, and those without it come last", () => {
  const rows = [
    row(keptRunOf([[50, 70]], { number: 1, averages: ["0.9"] })),
    row(keptRunOf([[60, 65]], { number: 2, averages: ["0.9"] })),
    row(keptRunOf([[55]], { number: 3, averages: [], name: "alone" })),
  ];
  const numbers = (order: Order): number[] => ordered(rows, order).map(({ run }) => run.number);
  expect(numbers({ by: "raw", descending: true })).toEqual([2, 3, 1]);
  expect(numbers({ by: "lead", descending: true })).toEqual([1, 2, 3]);
  expect(numbers({ by: "lead", descending: false })).toEqual([2, 1, 3]);
  expect(numbers({ by: "name", descending: false })).toEqual([3, 1, 2]);
  const diverged = row(keptRunOf([], { number: 4, diverged: true, summary: [] }));
  for (const descending of [false, true])
    expect(ordered([diverged, ...rows], { by: "raw", descending }).at(-1)?.run.number).toBe(4);
});

test("what differs from the defaults is named, and what was done to the run", () => {
  const run = keptRunOf([[1]], {
    marks: [{ step: 3, kind: "outlier", factor: 10 }],
    averages: ["0.9"],
  });
  const defaults = { ...run.experiment, lr: 0.1, steps: 5 };
  expect(whatDiffers(run, defaults)).toEqual([
    `${languages.en["setting.lr" as keyof typeof languages.en]} 0.002`,
    "seed 0",
    "1 bad batch",
  ]);
});

test("a comparison is of each run's best average or of a method that all have, and says so in a sentence", () => {
  const first = keptRunOf([
    [40, 50, 45],
    [44, 52, 46],
  ]);
  const second = keptRunOf(
    [
      [41, 53, 45],
      [45, 54, 47],
    ],
    { id: "b", number: 2, averages: ["0.9", "0.99"] },
  );
  expect(comparable([first, second])).toEqual([BEST, "raw", "0.9"]);
  expect(whatName("0.9", [first, second])).toBe("EMA 0.9");
  expect(chosen([first, second], "0.9").map(({ method }) => method)).toEqual([1, 1]);
  const best = chosen([first, second], BEST);
  expect(sentences(best)).toEqual([
    "Run 2 is ahead of Run 1 by 2.0 points at the one test that both had in their later half.",
  ]);
  expect(onDifferentPictures(best)).toBe(false);
});
