/**
 * The terms of the page: their formulas and sources, which need no translation. The names and definitions are messages
 * `term.<id>` and `term.<id>.text`.
 */

export interface Reference {
  /** Author, year, title, and place in the text. */
  text: string;
  link?: string;
}

export interface Term {
  formula?: string;
  sources: readonly Reference[];
}

const polyak: Reference = {
  text: "Polyak, Juditsky 1992, Acceleration of Stochastic Approximation by Averaging",
  link: "https://doi.org/10.1137/0330046",
};
const kingma: Reference = {
  text: "Kingma, Ba 2015, Adam: A Method for Stochastic Optimization",
  link: "https://arxiv.org/abs/1412.6980",
};
const izmailov: Reference = {
  text: "Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better Generalization",
  link: "https://arxiv.org/abs/1803.05407",
};
const morales: Reference = {
  text: "Morales-Brotons et al. 2024, Exponential Moving Average of Weights in Deep Learning: Dynamics and Benefits",
  link: "https://arxiv.org/abs/2411.18704",
};
const goodfellow = (where: string): Reference => ({
  text: `Goodfellow, Bengio, Courville 2016, Deep Learning, ${where}`,
  link: "https://www.deeplearningbook.org",
});

/** In the order in which they appear on the page. */
export const terms = {
  ema: {
    formula: "vₜ = β vₜ₋₁ + (1 − β) wₜ,  v₀ = w₀",
    sources: [
      {
        text: "Tarvainen, Valpola 2017, Mean teachers are better role models",
        link: "https://arxiv.org/abs/1703.01780",
      },
      morales,
    ],
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
    sources: [{ ...kingma, text: `${kingma.text}, § 3` }],
  },
  "update-interval": { formula: "βᵀ", sources: [] },
  "batch-scaling": {
    formula: "β̂ = β^κ,  κ = B̂ / B",
    sources: [
      { text: "Busbridge et al. 2023, How to Scale Your EMA", link: "https://arxiv.org/abs/2307.13813" },
    ],
  },
  swa: { formula: "v = (w₁ + … + wₙ) / n", sources: [polyak, izmailov] },
  autocorrelation: {
    formula: "ρ = corr(wₜ, wₜ₊₁)",
    sources: [{ text: "Brockwell, Davis 1991, Time Series: Theory and Methods, ch. 1" }],
  },
  "variance-left": {
    formula: "(1 − β)/(1 + β) · (1 + βρ)/(1 − βρ)",
    sources: [{ text: "Roberts 1959, Control Chart Tests Based on Geometric Moving Averages (ρ = 0)" }],
  },
  "test-accuracy": { sources: [] },
  "test-loss": { formula: "−(1/N) Σ ln p(yᵢ)", sources: [goodfellow("§ 6.2")] },
  "batch-loss": { formula: "−(1/B) Σ ln p(yᵢ)", sources: [goodfellow("§ 8.1")] },
  fluctuation: { formula: "sd(aₜ − aₜ₋₁)", sources: [] },
  churn: {
    formula: "#{i : ŷᵢ,ₜ ≠ ŷᵢ,ₜ₋₁} / N",
    sources: [
      {
        text: "Milani Fard et al. 2016, Launch and Iterate: Reducing Prediction Churn",
        link: "https://papers.nips.cc/paper_files/paper/2016/hash/dc5c768b5dc76a084531934b34601977-Abstract.html",
      },
    ],
  },
  step: { sources: [goodfellow("§ 8.1")] },
  epoch: { sources: [] },
  "batch-size": { sources: [goodfellow("§ 8.1")] },
  "learning-rate": { formula: "w ← w − η g", sources: [goodfellow("§ 8.3")] },
  schedule: {
    formula: "ηₜ = ½ η (1 + cos(π t / T))",
    sources: [
      {
        text: "Loshchilov, Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts",
        link: "https://arxiv.org/abs/1608.03983",
      },
      {
        text: "Smith, Topin 2018, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
        link: "https://arxiv.org/abs/1708.07120",
      },
    ],
  },
  adam: {
    formula: "w ← w − η m̂ / (√v̂ + ε)",
    sources: [{ ...kingma, text: `${kingma.text}, Algorithm 1` }],
  },
  "weight-decay": {
    formula: "w ← (1 − η λ) w",
    sources: [
      {
        text: "Loshchilov, Hutter 2019, Decoupled Weight Decay Regularization",
        link: "https://arxiv.org/abs/1711.05101",
      },
    ],
  },
  "batch-norm": {
    formula: "y = γ (x − μ) / √(σ² + ε) + b",
    sources: [
      {
        text: "Ioffe, Szegedy 2015, Batch Normalization",
        link: "https://arxiv.org/abs/1502.03167",
      },
    ],
  },
  buffers: { formula: "μ̄ ← 0.9 μ̄ + 0.1 μ", sources: [izmailov] },
  "group-norm": {
    sources: [{ text: "Wu, He 2018, Group Normalization", link: "https://arxiv.org/abs/1803.08494" }],
  },
  "label-noise": {
    sources: [
      {
        text: "Zhang et al. 2017, Understanding Deep Learning Requires Rethinking Generalization",
        link: "https://arxiv.org/abs/1611.03530",
      },
      morales,
    ],
  },
  seed: { sources: [] },
} as const satisfies Record<string, Term>;

export type TermId = keyof typeof terms;

export const termIds = Object.keys(terms) as TermId[];

export function isTerm(id: string | undefined): id is TermId {
  return id !== undefined && id in terms;
}
