//! The convolutions as they are defined, one output per invocation: for reading, and as a baseline for the others.

use super::kernels::{constants, flops};
use crate::{
    kernel,
    layout::ConvShape,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// `shaders/conv/conv_forward_plain.wgsl`: x, w and an optional bias → y.
pub fn conv_forward_plain(shape: ConvShape, x: View, w: View, bias: Option<View>, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "conv_forward_plain");
    let mut all = constants(shape).to_vec();
    all.push(("BIAS", usize::from(bias.is_some())));
    // Without a bias, the binding needs some buffer, which is not read.
    let bindings = [read(x), read(w), read(bias.unwrap_or(w)), read_write(y)];
    Dispatch::new(&KERNEL, &all, bindings, shape.output().size() / 4).with_flops(flops(shape))
}

/// `shaders/conv/conv_grad_weight_plain.wgsl`: x, dy → `chunks` partial gradients.
pub fn conv_grad_weight_plain(shape: ConvShape, chunks: usize, x: View, dy: View, partial: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "conv_grad_weight_plain");
    let mut all = constants(shape).to_vec();
    all.push(("IMAGES", shape.n.div_ceil(chunks)));
    let bindings = [read(x), read(dy), read_write(partial)];
    Dispatch::new(&KERNEL, &all, bindings, chunks * shape.weight_size() / 16).with_flops(flops(shape))
}
