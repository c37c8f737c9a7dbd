//! The kernels as functions from shapes and views to a dispatch, shared by the layers and by the kernels' own tests.

pub use super::{
    add::add,
    conv::{
        ConvOp, SMALLEST_MEMORY, Tile, Tiles, channel_sums, conv_flip, conv_forward, conv_forward_plain,
        conv_grad_weight, conv_grad_weight_plain, grad_weight_chunks,
    },
    copy::copy,
    gelu::{gelu_forward, gelu_grad_input},
    global_average_pool::{global_average_pool_forward, global_average_pool_grad_input},
    max_pool::{max_pool_forward, max_pool_grad_input},
    norm::{
        batch_norm_finish, batch_norm_grad_finish, batch_norm_running, group_norm_finish,
        group_norm_grad_finish, norm_forward, norm_grad_input, norm_grad_parameters, norm_grad_sums,
        norm_statistics,
    },
    profile::KernelSet,
    relu::{relu_forward, relu_grad_input},
    softmax_cross_entropy::softmax_cross_entropy,
    sums::{Sum, sum_all, sum_chunks},
};
