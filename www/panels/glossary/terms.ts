/**
 * The terms of the page: their formulas and sources, which need no translation. The names and definitions are messages
 * `term.<id>` and `term.<id>.text`.
 */

import {
  type Paper,
  busbridge,
  goodfellow,
  ioffe,
  izmailov,
  kingma,
  loshchilov2017,
  loshchilov2019,
  milani,
  morales,
  polyak,
  smith,
  tarvainen,
  wu,
  zhang,
} from "../../papers";

export interface Reference {
  /** Author, year, title, and place in the text. */
  text: string;
  link?: string;
}

export interface Term {
  formula?: string;
  sources: readonly Reference[];
}

/** A reference to a paper, or to a place in it. */
function cite({ title, authors, year, address }: Paper, place?: string): Reference {
  const [first = authors, ...others] = authors.split(", ");
  const who = others.length > 2 ? `${first} et al.` : authors;
  return { text: `${who} ${year}, ${title}${place === undefined ? "" : `, ${place}`}`, link: address };
}

/** In the order in which they appear on the page. */
export const terms = {
  ema: {
    formula: "vₜ = β vₜ₋₁ + (1 − β) wₜ,  v₀ = w₀",
    sources: [cite(tarvainen), cite(morales)],
  },
  raw: { sources: [] },
  beta: { formula: "0 ≤ β < 1", sources: [] },
  "effective-beta": { formula: "βₙ = 1 − aₙ,  v ← v + aₙ (w − v)", sources: [] },
  "half-life": { formula: "k½ = ln ½ / ln β", sources: [] },
  horizon: { formula: "Σ βᵏ = 1 / (1 − β)", sources: [] },
  kernel: { formula: "(1 − β) βᵏ", sources: [] },
  "initial-share": { formula: "β₁ β₂ … βₜ  (= βᵗ)", sources: [] },
  "warm-up": {
    formula: "βₙ = min(β, (1 + n) / (10 + n))",
    sources: [
      {
        text: "TensorFlow, tf.train.ExponentialMovingAverage, num_updates",
        link: "https://www.tensorflow.org/api_docs/python/tf/train/ExponentialMovingAverage",
      },
    ],
  },
  "bias-correction": {
    formula: "aₙ = (1 − β) / (1 − βⁿ)",
    sources: [cite(kingma, "§ 3")],
  },
  "update-interval": { formula: "βᵀ", sources: [] },
  "batch-scaling": {
    formula: "β̂ = β^κ,  κ = B̂ / B",
    sources: [cite(busbridge)],
  },
  swa: { formula: "v = (w₁ + … + wₙ) / n", sources: [cite(polyak), cite(izmailov)] },
  autocorrelation: {
    formula: "ρ = corr(wₜ, wₜ₊₁)",
    sources: [{ text: "Brockwell, Davis 1991, Time Series: Theory and Methods, ch. 1" }],
  },
  "variance-left": {
    formula: "(1 − β)/(1 + β) · (1 + βρ)/(1 − βρ)",
    sources: [{ text: "Roberts 1959, Control Chart Tests Based on Geometric Moving Averages (ρ = 0)" }],
  },
  "test-accuracy": { sources: [] },
  "test-loss": { formula: "−(1/N) Σ ln p(yᵢ)", sources: [cite(goodfellow, "§ 6.2")] },
  "batch-loss": { formula: "−(1/B) Σ ln p(yᵢ)", sources: [cite(goodfellow, "§ 8.1")] },
  fluctuation: { formula: "sd(aₜ − aₜ₋₁)", sources: [] },
  churn: {
    formula: "#{i : ŷᵢ,ₜ ≠ ŷᵢ,ₜ₋₁} / N",
    sources: [cite(milani)],
  },
  step: { sources: [cite(goodfellow, "§ 8.1")] },
  epoch: { sources: [] },
  "batch-size": { sources: [cite(goodfellow, "§ 8.1")] },
  "learning-rate": { formula: "w ← w − η g", sources: [cite(goodfellow, "§ 8.3")] },
  schedule: {
    formula: "ηₜ = ½ η (1 + cos(π t / T))",
    sources: [cite(loshchilov2017), cite(smith)],
  },
  adam: {
    formula: "w ← w − η m̂ / (√v̂ + ε)",
    sources: [cite(kingma, "Algorithm 1")],
  },
  "weight-decay": {
    formula: "w ← (1 − η λ) w",
    sources: [cite(loshchilov2019)],
  },
  "batch-norm": {
    formula: "y = γ (x − μ) / √(σ² + ε) + b",
    sources: [cite(ioffe)],
  },
  buffers: { formula: "μ̄ ← 0.9 μ̄ + 0.1 μ", sources: [cite(izmailov)] },
  "group-norm": {
    sources: [cite(wu)],
  },
  "label-noise": {
    sources: [cite(zhang), cite(morales)],
  },
  seed: { sources: [] },
} as const satisfies Record<string, Term>;

export type TermId = keyof typeof terms;

export const termIds = Object.keys(terms) as TermId[];

export function isTerm(id: string | undefined): id is TermId {
  return id !== undefined && id in terms;
}
