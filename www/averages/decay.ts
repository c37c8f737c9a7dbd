/**
 * The kinds of averages: what share of the old average each update keeps, as in `src/average/decay.rs`, which has the sources.
 * A kind is a row of {@link table}.
 */

export const warmups = ["none", "ramp", "bias-corrected"] as const;
export type Warmup = (typeof warmups)[number];

/** The share β_n that update n = 1, 2, … keeps. */
export type Decay =
  /** The same β at every update once the warm-up is over. */
  | { kind: "constant"; beta: number; warmup: Warmup }
  /** (1 − 1/n)^(γ+1), given by the kernel's standard deviation as a share of the run so far. */
  | { kind: "power"; sigma: number }
  /** 2^(−1/(f n)), for a half-life of f = `percent` / 100 of the run so far. */
  | { kind: "half-life"; percent: number }
  /** n / (n + 1): equal shares for what it began with and for each update's weights. */
  | { kind: "uniform" };

export type Kind = Decay["kind"];
type Of<K extends Kind> = Extract<Decay, { kind: K }>;

/** The number in an average's text. */
export interface Parameter {
  min: number;
  max: number;
  /** Increment of a control. */
  step: number;
  /** A value that suits most runs. */
  start: number;
}

interface Row<K extends Kind> {
  /** What precedes the number in its text, and what follows it. */
  text: readonly [before: string, after: string];
  /** Missing where the text has no number. */
  parameter?: Parameter;
  /** The decay with this number. */
  make: (value: number) => Of<K>;
  value: (decay: Of<K>) => number;
  /** The rate 1 − β_n of update n = 1, 2, …. */
  rate: (decay: Of<K>, n: number) => number;
  /** The same as an expression in Python. */
  python: (decay: Of<K>) => string;
  /** The share that everything up to update i still has after update n: the product of β over the updates between. */
  kept: (decay: Of<K>, i: number, n: number) => number;
  /** Updates after which half of a weight's share is gone, as β is at update n; a warm-up is not counted. */
  halfLife: (decay: Of<K>, n: number) => number;
  /** The memory is a share of the run so far: it has no length in steps. */
  grows: boolean;
}

const table: { [K in Kind]: Row<K> } = {
  constant: {
    text: ["", ""],
    // The greatest number below 1.
    parameter: { min: 0, max: 1 - Number.EPSILON / 2, step: 0.001, start: 0.98 },
    make: (beta) => ({ kind: "constant", beta, warmup: "none" }),
    value: ({ beta }) => beta,
    rate: ({ beta, warmup }, n) => {
      switch (warmup) {
        case "none":
          return 1 - beta;
        case "ramp":
          return 1 - Math.min(beta, (1 + n) / (10 + n));
        case "bias-corrected":
          return (1 - beta) / (1 - beta ** n);
      }
    },
    python: ({ beta, warmup }) =>
      ({
        none: `1 - ${beta}`,
        ramp: `1 - min(${beta}, (1 + n) / (10 + n))`,
        "bias-corrected": `(1 - ${beta}) / (1 - ${beta} ** n)`,
      })[warmup],
    kept: ({ beta, warmup }, i, n) => {
      switch (warmup) {
        case "none":
          return beta ** (n - i);
        case "ramp": {
          // Up to here β_n is (1+n)/(10+n), whose product is a quotient of nine factors each.
          const end = Math.min(Math.max(i, rampEnd(beta) - 1), n);
          let product = beta ** (n - end);
          for (let j = 2; j <= 10; j++) product *= (i + j) / (end + j);
          return product;
        }
        case "bias-corrected":
          return (beta ** (n - i) * (1 - beta ** i)) / (1 - beta ** n);
      }
    },
    halfLife: ({ beta }) => (beta === 0 ? 0 : Math.log(0.5) / Math.log(beta)),
    grows: false,
  },
  power: {
    text: ["power=", ""],
    parameter: { min: 0.001, max: 0.28, step: 0.01, start: 0.05 },
    make: (sigma) => ({ kind: "power", sigma }),
    value: ({ sigma }) => sigma,
    rate: ({ sigma }, n) => -Math.expm1((gamma(sigma) + 1) * Math.log1p(-1 / n)),
    python: ({ sigma }) => `1 - (1 - 1 / n) ** ${Number((gamma(sigma) + 1).toPrecision(6))}`,
    kept: ({ sigma }, i, n) => (i / n) ** (gamma(sigma) + 1),
    halfLife: ({ sigma }, n) => -Math.LN2 / ((gamma(sigma) + 1) * Math.log1p(-1 / n)),
    grows: true,
  },
  "half-life": {
    text: ["half-life=", "%"],
    parameter: { min: 0.01, max: 100, step: 1, start: 5 },
    make: (percent) => ({ kind: "half-life", percent }),
    value: ({ percent }) => percent,
    rate: ({ percent }, n) => -Math.expm1(-Math.LN2 / ((percent / 100) * n)),
    python: ({ percent }) => `1 - 0.5 ** (1 / (${Number((percent / 100).toPrecision(12))} * n))`,
    kept: ({ percent }, i, n) => 2 ** ((harmonic(i) - harmonic(n)) / (percent / 100)),
    halfLife: ({ percent }, n) => (percent / 100) * n,
    grows: true,
  },
  uniform: {
    text: ["uniform", ""],
    make: () => ({ kind: "uniform" }),
    value: () => NaN,
    rate: (_, n) => 1 / (n + 1),
    python: () => "1 / (n + 1)",
    kept: (_, i, n) => (i + 1) / (n + 1),
    halfLife: (_, n) => Math.LN2 / Math.log1p(1 / n),
    grows: true,
  },
};

/** Every kind, in the order that they are listed in. */
export const kinds = Object.keys(table) as Kind[];

/** Each row is asked about decays of its own kind alone. */
function rowOf(kind: Kind): Row<Kind> {
  return table[kind] as unknown as Row<Kind>;
}

/** The number that the text of this kind has; undefined where it has none. */
export function parameterOf(kind: Kind): Parameter | undefined {
  return rowOf(kind).parameter;
}

/** The decay of this kind with this number, by default the one that suits most runs. */
export function decayOf(kind: Kind, value = rowOf(kind).parameter?.start ?? NaN): Decay {
  return rowOf(kind).make(value);
}

/** The number in its text; NaN where the kind has none. */
export function decayValue(decay: Decay): number {
  return rowOf(decay.kind).value(decay);
}

/** Reads the first part of an average's text, such as `0.98`, `power=0.1` or `half-life=5%`; undefined for any other text. */
export function parseDecay(text: string): Decay | undefined {
  for (const kind of kinds) {
    const { text: parts, parameter } = rowOf(kind);
    const [before, after] = parts;
    if (parameter === undefined && text === before) return decayOf(kind);
    if (parameter === undefined || !text.startsWith(before) || !text.endsWith(after)) continue;
    const value = decimal(text.slice(before.length, text.length - after.length));
    // −0 is 0.
    if (value >= parameter.min && value <= parameter.max) return decayOf(kind, value + 0);
  }
  return undefined;
}

/** What {@link parseDecay} reads; a warm-up is an option that follows. */
export function printDecay(decay: Decay): string {
  return rowOf(decay.kind).text[0] + printValue(decay);
}

/** The number as its text has it, with the unit that follows it; empty where there is none. */
export function printValue(decay: Decay): string {
  const { text, parameter } = rowOf(decay.kind);
  return parameter === undefined ? "" : `${decayValue(decay)}${text[1]}`;
}

/** The rate a = 1 − β_n of update n = 1, 2, … of v ← v + a (w − v). */
export function decayRate(decay: Decay, n: number): number {
  return rowOf(decay.kind).rate(decay, n);
}

/** The same as an expression in Python. */
export function pythonRate(decay: Decay): string {
  return rowOf(decay.kind).python(decay);
}

/** The share that everything up to update i = 0, 1, … still has after update n ≥ i. */
export function kept(decay: Decay, i: number, n: number): number {
  return i === n ? 1 : rowOf(decay.kind).kept(decay, i, n);
}

/** Updates after which half of a weight's share is gone, as β is at update n = 1, 2, …. */
export function decayHalfLife(decay: Decay, n: number): number {
  return rowOf(decay.kind).halfLife(decay, n);
}

/** Whether the memory is a share of the run so far. */
export function grows(decay: Decay): boolean {
  return rowOf(decay.kind).grows;
}

/** The warm-up of that name; undefined for other names, and where β is not constant. */
export function withWarmup(decay: Decay, name: string): Decay | undefined {
  const warmup = warmups.find((one) => one === name);
  return decay.kind === "constant" && warmup !== undefined ? { ...decay, warmup } : undefined;
}

/** The exponent γ of the power average of relative width σ: σ² = (γ + 1) / ((γ + 2)² (γ + 3)). */
export function gamma(sigma: number): number {
  const inverse = 1 / (sigma * sigma);
  // Newton's method from above the largest root of the cubic, which is convex there.
  for (let root = 1 / sigma; ;) {
    const value = ((root + 7) * root + 16 - inverse) * root + 12 - inverse;
    const slope = (3 * root + 14) * root + 16 - inverse;
    const next = root - value / slope;
    if (!(next < root)) return root;
    root = next;
  }
}

/** The first update of a ramp that keeps the share β itself. */
export function rampEnd(beta: number): number {
  // A hair less, because the exact answer is often a whole number that floating point just misses.
  return Math.max(1, Math.ceil(((10 * beta - 1) / (1 - beta)) * (1 - 1e-9)));
}

/** 1 + 1/2 + … + 1/n. */
function harmonic(n: number): number {
  let sum = 0;
  if (n <= 64) {
    for (let k = 1; k <= n; k++) sum += 1 / k;
    return sum;
  }
  // Euler and Maclaurin's series; what it leaves out is below 1e-12.
  return Math.log(n) + 0.5772156649015329 + 1 / (2 * n) - 1 / (12 * n ** 2) + 1 / (120 * n ** 4);
}

/** A number in decimal notation; NaN for any other text, such as "0x10", "Infinity" or nothing. */
export function decimal(text = ""): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(text) ? Number(text) : NaN;
}
