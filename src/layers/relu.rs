//! y = max(x, 0).

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    network::Shape,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// A ReLU that is not part of a norm's pass.
pub(super) struct Relu {
    shape: Shape,
}

impl Relu {
    pub fn new(site: &Site<'_>) -> Self {
        Self { shape: site.input }
    }
}

impl Layer for Relu {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let y = recorder.tensor("relu.y", x.image, x.needs_gradient);
        recorder.push(relu_forward(x.view(), y.view()));
        if x.needs_gradient {
            let y = y.clone();
            recorder.on_backward(move |recorder, dy| {
                let dx = recorder.tensor("relu.dx", dy.image, true);
                recorder.push(relu_grad_input(y.view(), dy.view(), dx.view()));
                Some(dx)
            });
        } else {
            recorder.on_backward(|_, _| None);
        }
        y
    }
}

/// `shaders/activation/relu_forward.wgsl`: x, y of one size.
pub fn relu_forward(x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("activation", "relu_forward");
    Dispatch::new(&KERNEL, &[], [read(x), read_write(y)], (y.bytes / 16).div_ceil(4) as usize)
}

/// `shaders/activation/relu_grad_input.wgsl`: y, dy, dx of one size.
pub fn relu_grad_input(y: View, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("activation", "relu_grad_input");
    Dispatch::new(&KERNEL, &[], [read(y), read(dy), read_write(dx)], (dx.bytes / 16).div_ceil(4) as usize)
}
