/** An average as the experiment names it, as far as its parameters go: what `src/average/` computes rates from. */
export interface EmaSpec {
  /** Share of the old average that an update keeps, 0 ≤ β < 1. */
  beta: number;
  /** Steps from one update to the next. */
  every: number;
  warmup: "none" | "ramp" | "bias-corrected";
  /** Until this step the average equals the raw weights. */
  from: number;
}

/** Reads `0.98,every=4,warmup=ramp,from=500`, the form of the setting `ema`; nothing if that is not an average. */
export function parseSpec(value: unknown): EmaSpec | undefined {
  const [first = "", ...parts] = String(value)
    .split(",")
    .map((part) => part.trim());
  const beta = first === "" ? NaN : Number(first);
  if (!(beta >= 0 && beta < 1)) return undefined;
  const spec: EmaSpec = { beta, every: 1, warmup: "none", from: 0 };
  for (const part of parts) {
    const [key, text = ""] = part.split("=");
    if (key === "every") spec.every = Number(text);
    else if (key === "from") spec.from = Number(text);
    else if (key === "warmup" && (text === "none" || text === "ramp" || text === "bias-corrected"))
      spec.warmup = text;
  }
  return spec.every >= 1 && spec.from >= 0 ? spec : undefined;
}

/** The averages of an experiment, in the order of the bank. */
export function parseSpecs(ema: unknown): (EmaSpec | undefined)[] {
  return Array.isArray(ema) ? ema.map(parseSpec) : [];
}

/** The rate a of update n = 1, 2, … of v ← v + a (w − v). */
export function rate({ beta, warmup }: EmaSpec, n: number): number {
  switch (warmup) {
    case "none":
      return 1 - beta;
    case "ramp":
      return 1 - Math.min(beta, (1 + n) / (10 + n));
    case "bias-corrected":
      return (1 - beta) / (1 - beta ** n);
  }
}

/** The rate at optimizer step `step` = 1, 2, …: 0 where no update is made, 1 where the average still is the raw weights. */
export function rateAt(spec: EmaSpec, step: number): number {
  if (step <= spec.from) return 1;
  if ((step - spec.from) % spec.every !== 0) return 0;
  return rate(spec, updates(spec, step));
}

/** Updates made by the end of step `step`, counted from the step that the average begins at. */
export function updates({ every, from }: EmaSpec, step: number): number {
  return Math.floor(Math.max(0, step - from) / every);
}

/** The last step up to `step` at which the average was updated. */
export function lastUpdate(spec: EmaSpec, step: number): number {
  return step <= spec.from ? step : spec.from + updates(spec, step) * spec.every;
}

/** The share of the old average that the last update up to `step` kept; 0 before the average begins. */
export function effectiveBeta(spec: EmaSpec, step: number): number {
  return step < spec.from ? 0 : 1 - rate(spec, Math.max(1, updates(spec, step)));
}

/** Steps over which an average spreads its weight: 1 / (1 − β) updates. */
export function horizon({ beta, every }: EmaSpec): number {
  // Rounded where 1 − 0.9 is not 0.1.
  return Number((every / (1 - beta)).toPrecision(12));
}

/** Steps after which half of a weight's share is gone; 0 at β = 0. */
export function halfLife({ beta, every }: EmaSpec): number {
  return beta === 0 ? 0 : (every * Math.log(0.5)) / Math.log(beta);
}
