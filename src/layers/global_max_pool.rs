//! Maximum of each channel over the whole image.

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    layout::{Image, quads},
    network::Shape,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// A global max pool.
pub(super) struct GlobalMaxPool {
    output: Shape,
}

impl GlobalMaxPool {
    pub fn new(site: &Site<'_>) -> Self {
        Self { output: Shape { height: 1, width: 1, ..site.input } }
    }
}

impl Layer for GlobalMaxPool {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let image = x.image;
        let y = recorder.tensor("global_max_pool.y", image.averaged(), x.needs_gradient);
        recorder.push(global_max_pool_forward(image, x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            x.needs_gradient.then(|| {
                let dx = recorder.tensor("global_max_pool.dx", image, true);
                recorder.push(global_max_pool_grad_input(image, x.view(), dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

fn constants(image: Image) -> [(&'static str, usize); 2] {
    [("QUADS", quads(image.c)), ("PIXELS", image.h * image.w)]
}

/// `shaders/pool/global_max_pool_forward.wgsl`: x of shape `image`.
pub fn global_max_pool_forward(image: Image, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "global_max_pool_forward");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read_write(y)], image.n * quads(image.c))
}

/// `shaders/pool/global_max_pool_grad_input.wgsl`: x and dx of shape `image`.
pub fn global_max_pool_grad_input(image: Image, x: View, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "global_max_pool_grad_input");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read(dy), read_write(dx)], image.n * quads(image.c))
}
