import { expect, test } from "vitest";

import { type Blow, type Comparison, verdictOn } from "./verdict";

const comparison: Comparison = {
  step: 780,
  memory: 50,
  average: 65.1,
  raw: 55.5,
  pictures: 1000,
  error: 4,
};
const kindOf = (changes: Partial<Comparison>): string => verdictOn(50, { ...comparison, ...changes }).kind;

test("before the first test there is nothing to say", () => {
  expect(verdictOn(50, undefined)).toEqual({ kind: "waiting" });
});

test("the difference is that of the printed numbers", () => {
  expect(verdictOn(50, comparison)).toEqual({
    kind: "ahead",
    memory: 50,
    average: "65",
    raw: "56",
    difference: "9",
    error: "4",
    pictures: 1000,
  });
  expect(verdictOn(50, { ...comparison, pictures: 10_000 })).toMatchObject({
    average: "65.1",
    raw: "55.5",
    difference: "9.6",
    error: "4.0",
  });
});

test("it is too close to call exactly where the difference is at most two standard errors", () => {
  expect(kindOf({ average: 60, raw: 56 })).toBe("close");
  expect(kindOf({ average: 60.01, raw: 56 })).toBe("ahead");
  expect(kindOf({ average: 52, raw: 56 })).toBe("close");
  expect(kindOf({ average: 51.99, raw: 56 })).toBe("behind");
  expect(kindOf({ error: NaN })).toBe("close");
});

test("an average that is behind before the run is twice its memory is early", () => {
  expect(kindOf({ average: 20, step: 99 })).toBe("early");
  expect(kindOf({ average: 20, step: 100 })).toBe("behind");
  expect(kindOf({ step: 10 })).toBe("ahead");
});

test("one step of memory is no average", () => {
  expect(verdictOn(1, comparison)).toEqual({ kind: "raw" });
});

test("a bad batch is described by what it cost both, if it cost anything", () => {
  const blow: Blow = { raw: [50, 31], average: [60, 55] };
  expect(verdictOn(50, comparison, blow)).toEqual({ kind: "blow", raw: "19", average: "5", more: false });
  expect(verdictOn(50, comparison, { ...blow, average: [60, 30] })).toMatchObject({
    average: "30",
    more: true,
  });
  expect(verdictOn(50, comparison, { ...blow, raw: [50, 51] }).kind).toBe("ahead");
  expect(verdictOn(50, comparison, { ...blow, average: [60, 61] })).toMatchObject({ average: "0" });
});
