import { expect, test } from "vitest";

import { keptRunOf } from "../testing/kept";
import { runsAsCsv, runsAsJson } from "./export";

const run = keptRunOf([[56, 64, 66]], { name: 'with "quotes", and commas', number: 7 });

test("a line of the file has the settings that differ, the figures and their error", () => {
  const [head = "", line = "", end] = runsAsCsv([run], { ...run.experiment, lr: 0.1 }).split("\r\n");
  expect(end).toBe("");
  expect(head.split(",").slice(0, 3)).toEqual(["run", "name", "began"]);
  expect(line).toContain('7,"with ""quotes"", and commas",1970-01-01T00:00:00.000Z,CIFAR-10,5000,1000,tiny');
  expect(line).toContain('"{""lr"":0.002}"');
  expect(line).toContain("0.98,");
});

test("a figure that a run does not have is an empty cell", () => {
  const diverged = keptRunOf([], { diverged: true, summary: [] });
  const [head = "", line = ""] = runsAsCsv([diverged], diverged.experiment).split("\r\n");
  expect(line.split(",")[head.split(",").indexOf("raw_accuracy")]).toBe("");
});

test("the JSON has everything", () => {
  expect(JSON.parse(runsAsJson([run]))).toMatchObject({ runs: [JSON.parse(JSON.stringify(run))] });
});
