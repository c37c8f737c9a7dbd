import { afterEach, expect, test, vi } from "vitest";

import { defaultSource, fetchSubset, forgetSubset, hasSubset, isSubset } from "./subset";

afterEach(() => {
  vi.unstubAllGlobals();
  forgetSubset();
});

test("the page comes with the images, and opens on them", () => {
  expect([hasSubset, defaultSource]).toEqual([true, "subset"]);
});

test("the images are fetched once, with progress, under the names of the batches", async () => {
  const fetched = vi.fn(() => Promise.resolve(new Response(new Uint8Array(10))));
  vi.stubGlobal("fetch", fetched);
  const heard: [number, number][] = [];
  const files = await fetchSubset((done, total) => heard.push([done, total]));
  expect(files.map(({ name }) => name)).toEqual([
    ...[1, 2, 3, 4, 5].map((k) => `cifar10-subset/data_batch_${k}.webp`),
    "cifar10-subset/test_batch.webp",
  ]);
  expect(isSubset(files)).toBe(true);
  expect(isSubset([new File([], "data_batch_1.webp")])).toBe(false);
  expect(heard[0]?.[0]).toBe(0);
  expect(heard.at(-1)?.[0]).toBe(60);
  expect(await fetchSubset()).toBe(files);
  expect(fetched).toHaveBeenCalledTimes(6);
});

test("images that cannot be downloaded are an error, and can be requested again", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("not found", { status: 404 })));
  await expect(fetchSubset()).rejects.toThrow("404");
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(new Uint8Array(10))));
  expect(await fetchSubset()).toHaveLength(6);
});
