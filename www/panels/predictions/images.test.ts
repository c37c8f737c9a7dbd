import { expect, test } from "vitest";

import { ImageCache } from "./images";

test("each image is requested once, and kept", () => {
  const cache = new ImageCache();
  expect(cache.missing([0, 1, 2])).toEqual([0, 1, 2]);
  expect(cache.missing([1, 2, 3])).toEqual([3]);
  expect(cache.get(1)).toBeUndefined();
  const pixels = new Uint8ClampedArray(2 * 4096);
  pixels[4096] = 7;
  cache.take({ indices: [0, 1], pixels, labels: Uint8Array.of(5, 6) });
  expect(cache.get(0)?.label).toBe(5);
  expect(cache.get(1)?.pixels[0]).toBe(7);
  expect(cache.get(1)?.pixels.length).toBe(4096);
});

test("images missing from a recorded run are known to be absent; other data is requested again", () => {
  const cache = new ImageCache();
  cache.missing([0, 500]);
  cache.missing([7]);
  cache.take({ indices: [0], pixels: new Uint8ClampedArray(4096), labels: Uint8Array.of(1) });
  expect(cache.get(500)).toBeNull();
  expect(cache.get(7)).toBeUndefined();
  cache.clear();
  expect(cache.get(0)).toBeUndefined();
  expect(cache.missing([0])).toEqual([0]);
});
