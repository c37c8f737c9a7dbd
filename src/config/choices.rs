//! Settings chosen by name.

use crate::named::choices;

choices! {
    /// A network that comes with the program.
    Preset {
        /// 16-16 | pool | 32-32 | pool | 64-64 | global average | dense.
        Tiny = "tiny",
        /// 32-32 | pool | 64-64 | pool | 128-128 | global average | dense.
        Small = "small",
        /// Nine layers with weights, two residual blocks, 64 to 512 channels.
        Resnet9 = "resnet9",
    }
}

choices! {
    /// Normalisation after each convolution of a preset.
    Norm {
        /// Batch normalisation (Ioffe & Szegedy 2015).
        Batch = "batch",
        /// Group normalisation with four groups (Wu & He 2018).
        Group = "group",
        /// No normalisation; the convolutions have a bias instead.
        None = "none",
    }
}

choices! {
    /// How the weights are updated.
    Optimizer {
        /// Adam with the decay added to the gradient, as `torch.optim.Adam` (Kingma & Ba 2015).
        Adam = "adam",
        /// Adam with decoupled decay, as `torch.optim.AdamW` (Loshchilov & Hutter 2019).
        Adamw = "adamw",
    }
}

choices! {
    /// How the learning rate changes over the run.
    Schedule {
        /// It stays, after the warm-up.
        Constant = "constant",
        /// Half a cosine from the full rate to zero.
        Cosine = "cosine",
        /// One linear rise, one linear fall.
        OneCycle = "one-cycle",
    }
}
