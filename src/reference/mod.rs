//! The oracle: every shader's twin as plain loops in f64, written to be read as the definition.
//!
//! A twin has its shader's stem, reads and returns the same memory (`layout.rs`), and fills padding lanes with exact
//! zeros. `tests/kernels.rs` compares each shader with its twin; `tests/gradients.rs` proves each backward twin against
//! finite differences of its forward twin.

use std::ops::Range;

use crate::layout::{activation_index, conv_weight_index, conv_weight_len, pad4};

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
mod relu_backward;
mod relu_forward;
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
pub use relu_backward::relu_backward;
pub use relu_forward::relu_forward;
pub use softmax_cross_entropy::{CrossEntropy, Loss, softmax_cross_entropy};
pub use sum_chunks::sum_chunks;

/// Shape of a batch of activations in NHWC; `c` counts the true channels, memory holds `pad4(c)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Samples.
    pub n: usize,
    /// Rows of a sample.
    pub h: usize,
    /// Columns of a sample.
    pub w: usize,
    /// Channels, without padding.
    pub c: usize,
}

impl Image {
    /// Number of values in memory, padding included.
    pub const fn size(self) -> usize {
        self.n * self.h * self.w * pad4(self.c)
    }

    /// Flat index of channel `c` of the pixel (`y`, `x`) of sample `n`.
    pub const fn index(self, n: usize, y: usize, x: usize, c: usize) -> usize {
        activation_index((self.h, self.w, self.c), n, y, x, c)
    }

    /// Every pixel as (n, y, x), in the order of memory.
    pub fn pixels(self) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..self.n).flat_map(move |n| (0..self.h).flat_map(move |y| (0..self.w).map(move |x| (n, y, x))))
    }

    /// Activations of this shape from a function of (n, y, x, c), with zero padding.
    pub fn fill(self, mut value: impl FnMut(usize, usize, usize, usize) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.size()];
        for (n, y, x) in self.pixels() {
            for c in 0..self.c {
                values[self.index(n, y, x, c)] = value(n, y, x, c);
            }
        }
        values
    }

    /// The pixels of a sample that chunk `chunk` of `chunks` sums, counted along the rows. All chunks have
    /// ⌈h·w / chunks⌉ pixels, except the last ones where that does not divide: these are shorter, or empty.
    pub fn chunk(self, chunks: usize, chunk: usize) -> Range<usize> {
        let pixels = self.h * self.w;
        let each = pixels.div_ceil(chunks);
        (chunk * each).min(pixels)..((chunk + 1) * each).min(pixels)
    }

    /// The shape after 2×2 max pooling: an odd last row or column is dropped.
    pub const fn max_pooled(self) -> Image {
        Image { h: self.h / 2, w: self.w / 2, ..self }
    }

    /// The shape after global average pooling.
    pub const fn averaged(self) -> Image {
        Image { h: 1, w: 1, ..self }
    }
}

/// Shape of a convolution with stride 1 and same padding; a dense layer is the case h = w = kernel = 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Samples.
    pub n: usize,
    /// Rows of a sample.
    pub h: usize,
    /// Columns of a sample.
    pub w: usize,
    /// Input channels, without padding.
    pub inputs: usize,
    /// Output channels, without padding.
    pub outputs: usize,
    /// Taps along each axis; odd.
    pub kernel: usize,
}

impl Conv {
    /// Shape of the activations that go in.
    pub const fn input(self) -> Image {
        Image { n: self.n, h: self.h, w: self.w, c: self.inputs }
    }

    /// Shape of the activations that come out.
    pub const fn output(self) -> Image {
        Image { n: self.n, h: self.h, w: self.w, c: self.outputs }
    }

    /// The convolution from outputs to inputs, with which the gradient flows back.
    pub const fn transposed(self) -> Conv {
        Conv { inputs: self.outputs, outputs: self.inputs, ..self }
    }

    /// Number of weights in memory, padding included.
    pub const fn weight_size(self) -> usize {
        conv_weight_len(self.kernel, self.inputs, self.outputs)
    }

    /// Flat index of the weight from input channel `ci` to output channel `co` at tap (`kh`, `kw`).
    pub const fn weight_index(self, kh: usize, kw: usize, ci: usize, co: usize) -> usize {
        conv_weight_index((self.kernel, self.inputs, self.outputs), kh, kw, ci, co)
    }

    /// Every weight as (kh, kw, ci, co).
    pub fn weights(self) -> impl Iterator<Item = (usize, usize, usize, usize)> {
        let Conv { kernel, inputs, outputs, .. } = self;
        (0..kernel * kernel).flat_map(move |tap| {
            (0..inputs).flat_map(move |ci| (0..outputs).map(move |co| (tap / kernel, tap % kernel, ci, co)))
        })
    }

    /// Weights of this shape from a function of (kh, kw, ci, co), with zero padding.
    pub fn fill_weights(self, mut value: impl FnMut(usize, usize, usize, usize) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.weight_size()];
        for (kh, kw, ci, co) in self.weights() {
            values[self.weight_index(kh, kw, ci, co)] = value(kh, kw, ci, co);
        }
        values
    }

    /// The input pixel (y, x) that tap (`kh`, `kw`) reads for the output pixel (`y`, `x`); none outside the image, where
    /// same padding has zeros.
    pub fn tap(self, y: usize, x: usize, kh: usize, kw: usize) -> Option<(usize, usize)> {
        let margin = self.kernel / 2;
        let row = (y + kh).checked_sub(margin).filter(|&row| row < self.h)?;
        let column = (x + kw).checked_sub(margin).filter(|&column| column < self.w)?;
        Some((row, column))
    }
}

/// A normalisation layer: batch norm has one row of statistics, group norm one a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Norm {
    /// Shape of input and output.
    pub image: Image,
    /// Whether each sample has its own statistics (group norm).
    pub per_sample: bool,
    /// Whether a ReLU follows in the same pass.
    pub relu: bool,
}

impl Norm {
    /// Index of the first and second value of a pair (mean and inverse deviation, or c₁ and c₂) that belongs to channel
    /// `c` of sample `n`, in `[2][C]` or, per sample, `[N][2][C]`.
    pub const fn pair(self, n: usize, c: usize) -> (usize, usize) {
        let row = if self.per_sample { n } else { 0 };
        (pair_index(self.image.c, row, 0, c), pair_index(self.image.c, row, 1, c))
    }
}

/// A vector of `channels` values from a function of the channel, with zero padding.
pub fn fill_vector(channels: usize, mut value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..pad4(channels)).map(|c| if c < channels { value(c) } else { 0.0 }).collect()
}

/// Flat index into `[rows][2][C]`, the layout of partial sums, statistics and coefficients of the norms.
pub const fn pair_index(channels: usize, row: usize, which: usize, c: usize) -> usize {
    (row * 2 + which) * pad4(channels) + c
}
