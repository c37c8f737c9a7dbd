import { expect, test } from "vitest";

import { waitAsync } from "./waitasync";

test("waiting ends when the value is another one, however late, and does not begin if it is", async () => {
  const array = new Int32Array(new SharedArrayBuffer(8));
  expect(waitAsync(array, 1, 7)).toEqual({ async: false, value: "not-equal" });

  for (const milliseconds of [0, 60]) {
    Atomics.store(array, 1, 0);
    const { async, value } = waitAsync(array, 1, 0);
    expect(async).toBe(true);
    setTimeout(() => Atomics.store(array, 1, 1), milliseconds);
    expect(await value).toBe("ok");
    expect(Atomics.load(array, 1)).toBe(1);
  }
});
