import { expect, test } from "vitest";

import { differs, discordant, errorText, independent, ofShare, paired } from "./error";

test("the error of a share is the binomial one", () => {
  expect(ofShare(50, 1000)).toBeCloseTo(3.162, 3);
  expect(ofShare(0, 1000)).toBe(0);
});

test("the paired error is the standard deviation of the differences, image by image", () => {
  const [b, c, n] = [140, 50, 1000];
  const differences = Array.from({ length: n }, (_, k) => (k < b ? 1 : k < b + c ? -1 : 0));
  const mean = differences.reduce<number>((sum, x) => sum + x, 0) / n;
  const variance = differences.reduce<number>((sum, x) => sum + (x - mean) ** 2, 0) / n;
  expect(paired({ average: b, raw: c, n })).toBeCloseTo(200 * Math.sqrt(variance / n), 12);
  // The same shares on pictures of their own are less sure.
  expect(independent(65, 56, n)).toBeGreaterThan(paired({ average: b, raw: c, n }));
  expect(paired({ average: 0, raw: 0, n })).toBe(0);
});

test("pictures count that one of the two gets right and the other does not", () => {
  const predictions = {
    step: 1,
    images: 4,
    methods: 2,
    classes: Uint8Array.from([0, 1, 2, 3, 0, 2, 1, 1]),
    confidences: new Float32Array(8),
  };
  const labels = Uint8Array.from([0, 2, 2, 9]);
  expect(discordant(predictions, labels, 1)).toEqual({ average: 1, raw: 1, n: 4 });
  expect(discordant(predictions, labels.subarray(1), 1)).toBeUndefined();
  expect(discordant(predictions, undefined, 1)).toBeUndefined();
  expect(discordant(predictions, labels, 2)).toBeUndefined();
});

test("a difference is one beyond its error, beyond five pictures, and in print", () => {
  expect(differs(60.01, 56, 4, 1000)).toBe(true);
  expect(differs(60, 56, 4, 1000)).toBe(false);
  expect(differs(60, 56, NaN, 1000)).toBe(false);
  // Both are printed as 50.
  expect(differs(50.4, 49.6, 0.1, 1000)).toBe(false);
  // Five pictures of fifty.
  expect(differs(60, 50, 0, 50)).toBe(false);
  expect(differs(62, 50, 0, 50)).toBe(true);
});

test("an error is never printed as nothing", () => {
  expect([0.04, 0.4, 4.4].map((error) => errorText(error, 1000))).toEqual(["0.04", "0.4", "4"]);
  expect(errorText(4.4, 10_000)).toBe("4.4");
});
