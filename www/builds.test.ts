import { afterEach, expect, test, vi } from "vitest";

import { buildsFor } from "./builds";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A browser that lacks the instructions that are tried first. */
function without(count: number): void {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(true);
  for (let k = 0; k < count; k++) validate.mockReturnValueOnce(false);
}

test.for([
  [0, false, ["relaxed"]],
  [1, false, ["simd"]],
  [2, false, ["plain"]],
  [0, true, ["relaxed_threads", "relaxed"]],
  [1, true, ["simd"]],
  [2, true, ["plain"]],
] as const)(
  "without %i kinds of vector instructions, isolated %s: %o",
  async ([missing, isolated, builds]) => {
    without(missing);
    expect(await buildsFor(isolated)).toEqual(builds);
  },
);
