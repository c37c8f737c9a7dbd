//! Settings chosen by name.

use crate::named::choices;

choices! {
    /// How the weights are updated.
    Optimizer {
        /// Adam with the decay added to the gradient, as `torch.optim.Adam` (Kingma & Ba 2015).
        Adam = "adam",
        /// Adam with decoupled decay, as `torch.optim.AdamW` (Loshchilov & Hutter 2019).
        Adamw = "adamw",
        /// Stochastic gradient descent with momentum, the decay added to the gradient, as `torch.optim.SGD`.
        Sgd = "sgd",
    }
}

choices! {
    /// How the learning rate changes over the run.
    Schedule {
        /// Constant after the warm-up.
        Constant = "constant",
        /// Half a cosine from the full rate to zero.
        Cosine = "cosine",
        /// One linear rise, one linear fall.
        OneCycle = "one-cycle",
        /// Up over a share of the run and down to a share of the peak, both linearly.
        Triangle = "triangle",
    }
}
