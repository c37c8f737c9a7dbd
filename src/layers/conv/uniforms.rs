//! The contents of the convolution kernels' uniform buffers, laid out like the shaders' structs of the same names.

use bytemuck::{Pod, Zeroable};

/// The shape that `conv_forward_registers` computes; channels are counted in quads.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ForwardShape {
    pub images: u32,
    pub height: u32,
    pub width: u32,
    pub inputs: u32,
    pub outputs: u32,
    pub kernel: u32,
    /// 1 if a bias is added, else 0.
    pub biased: u32,
    /// First block of the weights in the bound range.
    pub w_from: u32,
    /// First quad of the bias in the bound range.
    pub bias_from: u32,
}

/// The shape that `conv_grad_weight_registers` computes; channels are counted in quads.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GradWeightShape {
    pub height: u32,
    pub width: u32,
    pub inputs: u32,
    pub outputs: u32,
    /// Rows of all images.
    pub rows: u32,
    pub chunks: u32,
    /// First block of the partial gradients in the bound range.
    pub first: u32,
}

/// A convolution whose weights `conv_flip` flips; channels are counted in quads.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Convolution {
    /// First block of the weights.
    pub first: u32,
    pub inputs: u32,
    pub outputs: u32,
    /// Taps of the kernel: its side squared.
    pub taps: u32,
}
