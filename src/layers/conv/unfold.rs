//! A 2×2 convolution without padding, as a 1×1 convolution of the patches.

use super::super::{Recorder, Tensor};
use crate::{
    kernel,
    layout::Image,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// Records the patches of x and, backwards, the sum of their gradients.
pub(super) fn patches(recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
    let image = x.image;
    let y = recorder.tensor("conv.patches", image.unfolded(), x.needs_gradient);
    recorder.push(unfold(image, x.view(), y.view()));
    recorder.on_backward(move |recorder, dy| {
        let dx = recorder.tensor("conv.dx", image, true);
        recorder.push(fold(image, dy.view(), dx.view()));
        Some(dx)
    });
    y
}

fn constants(image: Image) -> [(&'static str, usize); 3] {
    [("HEIGHT", image.h), ("WIDTH", image.w), ("CHANNELS", image.c)]
}

/// `shaders/conv/unfold.wgsl`: x of shape `image` → y.
pub fn unfold(image: Image, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "unfold");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read_write(y)], image.unfolded().size() / 4)
}

/// `shaders/conv/fold.wgsl`: dy → dx of shape `image`.
pub fn fold(image: Image, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "fold");
    Dispatch::new(&KERNEL, &constants(image), [read(dy), read_write(dx)], image.size() / 4)
}
