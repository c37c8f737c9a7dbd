import { expect, test } from "vitest";

import { unbroken } from "./words";

test("a number, its error and its sign stay on one line, and the words around them may part", () => {
  expect(unbroken("ahead by 8 ± 4 points")).toBe("ahead by 8\u00a0±\u00a04 points");
  expect(unbroken("within ±8.0 ‰ after 64")).toBe("within ±8.0\u00a0‰ after 64");
});
