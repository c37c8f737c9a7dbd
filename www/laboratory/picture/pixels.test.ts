import { expect, test } from "vitest";

import { middleSquare, planar } from "./pixels";

test("the square is the largest in the middle", () => {
  expect(middleSquare(640, 480)).toEqual({ x: 80, y: 0, side: 480 });
  expect(middleSquare(3, 6)).toEqual({ x: 0, y: 1, side: 3 });
});

test("colours follow each other, and what is transparent is white", () => {
  const rgba = Uint8ClampedArray.from([10, 20, 30, 255, 0, 100, 200, 0, 0, 0, 0, 51]);
  expect([...planar(rgba)]).toEqual([10, 255, 204, 20, 255, 204, 30, 255, 204]);
});
