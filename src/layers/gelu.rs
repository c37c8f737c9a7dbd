//! y = x·Φ(x).

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    network::Shape,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// A GELU, the Gaussian error linear unit.
pub(super) struct Gelu {
    shape: Shape,
}

impl Gelu {
    pub fn new(site: &Site<'_>) -> Self {
        Self { shape: site.input }
    }
}

impl Layer for Gelu {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let y = recorder.tensor("gelu.y", x.image, x.needs_gradient);
        recorder.push(gelu_forward(x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            x.needs_gradient.then(|| {
                let dx = recorder.tensor("gelu.dx", dy.image, true);
                recorder.push(gelu_grad_input(x.view(), dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

/// `shaders/activation/gelu_forward.wgsl`: x, y of one size.
pub fn gelu_forward(x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("activation", "gelu_forward");
    Dispatch::new(&KERNEL, &[], [read(x), read_write(y)], (y.bytes / 16).div_ceil(4) as usize)
}

/// `shaders/activation/gelu_grad_input.wgsl`: x, dy, dx of one size.
pub fn gelu_grad_input(x: View, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("activation", "gelu_grad_input");
    Dispatch::new(&KERNEL, &[], [read(x), read(dy), read_write(dx)], (dx.bytes / 16).div_ceil(4) as usize)
}
