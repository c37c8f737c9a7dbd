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
    /// What a shifted image has where it comes in from outside.
    Border {
        /// Black pixels.
        Black = "black",
        /// The image, reflected at its border.
        Reflected = "reflected",
    }
}

choices! {
    /// Views of a test image whose logits are averaged (test-time augmentation).
    Tta {
        /// The image alone.
        None = "none",
        /// The image and its mirror image.
        Mirror = "mirror",
        /// These two, and both shifted by a pixel up and left, and by one down and right (Jordan 2024, as in airbench).
        MirrorShift = "mirror-shift",
    }
}

/// A view of a test image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestView {
    /// Whether it is mirrored, left to right.
    pub mirrored: bool,
    /// Pixels that it is shifted by along both axes, with reflected borders.
    pub offset: i32,
    /// Its weight in the mean of the logits.
    pub share: f32,
}

impl Tta {
    /// The views; their shares add up to 1.
    pub const fn views(self) -> &'static [TestView] {
        const VIEWS: [TestView; 6] = [
            TestView { mirrored: false, offset: 0, share: 0.25 },
            TestView { mirrored: true, offset: 0, share: 0.25 },
            TestView { mirrored: false, offset: -1, share: 0.125 },
            TestView { mirrored: true, offset: -1, share: 0.125 },
            TestView { mirrored: false, offset: 1, share: 0.125 },
            TestView { mirrored: true, offset: 1, share: 0.125 },
        ];
        const PAIR: [TestView; 2] =
            [TestView { share: 0.5, ..VIEWS[0] }, TestView { share: 0.5, ..VIEWS[1] }];
        match self {
            Self::None => &[TestView { share: 1.0, ..VIEWS[0] }],
            Self::Mirror => &PAIR,
            Self::MirrorShift => &VIEWS,
        }
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
