import { expect, test } from "vitest";

import { isSubset, split } from "./subset";

test("the last sixth of the records are test images", async () => {
  const records = new Uint8Array(12 * 3073).map((_, k) => Math.floor(k / 3073));
  const files = split(new Blob([records]));
  expect(files.map(({ name, size }) => [name, size / 3073])).toEqual([
    ["cifar10-subset/data_batch.bin", 10],
    ["cifar10-subset/test_batch.bin", 2],
  ]);
  expect(new Uint8Array((await files[1]?.arrayBuffer()) ?? [])[0]).toBe(10);
  expect(isSubset(files)).toBe(true);
  expect(isSubset([new File([], "data_batch.bin")])).toBe(false);
});
