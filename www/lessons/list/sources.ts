import type { Paper } from "../lesson";

const arxiv = (id: string): string => `https://arxiv.org/abs/${id}`;

export const polyak: Paper = {
  title: "Acceleration of Stochastic Approximation by Averaging",
  authors: "Polyak, Juditsky",
  year: 1992,
  address: "https://doi.org/10.1137/0330046",
};

export const morales: Paper = {
  title: "Exponential Moving Average of Weights in Deep Learning: Dynamics and Benefits",
  authors: "Morales-Brotons, Vogels, Hendrikx",
  year: 2024,
  address: arxiv("2411.18704"),
};

export const izmailov: Paper = {
  title: "Averaging Weights Leads to Wider Optima and Better Generalization",
  authors: "Izmailov, Podoprikhin, Garipov, Vetrov, Wilson",
  year: 2018,
  address: arxiv("1803.05407"),
};

export const sandler: Paper = {
  title: "Training Trajectories, Mini-Batch Losses and the Curious Role of the Learning Rate",
  authors: "Sandler, Zhmoginov, Vladymyrov, Miller",
  year: 2023,
  address: arxiv("2301.02312"),
};

export const kingma: Paper = {
  title: "Adam: A Method for Stochastic Optimization (section 3: bias correction)",
  authors: "Kingma, Ba",
  year: 2015,
  address: arxiv("1412.6980"),
};

export const ioffe: Paper = {
  title: "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
  authors: "Ioffe, Szegedy",
  year: 2015,
  address: arxiv("1502.03167"),
};

export const busbridge: Paper = {
  title: "How to Scale Your EMA",
  authors: "Busbridge, Ramapuram, Ablin, Likhomanenko, et al.",
  year: 2023,
  address: arxiv("2307.13813"),
};

export const malladi: Paper = {
  title: "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms",
  authors: "Malladi, Lyu, Panigrahi, Arora",
  year: 2022,
  address: arxiv("2205.10287"),
};

export const zhang: Paper = {
  title: "Understanding Deep Learning Requires Rethinking Generalization",
  authors: "Zhang, Bengio, Hardt, Recht, Vinyals",
  year: 2017,
  address: arxiv("1611.03530"),
};
