import { type Kind, type Warmup, kinds, parameterOf, warmups } from "../averages/decay";

/** What a reader knows of a training run of their own; every question asks for some of it. */
export interface Numbers extends Record<Kind, number> {
  /** Optimizer steps of the whole run. */
  steps: number;
  /** Images in an optimizer step. */
  batch: number;
  schedule: Schedule;
  /** The kind of average; its number, such as β, is under the kind's name. */
  kind: Kind;
  start: Warmup;
  /** The step of which the question is asked. */
  at: number;
  /** Batches that are accumulated to one optimizer step. */
  accumulated: number;
  /** Images in one of them, or on one GPU. */
  micro: number;
  gpus: number;
  /** The batch at which an average is known to suit. */
  oldBatch: number;
  every: number;
  precision: Precision;
  /** Millions. */
  parameters: number;
  averages: number;
  images: number;
  epochs: number;
}

export const schedules = ["constant", "decays"] as const;
export type Schedule = (typeof schedules)[number];
export const precisions = ["bf16", "fp16", "fp32"] as const;
export type Precision = (typeof precisions)[number];

const startOf = (kind: Kind): number => parameterOf(kind)?.start ?? NaN;

export const usual: Numbers = {
  ...(Object.fromEntries(kinds.map((kind) => [kind, startOf(kind)])) as Record<Kind, number>),
  constant: 0.999,
  steps: 20_000,
  batch: 256,
  schedule: "constant",
  kind: "constant",
  start: "bias-corrected",
  at: 1500,
  accumulated: 8,
  micro: 32,
  gpus: 8,
  oldBatch: 64,
  every: 10,
  precision: "bf16",
  parameters: 25,
  averages: 1,
  images: 50_000,
  epochs: 100,
};

/** The fields; an average of equal weights has no number. */
export type Key = Exclude<keyof Numbers, "uniform">;

interface Range {
  min: number;
  max: number;
  whole: boolean;
}

const whole = (min: number, max = 1e9): Range => ({ min, max, whole: true });

/** Whether an average of this kind has a number. */
export function hasNumber(kind: Kind): kind is Kind & Key {
  return parameterOf(kind) !== undefined;
}

/** The numbers that a field takes; the other fields are choices. */
const ranges: Partial<Record<Key, Range>> = {
  steps: whole(1, 1e12),
  batch: whole(1),
  ...Object.fromEntries(
    kinds.flatMap((kind): [Kind, Range][] => {
      const parameter = parameterOf(kind);
      return parameter === undefined
        ? []
        : [[kind, { min: parameter.min, max: parameter.max, whole: false }]];
    }),
  ),
  at: whole(1, 1e12),
  accumulated: whole(1),
  micro: whole(1),
  gpus: whole(1),
  oldBatch: whole(1),
  every: whole(1),
  parameters: { min: 0.001, max: 1e6, whole: false },
  averages: whole(1, 100),
  images: whole(1, 1e12),
  epochs: { min: 0.001, max: 1e6, whole: false },
};

/** What can be chosen in a field that takes no number. */
export const choices: Partial<Record<Key, readonly string[]>> = {
  schedule: schedules,
  kind: kinds,
  start: warmups,
  precision: precisions,
};

/**
 * The number in a field; undefined if it is none that suits. Groups of digits may be separated by commas, spaces or underscores, and a
 * number may end in k or M.
 */
export function readNumber(key: Key, text: string): number | undefined {
  const range = ranges[key];
  const match = /^([\d.,_\s\u00a0\u202f]+)([kKM]?)$/u.exec(text.trim());
  if (range === undefined || match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  const value =
    Number(digits.replaceAll(/[,_\s\u00a0\u202f]/gu, "")) * (unit === "" ? 1 : unit === "M" ? 1e6 : 1e3);
  const fits = value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value));
  return fits ? value : undefined;
}

/** The range of a field, as numbers for a sentence. */
export function rangeOf(key: Key): Range | undefined {
  return ranges[key];
}
