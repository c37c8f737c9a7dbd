//! Where a value lies in memory: channels padded to quads, weights in 4×4 blocks.
//!
//! Activations are NHWC with the channels padded to a multiple of four, so that a pixel's channels are whole `vec4f`s.
//! Weights of a convolution are stored as blocks of four input by four output channels, `[kh][kw][Cin/4][Cout/4][4][4]`,
//! so that WGSL binds them as `array<mat4x4f>` and one product `M * x` consumes four input channels. Padding lanes are
//! zero, and every kernel keeps them so.

/// Tensors of an arena start at multiples of this many floats: 256 bytes, the strictest alignment WebGPU may ask of a
/// storage binding's offset.
pub const TENSOR_ALIGNMENT: usize = 64;

/// Number of channel quads that hold `channels` channels.
pub const fn quads(channels: usize) -> usize {
    channels.div_ceil(4)
}

/// `channels` rounded up to a whole number of quads.
pub const fn pad4(channels: usize) -> usize {
    quads(channels) * 4
}

/// Flat index of an activation in NHWC with padded channels.
pub const fn activation_index(
    (height, width, channels): (usize, usize, usize),
    n: usize,
    y: usize,
    x: usize,
    c: usize,
) -> usize {
    ((n * height + y) * width + x) * pad4(channels) + c
}

/// Number of floats that the weights of a `kernel`×`kernel` convolution take.
pub const fn conv_weight_len(kernel: usize, inputs: usize, outputs: usize) -> usize {
    kernel * kernel * pad4(inputs) * pad4(outputs)
}

/// Flat index of the weight from input channel `ci` to output channel `co` at tap (`kh`, `kw`).
pub const fn conv_weight_index(
    (kernel, inputs, outputs): (usize, usize, usize),
    kh: usize,
    kw: usize,
    ci: usize,
    co: usize,
) -> usize {
    let block = ((kh * kernel + kw) * quads(inputs) + ci / 4) * quads(outputs) + co / 4;
    (block * 4 + ci % 4) * 4 + co % 4
}
