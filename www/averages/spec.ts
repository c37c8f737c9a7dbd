/** What an average is, as the setting `ema` spells it: the form of `src/average/spec.rs`. */
export interface AverageSpec {
  /** Share of the old average that an update keeps, 0 ≤ β < 1. */
  beta: number;
  /** Steps from one update to the next. */
  every: number;
  warmup: Warmup;
  /** What becomes of batch norm's running mean and variance. */
  buffers: Buffers;
  /** Until this step the average equals the raw weights. */
  from: number;
}

const warmups = ["none", "ramp", "bias-corrected"] as const;
export type Warmup = (typeof warmups)[number];

const policies = ["average", "copy", "recompute"] as const;
export type Buffers = (typeof policies)[number];

/** Reads `0.98,every=4,warmup=ramp,buffers=copy,from=500`; undefined for a text that is not an average. */
export function parseSpec(value: unknown): AverageSpec | undefined {
  const [first = "", ...parts] = String(value)
    .split(",")
    .map((part) => part.trim());
  const beta = decimal(first);
  if (!(beta >= 0 && beta < 1)) return undefined;
  // −0 is 0.
  const spec: AverageSpec = { beta: beta + 0, every: 1, warmup: "none", buffers: "average", from: 0 };
  for (const part of parts) {
    const [key, text = ""] = part.split("=");
    const warmup = warmups.find((one) => one === text);
    const buffers = policies.find((one) => one === text);
    if (key === "every") spec.every = decimal(text);
    else if (key === "from") spec.from = decimal(text);
    else if (key === "warmup" && warmup !== undefined) spec.warmup = warmup;
    else if (key === "buffers" && buffers !== undefined) spec.buffers = buffers;
    else return undefined;
  }
  const whole = Number.isSafeInteger(spec.every) && Number.isSafeInteger(spec.from);
  return whole && spec.every >= 1 && spec.from >= 0 ? spec : undefined;
}

/** The averages of an experiment, in the order of the bank. */
export function parseSpecs(ema: unknown): (AverageSpec | undefined)[] {
  return Array.isArray(ema) ? ema.map(parseSpec) : [];
}

/** A number in decimal notation; NaN for any other text, such as "0x10", "Infinity" or nothing. */
function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(text) ? Number(text) : NaN;
}
