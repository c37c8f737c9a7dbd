import { expect, test } from "vitest";

import { warmups } from "../../averages/decay";
import { libraries, snippet } from "./snippets";

test("each library gets the β, with a note where its warm-up differs from the requested one", () => {
  const instead = libraries.map((library) => warmups.map((warmup) => snippet(library, 0.98, warmup).instead));
  expect(instead).toEqual([
    [undefined, undefined, undefined],
    [undefined, "calc.warmup.timm", "calc.warmup.timm"],
    [undefined, "calc.warmup.none", "calc.warmup.none"],
    [undefined, "calc.warmup.bias-corrected", undefined],
  ]);
  for (const library of libraries)
    for (const warmup of warmups) expect(snippet(library, 0.98 ** 4, warmup).code).toContain("0.9224");
});

test("the line for PyTorch's own averaging", () => {
  expect(snippet("pytorch", 0.98, "none").code).toContain(
    "model, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True",
  );
});

test("timm's warm-up is given the step, without which it does nothing", () => {
  expect(snippet("timm", 0.98, "ramp").code).toContain("use_warmup=True");
  expect(snippet("timm", 0.98, "ramp").code).toContain("ema.update(model, step=step)");
});
