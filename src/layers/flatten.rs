//! Image to vector.

use super::{Layer, Recorder, Tensor, site::Site};
use crate::network::{Shape, ShapeError};

/// Computes nothing: the image is a single pixel.
pub(super) struct Flatten {
    shape: Shape,
}

impl Flatten {
    pub fn new(site: &Site<'_>) -> Result<Self, ShapeError> {
        if !site.input.is_pixel() {
            return Err(site.refuse("flatten", "it needs 1×1 pixels; put a global_average_pool before it"));
        }
        Ok(Self { shape: site.input })
    }
}

impl Layer for Flatten {
    fn output(&self) -> Shape {
        self.shape
    }

    fn forward(&self, _: &mut Recorder<'_>, x: Tensor) -> Tensor {
        x
    }
}
