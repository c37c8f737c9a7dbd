import type { Setting } from "../../engine";
import { warmups } from "../../averages/decay";

/** The calculator's inputs, as rows of a settings table of its own. */
export const settings = {
  beta: number("calc_beta", 0.98, { min: 0, max: 0.999_999_9, step: 0.001 }),
  oldBatch: integer("calc_old_batch", 64),
  batch: integer("calc_batch", 64),
  images: integer("calc_images", 50_000),
  stepsPerEpoch: integer("calc_steps", null),
  epochs: number("calc_epochs", 14, { min: 0.001, max: 1_000_000, step: 1 }),
  warmup: {
    key: "calc_warmup",
    flag: "calc-warmup",
    kind: "choice",
    default: "none",
    choices: [...warmups],
    help: "",
  },
} satisfies Record<string, Setting>;

function number(
  key: string,
  value: number | null,
  range: { min: number; max: number; step: number },
): Setting {
  return { key, flag: key.replace("_", "-"), kind: "float", default: value, help: "", ...range };
}

function integer(key: string, value: number | null): Setting {
  return { ...number(key, value, { min: 1, max: 1_000_000_000, step: 1 }), kind: "integer" };
}
