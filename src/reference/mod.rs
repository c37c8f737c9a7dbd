//! The oracle: every shader's twin as plain loops in f64, written to be read as the definition.
//!
//! A twin has its shader's stem, reads and returns the same memory (`layout.rs`), and fills padding lanes with exact
//! zeros. `tests/kernels.rs` compares each shader with its twin; `tests/gradients.rs` proves each backward twin against
//! finite differences of its forward twin.

pub use crate::layout::{Conv, Image, Norm, pair_index};

use crate::layout::pad4;

mod adam;
mod add;
mod batch_norm_finish;
mod batch_norm_grad_finish;
mod batch_norm_running;
mod channel_sums;
mod conv_flip;
mod conv_forward;
mod conv_grad_weight;
mod ema;
mod gather;
mod gelu;
mod global_average_pool_backward;
mod global_average_pool_forward;
mod group_norm_finish;
mod group_norm_grad_finish;
mod max_pool_backward;
mod max_pool_forward;
mod metrics;
mod norm_forward;
mod norm_grad_input;
mod norm_grad_parameters;
mod norm_grad_sums;
mod norm_statistics;
mod predict;
mod probe;
mod relu_backward;
mod relu_forward;
mod roofline_fma;
mod softmax_cross_entropy;
mod sum_chunks;

pub use adam::{Adam, AdamStep, adam};
pub use add::add;
pub use batch_norm_finish::batch_norm_finish;
pub use batch_norm_grad_finish::{BatchNormGradients, batch_norm_grad_finish};
pub use batch_norm_running::batch_norm_running;
pub use channel_sums::channel_sums;
pub use conv_flip::conv_flip;
pub use conv_forward::conv_forward;
pub use conv_grad_weight::conv_grad_weight;
pub use ema::ema;
pub use gather::{Gather, gather};
pub use gelu::{gelu_forward, gelu_grad_input};
pub use global_average_pool_backward::global_average_pool_backward;
pub use global_average_pool_forward::global_average_pool_forward;
pub use group_norm_finish::group_norm_finish;
pub use group_norm_grad_finish::group_norm_grad_finish;
pub use max_pool_backward::max_pool_backward;
pub use max_pool_forward::max_pool_forward;
pub use metrics::metrics;
pub use norm_forward::norm_forward;
pub use norm_grad_input::norm_grad_input;
pub use norm_grad_parameters::norm_grad_parameters;
pub use norm_grad_sums::norm_grad_sums;
pub use norm_statistics::{Moments, norm_statistics};
pub use predict::predict;
pub use probe::probe;
pub use relu_backward::relu_backward;
pub use relu_forward::relu_forward;
pub use roofline_fma::roofline_fma;
pub use softmax_cross_entropy::{CrossEntropy, Loss, softmax_cross_entropy};
pub use sum_chunks::sum_chunks;

/// A vector of `channels` values from a function of the channel, with zero padding.
pub fn fill_vector(channels: usize, mut value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..pad4(channels)).map(|c| if c < channels { value(c) } else { 0.0 }).collect()
}
