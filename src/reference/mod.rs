//! The oracle of the tests: a twin of every shader, in plain f64 loops that read like the definition.
//!
//! A twin has its shader's stem without the variant (`_registers`, `_tiled`, `_pool`), is in the file of its layer or
//! group, reads and returns the same memory (`layout.rs`), and fills padding lanes with exact zeros. `tests/layers/` and
//! `tests/kernels/` compare each shader with its twin, and each backward twin with finite differences of its forward twin.

pub use crate::layout::{ConvShape, Image, NormShape, pair_index};

use crate::{layout::pad4, network::LayerSpec};

mod average;
mod batch;
mod conv;
mod gelu;
mod loss;
mod measure;
mod norm;
mod optim;
mod pool;
mod relu;
mod tensor;

pub use average::*;
pub use batch::*;
pub use conv::*;
pub use gelu::*;
pub use loss::*;
pub use measure::*;
pub use norm::*;
pub use optim::*;
pub use pool::*;
pub use relu::*;
pub use tensor::*;

/// The twins of a layer without parameters.
pub struct LayerTwins {
    /// Shape of the output for an input of this shape.
    pub output: fn(Image) -> Image,
    /// From x, of this shape, to y.
    pub forward: fn(Image, &[f64]) -> Vec<f64>,
    /// From x, of this shape, y and dy to dx.
    pub grad_input: fn(Image, [&[f64]; 3]) -> Vec<f64>,
}

/// The twins of a layer; `None` for a layer that has parameters or no kernel of its own.
pub fn layer_twins(layer: &LayerSpec) -> Option<LayerTwins> {
    Some(match layer {
        LayerSpec::Relu => LayerTwins {
            output: |image| image,
            forward: |_, x| relu_forward(x),
            grad_input: |_, [_, y, dy]| relu_grad_input(y, dy),
        },
        LayerSpec::Gelu => LayerTwins {
            output: |image| image,
            forward: |_, x| gelu_forward(x),
            grad_input: |_, [x, _, dy]| gelu_grad_input(x, dy),
        },
        LayerSpec::MaxPool => LayerTwins {
            output: Image::max_pooled,
            forward: max_pool_forward,
            grad_input: |image, [x, _, dy]| max_pool_grad_input(image, x, dy),
        },
        LayerSpec::GlobalAveragePool => LayerTwins {
            output: Image::averaged,
            forward: global_average_pool_forward,
            grad_input: |image, [_, _, dy]| global_average_pool_grad_input(image, dy),
        },
        LayerSpec::GlobalMaxPool => LayerTwins {
            output: Image::averaged,
            forward: global_max_pool_forward,
            grad_input: |image, [x, _, dy]| global_max_pool_grad_input(image, x, dy),
        },
        LayerSpec::Conv { .. }
        | LayerSpec::BatchNorm { .. }
        | LayerSpec::GroupNorm { .. }
        | LayerSpec::Flatten
        | LayerSpec::Dense { .. }
        | LayerSpec::Scale { .. }
        | LayerSpec::Residual(_) => return None,
    })
}

/// A vector of `channels` values from a function of the channel, with zero padding.
pub fn fill_vector(channels: usize, mut value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..pad4(channels)).map(|c| if c < channels { value(c) } else { 0.0 }).collect()
}
