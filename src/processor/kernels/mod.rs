//! The kernels, under the names of their shaders and in the same groups.
//!
//! A kernel is made once for a dispatch, from its constants, and called with what the dispatch binds. Loops over channels go by
//! blocks that stay in vector registers; a function that holds such a loop is `inline(always)` and called through `dispatch!`,
//! which compiles it for each kind of vector instructions.

mod activation;
mod average;
mod batch;
mod block;
mod conv;
mod loss;
mod measure;
mod norm;
mod optim;
mod pool;
mod tensor;

use super::{buffers::Call, workers::Workers};
use crate::plan::Dispatch;

/// A kernel with the constants of a dispatch.
pub(super) type Kernel = Box<dyn Fn(&Workers, Call<'_>)>;

/// The kernel of a dispatch, unless its name is of one that only adapters have.
pub(super) fn of(workers: &Workers, dispatch: &Dispatch) -> Option<Kernel> {
    Some(match dispatch.kernel.name {
        "add" => tensor::add(),
        "add_view" => measure::add_view(),
        "adam" => optim::adam(),
        "advance" => batch::advance(dispatch),
        "batch_norm_finish" => norm::batch_norm_finish(dispatch),
        "batch_norm_grad_finish" => norm::batch_norm_grad_finish(dispatch),
        "batch_norm_running" => norm::batch_norm_running(dispatch),
        "channel_sums" => conv::channel_sums(dispatch),
        "conv_flip" => conv::conv_flip(dispatch),
        "conv_forward_plain" => conv::conv_forward(workers, dispatch),
        "conv_grad_weight_plain" => conv::conv_grad_weight(workers, dispatch),
        "copy" => tensor::copy(),
        "ema" => average::ema(dispatch),
        "fold" => conv::fold(dispatch),
        "gather" => batch::gather(dispatch),
        "gelu_forward" => activation::gelu_forward(),
        "gelu_grad_input" => activation::gelu_grad_input(),
        "global_average_pool_forward" => pool::global_average_pool_forward(dispatch),
        "global_average_pool_grad_input" => pool::global_average_pool_grad_input(dispatch),
        "global_max_pool_forward" => pool::global_max_pool_forward(dispatch),
        "global_max_pool_grad_input" => pool::global_max_pool_grad_input(dispatch),
        "group_norm_finish" => norm::group_norm_finish(dispatch),
        "group_norm_grad_finish" => norm::group_norm_grad_finish(dispatch),
        "lookahead" => optim::lookahead(),
        "max_pool_forward" => pool::max_pool_forward(dispatch),
        "max_pool_grad_input" => pool::max_pool_grad_input(dispatch),
        "metrics" => measure::metrics(),
        "norm_forward" | "norm_pool_forward" => norm::norm_forward(dispatch),
        "norm_grad_input" | "norm_pool_grad_input" => norm::norm_grad_input(dispatch),
        "norm_grad_parameters" => norm::norm_grad_parameters(dispatch),
        "norm_grad_sums" | "norm_pool_grad_sums" => norm::norm_grad_sums(dispatch),
        "norm_statistics" => norm::norm_statistics(dispatch),
        "predict" => measure::predict(dispatch),
        "probe" => measure::probe(dispatch),
        "relu_forward" => activation::relu_forward(),
        "relu_grad_input" => activation::relu_grad_input(),
        "roofline_fma" => measure::roofline_fma(dispatch),
        "scale" => tensor::scale(dispatch),
        "sgd" => optim::sgd(),
        "softmax_cross_entropy" => loss::softmax_cross_entropy(dispatch),
        "sum_chunks" => conv::sum_chunks(dispatch),
        "unfold" => conv::unfold(dispatch),
        _ => return None,
    })
}

/// A constant of a dispatch that is a whole number.
fn constant(dispatch: &Dispatch, name: &str) -> usize {
    number(dispatch, name) as usize
}

/// A constant of a dispatch.
///
/// # Panics
/// If the dispatch has none of this name.
fn number(dispatch: &Dispatch, name: &str) -> f64 {
    let found = dispatch.constants.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("{} has no constant {name}", dispatch.kernel.name)).1
}

/// Whole numbers that memory of floats holds by their bits.
fn words(floats: &[f32]) -> &[u32] {
    bytemuck::cast_slice(floats)
}
