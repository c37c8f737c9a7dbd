use super::*;
use crate::{gpu::Kernel, kernel};

/// Maximum of each 2×2 square; an odd last row or column is left out.
pub(super) struct MaxPool;

impl Layer for MaxPool {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let y = recorder.tensor("max_pool.y", x.image.max_pooled(), x.needs_gradient);
        recorder.push(max_pool_forward(x.image, x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            x.needs_gradient.then(|| {
                let dx = recorder.tensor("max_pool.dx", x.image, true);
                recorder.push(max_pool_backward(x.image, x.view(), dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

fn constants(image: Image) -> [(&'static str, usize); 3] {
    [("HEIGHT", image.h), ("WIDTH", image.w), ("QUADS", quads(image.c))]
}

/// `shaders/max_pool_forward.wgsl`: x of shape `image`.
pub fn max_pool_forward(image: Image, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("max_pool_forward");
    Dispatch::new(&KERNEL, &constants(image), [read(x), read_write(y)], image.max_pooled().size() / 4)
}

/// `shaders/max_pool_backward.wgsl`: x and dx of shape `image`.
pub fn max_pool_backward(image: Image, x: View, dy: View, dx: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("max_pool_backward");
    let windows = image.n * image.h.div_ceil(2) * image.w.div_ceil(2) * quads(image.c);
    Dispatch::new(&KERNEL, &constants(image), [read(x), read(dy), read_write(dx)], windows)
}
