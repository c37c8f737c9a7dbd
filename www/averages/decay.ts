/**
 * The kinds of averages: what share of the old average each update keeps, as in `src/average/decay.rs`, which has the sources.
 * A kind is a row of {@link kinds}.
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

type Kind = Decay["kind"];
type Of<K extends Kind> = Extract<Decay, { kind: K }>;

interface Row<K extends Kind> {
  /** Reads the first part of an average's text; undefined for any other text. */
  parse: (text: string) => Of<K> | undefined;
  /** Writes it. */
  print: (decay: Of<K>) => string;
  /** The rate 1 − β_n of update n = 1, 2, …. */
  rate: (decay: Of<K>, n: number) => number;
  /** Updates after which half of a weight's share is gone, as β is at update n; a warm-up is not counted. */
  halfLife: (decay: Of<K>, n: number) => number;
  /** The memory is a share of the run so far: it has no length in steps. */
  grows: boolean;
}

const kinds: { [K in Kind]: Row<K> } = {
  constant: {
    parse: (text) => {
      const beta = decimal(text);
      // −0 is 0.
      return beta >= 0 && beta < 1 ? { kind: "constant", beta: beta + 0, warmup: "none" } : undefined;
    },
    print: ({ beta }) => String(beta),
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
    halfLife: ({ beta }) => (beta === 0 ? 0 : Math.log(0.5) / Math.log(beta)),
    grows: false,
  },
  power: {
    parse: (text) => {
      const sigma = decimal(/^power=(.*)$/u.exec(text)?.[1]);
      return sigma >= 0.001 && sigma <= 0.28 ? { kind: "power", sigma } : undefined;
    },
    print: ({ sigma }) => `power=${sigma}`,
    rate: ({ sigma }, n) => -Math.expm1((gamma(sigma) + 1) * Math.log1p(-1 / n)),
    halfLife: ({ sigma }, n) => -Math.LN2 / ((gamma(sigma) + 1) * Math.log1p(-1 / n)),
    grows: true,
  },
  "half-life": {
    parse: (text) => {
      const percent = decimal(/^half-life=(.*)%$/u.exec(text)?.[1]);
      return percent >= 0.01 && percent <= 100 ? { kind: "half-life", percent } : undefined;
    },
    print: ({ percent }) => `half-life=${percent}%`,
    rate: ({ percent }, n) => -Math.expm1(-Math.LN2 / ((percent / 100) * n)),
    halfLife: ({ percent }, n) => (percent / 100) * n,
    grows: true,
  },
  uniform: {
    parse: (text) => (text === "uniform" ? { kind: "uniform" } : undefined),
    print: () => "uniform",
    rate: (_, n) => 1 / (n + 1),
    halfLife: (_, n) => Math.LN2 / Math.log1p(1 / n),
    grows: true,
  },
};

/** The row of a decay's kind. */
function rowOf(decay: Decay): Row<Kind> {
  // Each row is asked about decays of its own kind alone.
  return kinds[decay.kind] as unknown as Row<Kind>;
}

/** Reads the first part of an average's text, such as `0.98`, `power=0.1` or `half-life=5%`; undefined for any other text. */
export function parseDecay(text: string): Decay | undefined {
  for (const row of Object.values(kinds)) {
    const decay = row.parse(text);
    if (decay !== undefined) return decay;
  }
  return undefined;
}

/** What {@link parseDecay} reads; a warm-up is an option that follows. */
export function printDecay(decay: Decay): string {
  return rowOf(decay).print(decay);
}

/** The rate a = 1 − β_n of update n = 1, 2, … of v ← v + a (w − v). */
export function decayRate(decay: Decay, n: number): number {
  return rowOf(decay).rate(decay, n);
}

/** Updates after which half of a weight's share is gone, as β is at update n = 1, 2, …. */
export function decayHalfLife(decay: Decay, n: number): number {
  return rowOf(decay).halfLife(decay, n);
}

/** Whether the memory is a share of the run so far. */
export function grows(decay: Decay): boolean {
  return rowOf(decay).grows;
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

/** A number in decimal notation; NaN for any other text, such as "0x10", "Infinity" or nothing. */
export function decimal(text = ""): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(text) ? Number(text) : NaN;
}
