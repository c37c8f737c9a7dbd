import { type Decay, type Warmup, decimal, parseDecay, printDecay, withWarmup } from "./decay";
import { betaOf } from "./memory";

/** What an average is, as the setting `ema` spells it: the form of `src/average/spec.rs`. */
export interface AverageSpec {
  /** The share of the old average that each update keeps. */
  decay: Decay;
  /** Steps from one update to the next. */
  every: number;
  /** What becomes of batch norm's running mean and variance. */
  buffers: Buffers;
  /** Until this step the average equals the raw weights. */
  from: number;
}

const policies = ["average", "copy", "recompute"] as const;
export type Buffers = (typeof policies)[number];

/**
 * Reads `0.98,every=4,warmup=ramp,buffers=copy,from=500`, `power=0.1` or `half-life=5%,every=2`; undefined for a text that is
 * not an average.
 */
export function parseSpec(value: unknown): AverageSpec | undefined {
  const [first = "", ...parts] = String(value)
    .split(",")
    .map((part) => part.trim());
  const decay = parseDecay(first);
  if (decay === undefined) return undefined;
  const spec: AverageSpec = { decay, every: 1, buffers: "average", from: 0 };
  for (const part of parts) {
    const [key, text = ""] = part.split("=");
    const warmed = withWarmup(spec.decay, text);
    const buffers = policies.find((one) => one === text);
    if (key === "every") spec.every = decimal(text);
    else if (key === "from") spec.from = decimal(text);
    else if (key === "warmup" && warmed !== undefined) spec.decay = warmed;
    else if (key === "buffers" && buffers !== undefined) spec.buffers = buffers;
    else return undefined;
  }
  const whole = Number.isSafeInteger(spec.every) && Number.isSafeInteger(spec.from);
  return whole && spec.every >= 1 && spec.from >= 0 ? spec : undefined;
}

/** The text of an average, which {@link parseSpec} and the engine read; options at their defaults are left out. */
export function printSpec({ decay, every, buffers, from }: AverageSpec): string {
  const warmup = warmupOf(decay);
  return [
    printDecay(decay),
    ...(every === 1 ? [] : [`every=${every}`]),
    ...(warmup === "none" ? [] : [`warmup=${warmup}`]),
    ...(buffers === "average" ? [] : [`buffers=${buffers}`]),
    ...(from === 0 ? [] : [`from=${from}`]),
  ].join(",");
}

/** The averages of an experiment, in the order of the bank. */
export function parseSpecs(ema: unknown): (AverageSpec | undefined)[] {
  return Array.isArray(ema) ? ema.map(parseSpec) : [];
}

/** The β of an average where it is constant. */
export function constantBeta(spec: AverageSpec | undefined): number | undefined {
  return spec?.decay.kind === "constant" ? spec.decay.beta : undefined;
}

/** How a constant β begins; the memory of the other kinds grows with the run by itself. */
export function warmupOf(decay: Decay): Warmup {
  return decay.kind === "constant" ? decay.warmup : "none";
}

/** The text of an average with a constant β, which has this memory in steps. */
export function withMemory(memory: number, warmup: Warmup = "bias-corrected"): string {
  const decay = { kind: "constant", beta: Number(betaOf(memory).toPrecision(6)), warmup } as const;
  return printSpec({ decay, every: 1, buffers: "average", from: 0 });
}
