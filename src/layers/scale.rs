//! Multiplication by a number.

use super::{Layer, Recorder, Tensor, site::Site};
use crate::{
    kernel,
    network::{Shape, ShapeError},
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// y = by · x.
pub(super) struct Scale {
    shape: Shape,
    by: f64,
}

impl Scale {
    pub fn new(by: f64, site: &Site<'_>) -> Result<Self, ShapeError> {
        if by == 0.0 || !(by as f32).is_finite() {
            return Err(site.refuse(
                "scale",
                format!("it would multiply by {by}; it takes a finite number other than 0"),
            ));
        }
        Ok(Self { shape: site.input, by })
    }
}

impl Layer for Scale {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let (by, wanted) = (self.by, x.needs_gradient);
        let y = recorder.tensor("scale.y", x.image, wanted);
        recorder.push(scale(by, x.view(), y.view()));
        recorder.on_backward(move |recorder, dy| {
            wanted.then(|| {
                let dx = recorder.tensor("scale.dx", dy.image, true);
                recorder.push(scale(by, dy.view(), dx.view()));
                dx
            })
        });
        y
    }
}

/// `shaders/tensor/scale.wgsl`: x, y of one size.
pub fn scale(by: f64, x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("tensor", "scale");
    Dispatch::new(&KERNEL, &[], [read(x), read_write(y)], (y.bytes / 16).div_ceil(4) as usize)
        .with_constant("FACTOR", by)
}
