//! The oracle: every shader's twin as plain loops in f64, written to be read as the definition.
//!
//! A twin has its shader's stem without the variant (`_registers`, `_tiled`, `_pool`), stands in the file of its group, reads and returns the same memory (`layout.rs`), and fills padding lanes with exact
//! zeros. `tests/kernels/` compares each shader with its twin; `tests/gradients.rs` proves each backward twin against
//! finite differences of its forward twin.

pub use crate::layout::{Conv, Image, Norm, pair_index};

use crate::layout::pad4;

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

/// A vector of `channels` values from a function of the channel, with zero padding.
pub fn fill_vector(channels: usize, mut value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..pad4(channels)).map(|c| if c < channels { value(c) } else { 0.0 }).collect()
}
