//! Maximum of each 2×2 square; an odd last row or column is left out.

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    layout::{Image, quads},
    network::{Shape, ShapeError},
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// A max pooling that is not part of a norm's pass.
pub(super) struct MaxPool {
    output: Shape,
}

impl MaxPool {
    pub fn new(site: &Site<'_>) -> Result<Self, ShapeError> {
        if site.input.height < 2 || site.input.width < 2 {
            return Err(site.refuse("max_pool", "it needs at least 2×2 pixels"));
        }
        Ok(Self { output: site.input.max_pooled() })
    }
}

impl Layer for MaxPool {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let y = recorder.tensor("max_pool.y", x.image.max_pooled(), x.needs_gradient);
        recorder.push(max_pool_forward(x.image, x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            x.needs_gradient.then(|| {
                let dx = recorder.tensor("max_pool.dx", x.image, true);
                recorder.push(max_pool_grad_input(x.image, x.view(), dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

fn constants(image: Image) -> [(&'static str, usize); 3] {
    [("HEIGHT", image.h), ("WIDTH", image.w), ("QUADS", quads(image.c))]
}

/// `shaders/pool/max_pool_forward.wgsl`: x of shape `image`.
pub fn max_pool_forward(image: Image, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "max_pool_forward");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read_write(y)], image.max_pooled().size() / 4)
}

/// `shaders/pool/max_pool_grad_input.wgsl`: x and dx of shape `image`.
pub fn max_pool_grad_input(image: Image, x: View, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("pool", "max_pool_grad_input");
    let windows = image.n * image.h.div_ceil(2) * image.w.div_ceil(2) * quads(image.c);
    Dispatch::new(&KERNEL, &constants(image), [read(x), read(dy), read_write(dx)], windows)
}
