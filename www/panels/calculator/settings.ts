import type { Setting } from "../../engine";
import { kinds, parameterOf, warmups } from "../../averages/decay";

/** The calculator's inputs, as rows of a settings table of its own. */
export const settings = {
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

/** The number of each kind of averages that has one, as in `kinds` of the averages. */
export const parameters = kinds.flatMap((kind) => {
  const parameter = parameterOf(kind);
  return parameter === undefined
    ? []
    : [{ kind, setting: number(`calc_${kind}`, parameter.start, parameter) }];
});

function number(
  key: string,
  value: number | null,
  { min, max, step }: { min: number; max: number; step: number },
): Setting {
  return { key, flag: key.replaceAll("_", "-"), kind: "float", default: value, help: "", min, max, step };
}

function integer(key: string, value: number | null): Setting {
  return { ...number(key, value, { min: 1, max: 1_000_000_000, step: 1 }), kind: "integer" };
}
