import { expect, test } from "vitest";

import { transferables } from "./transfer";

test("whole buffers are transferred once, parts of a larger one are copied", () => {
  const bytes = new Uint8Array(8);
  expect(transferables({ type: "exported", method: 0, name: "raw", bytes })).toEqual([bytes.buffer]);
  expect(transferables({ type: "exported", method: 0, name: "raw", bytes: bytes.subarray(2) })).toEqual([]);
  expect(transferables({ type: "state-saved", step: 1 })).toEqual([]);
});
