//! What is chosen by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose values are chosen by name.
macro_rules! choices {
    ($(#[$docs:meta])* $name:ident { $($(#[$variant_docs:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_docs])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The names of the values, in order.
            pub const CHOICES: &'static [&'static str] = &[$($text),+];

            /// The name of the value, as flags and files spell it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

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

choices! {
    /// How an average begins, so that the initial weights do not stay in it for long.
    EmaWarmup {
        /// β from the first update: the initial weights keep the share β^t.
        None = "none",
        /// β_t = min(β, (1 + t) / (10 + t)) at update t = 1, 2, …, as in TensorFlow.
        Ramp = "ramp",
        /// a_t = (1 − β) / (1 − β^t): the initial weights drop out at the first update.
        BiasCorrected = "bias-corrected",
    }
}

choices! {
    /// What an average does with batch norm's running mean and variance.
    BufferPolicy {
        /// Averages them like weights.
        Average = "average",
        /// Takes the raw network's.
        Copy = "copy",
        /// Measures them anew over training data before an evaluation.
        Recompute = "recompute",
    }
}
