import { expect, test } from "vitest";

import {
  aboveZero,
  accuracyRange,
  fromZero,
  logRange,
  logTicks,
  significant,
  tickTexts,
  wholeTexts,
  withAir,
} from "./scale";

test("the accuracy axis is round and stays within 0 to 100", () => {
  expect(accuracyRange(null, null)).toEqual([0, 100]);
  expect(accuracyRange(52, 63.4)).toEqual([50, 70]);
  expect(accuracyRange(0.5, 99.9)).toEqual([0, 100]);
});

test("other axes leave air, and have a length even for a single value", () => {
  expect(fromZero(1, 100)).toEqual([0, 106]);
  expect(fromZero(null, null)).toEqual([0, 1]);
  expect(withAir(0, 1)).toEqual([-0.06, 1.06]);
  expect(withAir(2, 2)).toEqual([1.8, 2.2]);
  expect(withAir(0, 0)).toEqual([-1, 1]);
  expect(aboveZero(0, 1)).toEqual([0, 1.06]);
});

test("logarithmic axes end at 1, 2 or 5 times a power of ten", () => {
  expect(logRange(0.3, 7)).toEqual([0.2, 10]);
  expect(logRange(1, 20)).toEqual([1, 20]);
  expect(logRange(null, null)).toEqual([0.1, 10]);
  expect(logTicks(0.001, 10)).toEqual([0.001, 0.01, 0.1, 1, 10]);
  expect(logTicks(0.5, 20)).toEqual([0.5, 1, 2, 5, 10, 20]);
});

test("ticks have as many decimals as they need", () => {
  expect(tickTexts([0, 500, 1000])).toEqual(["0", "500", "1,000"]);
  expect(tickTexts([0, 0.25, 0.5])).toEqual(["0.00", "0.25", "0.50"]);
  expect(tickTexts([0.0025, 0.005])).toEqual(["0.0025", "0.0050"]);
  expect(tickTexts([])).toEqual([]);
  expect(wholeTexts([0, 0.5, 1])).toEqual(["0", "", "1"]);
});

test("numbers keep their significant digits, without exponents", () => {
  expect(significant(0.0123456, 3)).toBe("0.0123");
  expect(significant(1234.5, 3)).toBe("1,235");
  expect(significant(-2.5, 3)).toBe("-2.50");
  expect(significant(0, 3)).toBe("0");
});
