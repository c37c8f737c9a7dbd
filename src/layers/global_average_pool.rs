//! Mean of each channel over the whole image.

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    layout::{Image, quads},
    network::Shape,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// A global average pool.
pub(super) struct GlobalAveragePool {
    output: Shape,
}

impl GlobalAveragePool {
    pub fn new(site: &Site<'_>) -> Self {
        Self { output: Shape { height: 1, width: 1, ..site.input } }
    }
}

impl Layer for GlobalAveragePool {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let image = x.image;
        let wanted = x.needs_gradient;
        let y = recorder.tensor("global_average_pool.y", image.averaged(), wanted);
        recorder.push(global_average_pool_forward(image, x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            wanted.then(|| {
                let dx = recorder.tensor("global_average_pool.dx", image, true);
                recorder.push(global_average_pool_grad_input(image, dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

fn constants(image: Image) -> [(&'static str, usize); 2] {
    [("QUADS", quads(image.c)), ("PIXELS", image.h * image.w)]
}

/// `shaders/pool/global_average_pool_forward.wgsl`: x of shape `image`.
pub fn global_average_pool_forward(image: Image, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "global_average_pool_forward");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read_write(y)], image.n * quads(image.c))
}

/// `shaders/pool/global_average_pool_grad_input.wgsl`: dx of shape `image`.
pub fn global_average_pool_grad_input(image: Image, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "global_average_pool_grad_input");
    Dispatch::new(&KERNEL, &constants(image), [read(dy), read_write(dx)], image.size() / 4)
}
