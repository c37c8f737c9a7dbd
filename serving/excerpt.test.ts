import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { JITTERY } from "../www/followed";
import { parseRecording } from "../www/replay/module";
import { weightOf } from "../www/history/recorded";
import { excerptOf } from "./excerpt";

const recording = parseRecording(readFileSync("www/replay/recorded.json", "utf8"));

test("the excerpt has every step of one weight and every test, as recorded", () => {
  const excerpt = excerptOf(recording);
  const path = weightOf(excerpt);
  const { probes, description, points } = recording;
  const methods = description.methods.length;
  const place = probes.probes.findIndex(({ tensor, index }) => tensor === 0 && index === JITTERY);
  expect(path).toHaveLength(description.total_steps);
  const range = Math.max(...path) - Math.min(...path);
  path.forEach((value, step) => {
    const recorded = probes.values[(step * probes.probes.length + place) * methods] ?? NaN;
    expect(Math.abs(value - recorded)).toBeLessThan(range / 4000);
  });
  expect(excerpt.averages).toHaveLength(methods - 1);
  expect(excerpt.tests.map(({ step }) => step)).toEqual(points.map(({ step }) => step));
  expect(excerpt.tests.at(-1)?.accuracies[0]).toBeCloseTo(points.at(-1)?.methods[0]?.accuracy ?? NaN, 2);
});

test("it is small", () => {
  expect(JSON.stringify(excerptOf(recording)).length).toBeLessThan(8000);
});
