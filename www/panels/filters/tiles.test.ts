import { expect, test } from "vitest";

import { subtract, grid, filterAt, largest, rms, tile } from "./tiles";

/** Two kernels of three inputs, 1×2: the values of kernel o, input c, pixel x are 100 o + 10 c + x. */
const shape = [2, 3, 1, 2] as const;
const values = Float32Array.from([0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);

test("a kernel's inputs are the red, green and blue of its pixels", () => {
  expect([...filterAt(values, shape, 1)]).toEqual([100, 101, 110, 111, 120, 121]);
  expect([...tile(values, shape, 0, 127.5)]).toEqual([128, 138, 148, 255, 128, 138, 148, 255]);
});

test("the scale's ends are black and full brightness, and zero is mid-grey", () => {
  const one = [1, 3, 1, 1] as const;
  expect([...tile(Float32Array.of(-0.5, 0, 0.5), one, 0, 0.5)]).toEqual([0, 128, 255, 255]);
  expect([...tile(Float32Array.of(0, 0, 0), one, 0, 0)]).toEqual([128, 128, 128, 255]);
});

test("a kernel without colours is grey", () => {
  expect([...tile(Float32Array.of(1), [1, 1, 1, 1], 0, 1)]).toEqual([255, 255, 255, 255]);
});

test("measures", () => {
  expect(largest(Float32Array.of(1, -3, 2, NaN))).toBe(3);
  expect(rms(Float32Array.of(3, -4))).toBeCloseTo(Math.sqrt(12.5), 12);
  expect(rms(new Float32Array(0))).toBe(0);
  expect([...subtract(Float32Array.of(1, 2), Float32Array.of(3, 1))]).toEqual([-2, 1]);
});

test("tiles are whole device pixels and fit", () => {
  for (const [available, ratio] of [
    [326, 3],
    [240, 1],
    [511.5, 1.25],
  ] as const) {
    const { columns, rows, pixel, width } = grid([16, 3, 3, 3], available, ratio);
    expect([columns, rows]).toEqual([8, 2]);
    expect(Number.isInteger(pixel)).toBe(true);
    expect(width).toBeLessThanOrEqual(available * ratio);
    expect(width).toBeGreaterThan(available * ratio - 24 - 1);
  }
  expect(grid([4, 3, 3, 3], 100, 1).columns).toBe(4);
  expect(grid([64, 3, 3, 3], 10, 1).pixel).toBe(1);
});
