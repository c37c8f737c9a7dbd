//! Where a value lies in memory: channels padded to quads, weights in 4×4 blocks.
//!
//! Activations are NHWC with the channels padded to a multiple of four, so that a pixel's channels are whole `vec4f`s.
//! Weights of a convolution are stored as blocks of four input by four output channels, `[kh][kw][Cin/4][Cout/4][4][4]`,
//! so that WGSL binds them as `array<mat4x4f>` and one product `M * x` consumes four input channels. Padding lanes are
//! zero, and every kernel keeps them so.

use std::ops::Range;

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
const fn activation_index(
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

/// Flat index into `[rows][2][C]`, the layout of partial sums, statistics and coefficients of the norms.
pub const fn pair_index(channels: usize, row: usize, which: usize, c: usize) -> usize {
    (row * 2 + which) * pad4(channels) + c
}

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

    /// The shape of the 2×2 patches as pixels, for every place where one fits.
    pub const fn unfolded(self) -> Image {
        Image { h: self.h - 1, w: self.w - 1, c: 4 * self.c, ..self }
    }

    /// The shape after global average pooling.
    pub const fn averaged(self) -> Image {
        Image { h: 1, w: 1, ..self }
    }
}

/// Shape of a convolution with stride 1 and same padding; a dense layer is the case h = w = kernel = 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConvShape {
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

impl ConvShape {
    /// Shape of the activations that go in.
    pub const fn input(self) -> Image {
        Image { n: self.n, h: self.h, w: self.w, c: self.inputs }
    }

    /// Shape of the activations that come out.
    pub const fn output(self) -> Image {
        Image { n: self.n, h: self.h, w: self.w, c: self.outputs }
    }

    /// The convolution from outputs to inputs, with which the gradient flows back.
    pub const fn transposed(self) -> ConvShape {
        ConvShape { inputs: self.outputs, outputs: self.inputs, ..self }
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
        let ConvShape { kernel, inputs, outputs, .. } = self;
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

/// Shape of a normalisation layer: batch norm has one row of statistics, group norm one a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormShape {
    /// Shape of input and output.
    pub image: Image,
    /// Whether each sample has its own statistics (group norm).
    pub per_sample: bool,
    /// Whether a ReLU follows in the same pass.
    pub relu: bool,
    /// Whether 2×2 max pooling follows in the same pass; both sides of the image are even then.
    pub pool: bool,
}

impl NormShape {
    /// Shape of the output.
    pub const fn output(self) -> Image {
        if self.pool { self.image.max_pooled() } else { self.image }
    }

    /// Index of the first and second value of a pair (mean and inverse deviation, or c₁ and c₂) that belongs to channel
    /// `c` of sample `n`, in `[2][C]` or, per sample, `[N][2][C]`.
    pub const fn pair(self, n: usize, c: usize) -> (usize, usize) {
        let row = if self.per_sample { n } else { 0 };
        (pair_index(self.image.c, row, 0, c), pair_index(self.image.c, row, 1, c))
    }
}
