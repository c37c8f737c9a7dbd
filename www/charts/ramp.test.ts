import { expect, test } from "vitest";

import { memoryColour } from "./ramp";

test("a stop has its own colour, a memory between two a mixture, and one beyond them the nearest", () => {
  expect(memoryColour(50)).toBe("light-dark(#00689b, #6bb3df)");
  expect(memoryColour(50, "text")).toBe("light-dark(#005c8b, #6bb3df)");
  expect(memoryColour(Math.sqrt(50 * 100))).toBe(
    "light-dark(color-mix(in oklab, #005f9c 50.0%, #00689b), color-mix(in oklab, #7bb6e8 50.0%, #6bb3df))",
  );
  expect(memoryColour(1)).toBe("light-dark(#1b938d, #169d97)");
  expect(memoryColour(1e6)).toBe(memoryColour(10_000));
});
