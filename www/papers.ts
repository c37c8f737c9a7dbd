/** The papers that the chapters and the glossary cite. */
export interface Paper {
  title: string;
  authors: string;
  year: number;
  address: string;
}

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
  title: "Adam: A Method for Stochastic Optimization",
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

export const tarvainen: Paper = {
  title: "Mean teachers are better role models",
  authors: "Tarvainen, Valpola",
  year: 2017,
  address: arxiv("1703.01780"),
};

export const milani: Paper = {
  title: "Launch and Iterate: Reducing Prediction Churn",
  authors: "Milani Fard, Cormier, Canini, Gupta",
  year: 2016,
  address:
    "https://papers.nips.cc/paper_files/paper/2016/hash/dc5c768b5dc76a084531934b34601977-Abstract.html",
};

export const loshchilov2017: Paper = {
  title: "SGDR: Stochastic Gradient Descent with Warm Restarts",
  authors: "Loshchilov, Hutter",
  year: 2017,
  address: arxiv("1608.03983"),
};

export const loshchilov2019: Paper = {
  title: "Decoupled Weight Decay Regularization",
  authors: "Loshchilov, Hutter",
  year: 2019,
  address: arxiv("1711.05101"),
};

export const smith: Paper = {
  title: "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
  authors: "Smith, Topin",
  year: 2018,
  address: arxiv("1708.07120"),
};

export const wu: Paper = {
  title: "Group Normalization",
  authors: "Wu, He",
  year: 2018,
  address: arxiv("1803.08494"),
};

export const goodfellow: Paper = {
  title: "Deep Learning",
  authors: "Goodfellow, Bengio, Courville",
  year: 2016,
  address: "https://www.deeplearningbook.org",
};
