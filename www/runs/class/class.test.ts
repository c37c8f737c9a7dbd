import { expect, test } from "vitest";

import { runsAsJson } from "../../kept/export";
import { keptRunOf } from "../../testing/kept";
import { CONFIG, resultLog as log } from "../../testing/result";
import { levels, scaleOf } from "./chart";
import { pool } from "./pool";
import { type Result, readResults } from "./result";
import { paired, student } from "../../statistics";

const whys = (text: string): unknown[] => readResults("a", text).left.map(({ why }) => why);

test("a log of the command line is a result, with the accuracies of its last test", () => {
  const { results, left } = readResults("mine.jsonl", log());
  expect(left).toEqual([]);
  expect(results).toMatchObject([{ from: "mine.jsonl", seed: 3, step: 1092, raw: 60 }]);
  expect([...(results[0]?.averages ?? [])]).toEqual([
    ["0.9", 61],
    ["0.98", 62],
  ]);
});

test("so is each run of an export of the page, and those that cannot be compared have a reason", () => {
  const runs = [
    keptRunOf([[60, 61, 62]], { number: 4, experiment: { seed: 1, ema: ["0.9", "0.98"] } }),
    keptRunOf([[60, 61, 62]], { totalSteps: 20 }),
    keptRunOf([[60, 61, 62]], { diverged: true }),
    keptRunOf([[60, 61, 62]], { marks: [{ step: 3, kind: "outlier", factor: 10 }] }),
    keptRunOf([[60, 61, 62]], { marks: [{ step: 3, kind: "change", changes: [] }] }),
  ];
  const { results, left } = readResults("runs.json", runsAsJson(runs));
  expect(results).toMatchObject([{ from: "runs.json (1)", seed: 1, raw: 60 }]);
  expect(left).toEqual([
    { from: "runs.json (2)", why: { what: "unfinished", step: 10 } },
    { from: "runs.json (3)", why: { what: "diverged", step: 10 } },
    { from: "runs.json (4)", why: { what: "disturbed" } },
    { from: "runs.json (5)", why: { what: "changed" } },
  ]);
});

test("a log and an export of the same settings belong together", () => {
  const kept = keptRunOf([[60, 61, 62]], {
    step: 1092,
    totalSteps: 1092,
    experiment: { ...CONFIG, seed: 4 },
  });
  const results = [log(), runsAsJson([kept])].flatMap((text) => readResults("a", text).results);
  expect(pool(results, undefined).seeds.map(({ seed }) => seed)).toEqual([3, 4]);
});

test("a bad file has a reason of its own, and nothing throws", () => {
  expect(whys(" \n")).toEqual([{ what: "empty" }]);
  expect(whys('{"runs": []}')).toEqual([{ what: "empty" }]);
  expect(whys('{"runs": [3, {"step": 1}]}')).toEqual([{ what: "no-result" }, { what: "no-result" }]);
  expect(whys("[1, 2]")).toEqual([{ what: "no-result" }]);
  expect(whys('{"event": "epoch"}\n')).toEqual([{ what: "no-result" }]);
  expect(whys(log().slice(0, -20))).toEqual([{ what: "json", line: 4 }]);
  expect(whys("milk, eggs")).toEqual([{ what: "no-result" }]);
  const cut = runsAsJson([keptRunOf([[60, 61, 62]])]).slice(0, -20);
  expect(whys(cut)).toEqual([{ what: "json", line: cut.trimEnd().split("\n").length }]);
  expect(whys(log({ summary: null }))).toEqual([{ what: "unfinished", step: 78 }]);
  expect(whys(log({ summary: { interrupted: true, steps: 100 } }))).toEqual([
    { what: "unfinished", step: 100 },
  ]);
  expect(whys(log({ summary: { diverged: 90 } }))).toEqual([{ what: "diverged", step: 90 }]);
  expect(whys(log({ summary: { rows: [] } }))).toEqual([{ what: "no-result" }]);
  expect(whys(log({ summary: { rows: "none" } }))).toEqual([{ what: "no-result" }]);
  expect(whys(log({ events: [{ event: "start", config: { ...CONFIG, lr: 0.1 }, step: 100 }] }))).toEqual([
    { what: "changed" },
  ]);
  expect(whys(log({ events: [{ event: "start", config: CONFIG, step: 100 }] }))).toEqual([]);
  expect(readResults("two.jsonl", log() + log({ config: { seed: 4 } })).results).toHaveLength(2);
});

const result = (seed: number, part: Partial<Result> = {}): Result => ({
  from: `file ${seed}`,
  seed,
  experiment: { lr: 0.002, seed, ema: ["0.9", "0.98"] },
  data: { name: "CIFAR-10", synthetic: false, train: 5000, test: 1000 },
  step: 100,
  raw: 60,
  averages: new Map([
    ["0.9", 61],
    ["0.98", 62 + seed],
  ]),
  ...part,
});

test("runs that differ by their seed only are pooled; the others are left out with the reason", () => {
  const odd = result(5, { experiment: { lr: 0.1, seed: 5, ema: ["0.9"] } });
  const first = result(2);
  const { seeds, left, averages, average } = pool(
    [
      odd,
      first,
      result(1),
      // Neither the order of the settings, nor what is unset, nor how often it was tested makes it another run.
      result(3, { experiment: { seed: 3, eval_every: 10, ema: ["0.98"], lr: 0.002, steps: null } }),
      result(1, { from: "again" }),
      result(6, { data: { name: "CIFAR-10", synthetic: false, train: 50_000, test: 1000 } }),
      result(7, { step: 50 }),
      result(8, { averages: new Map([["0.9", 70]]) }),
    ],
    undefined,
  );
  expect(averages).toEqual(["0.9", "0.98"]);
  expect(average).toBe("0.9");
  expect(seeds.map(({ seed }) => seed)).toEqual([1, 2, 3, 8]);
  expect(left).toEqual([
    { from: "file 5", why: { what: "settings", of: odd, others: first } },
    { from: "again", why: { what: "seed", seed: 1, other: "file 1" } },
    {
      from: "file 6",
      why: { what: "data", data: { name: "CIFAR-10", synthetic: false, train: 50_000, test: 1000 } },
    },
    { from: "file 7", why: { what: "steps", step: 50, others: 100 } },
  ]);
});

test("of the averages, the one that all runs have and that scores best is compared, or the one that is wanted", () => {
  const runs = [result(1), result(2), result(3, { averages: new Map([["0.9", 99]]) })];
  expect(pool(runs.slice(0, 2), undefined).average).toBe("0.98");
  expect(pool(runs, undefined).average).toBe("0.9");
  const { seeds, left } = pool(runs, "0.98");
  expect(seeds.map(({ average }) => average)).toEqual([63, 64]);
  expect(left).toEqual([{ from: "file 3", why: { what: "average", average: "0.98" } }]);
  expect(pool([], undefined)).toMatchObject({ seeds: [], left: [], average: undefined });
});

test("Student's quantiles are SciPy's: scipy.stats.t.ppf(0.975, df)", () => {
  const known = { 1: 12.706205, 2: 4.302653, 4: 2.776445, 9: 2.262157, 29: 2.04523, 99: 1.984217 };
  for (const [df, value] of Object.entries(known))
    expect(student(0.95, Number(df)), df).toBeCloseTo(value, 5);
});

test("the mean of paired differences has Student's interval, and single ones are counted against it", () => {
  const five = paired([1, 2, 3, 4, 5]);
  // 3 ± 2.776445 · √2.5 / √5
  expect(five.low).toBeCloseTo(1.036757, 5);
  expect(five.high).toBeCloseTo(4.963243, 5);
  expect(five).toMatchObject({ n: 5, mean: 3, against: 0, beyond: 0 });
  expect(paired([-1, 0, 4, 9])).toMatchObject({ mean: 3, against: 2, beyond: 1 });
  expect(paired([1, 0, -4, -9])).toMatchObject({ mean: -3, against: 2, beyond: 1 });
  expect(paired([2])).toMatchObject({ n: 1, mean: 2, low: -Infinity, high: Infinity });
});

test("an axis has a few round ticks, and dots that would cover each other lie above each other", () => {
  expect(scaleOf([0, 10]).ticks).toEqual([0, 2, 4, 6, 8, 10]);
  const { at, ticks, decimals } = scaleOf([61.2, 61.9]);
  expect(ticks.length).toBeGreaterThan(2);
  expect(decimals).toBe(1);
  expect(at(61.2)).toBeGreaterThan(0);
  expect(at(61.9)).toBeLessThan(100);
  expect(scaleOf([5, 5]).ticks).toContain(5);
  expect(levels([10, 50, 10.5, 11, 13])).toEqual([0, 0, 1, 2, 0]);
});
