//! Convolution with stride 1: with "same" padding, or without any and a 2×2 kernel.

mod kernels;
mod plain;
mod tile;
mod unfold;
pub(crate) mod uniforms;
mod weights;

pub use kernels::{channel_sums, conv_flip, conv_forward, conv_grad_weight, grad_weight_chunks};
pub use plain::{conv_forward_plain, conv_grad_weight_plain};
pub use tile::{ConvOp, SMALLEST_MEMORY, Tile, Tiles};
pub use unfold::{fold, unfold};
pub(super) use weights::ConvWeights;

use super::{Layer, Recorder, Tensor, site::Site, sums::sum_chunks};
use crate::{
    data::WHITENING_FILTERS,
    layout::{self, Image, pad4},
    network::{Group, Initial, ParameterKind, Shape, ShapeError},
    plan::Lease,
};

/// Most partial sums of a bias gradient; for this many pixels or fewer, dy itself serves as the partial sums.
const BIAS_SUMS: usize = 1024;

/// y = w ∗ x + b.
pub(super) struct Conv {
    output: Shape,
    kernel: usize,
    weight: usize,
    bias: Option<usize>,
}

impl Conv {
    /// A convolution with `out` output channels and a `kernel`×`kernel` kernel, with or without a bias. With `dirac` the first filters
    /// begin as identities; with `whiten` they whiten the patches of the training images, and stay so.
    pub fn new(
        out: u32,
        kernel: u32,
        bias: bool,
        [dirac, whiten]: [bool; 2],
        site: &mut Site<'_>,
    ) -> Result<Self, ShapeError> {
        if out == 0 {
            return Err(site.refuse("conv", "it has no output channels"));
        }
        if ![1, 2, 3].contains(&kernel) {
            return Err(site.refuse("conv", "its kernel must be 1, 2 or 3"));
        }
        if kernel == 2 && (site.input.height < 2 || site.input.width < 2) {
            return Err(site.refuse("conv", "a 2×2 kernel needs at least 2×2 pixels"));
        }
        if whiten && (!site.is_first() || kernel != 2 || out as usize != WHITENING_FILTERS || dirac) {
            let reason = format!(
                "with `whiten` it must be the first layer, with a 2×2 kernel, {WHITENING_FILTERS} outputs and no `dirac`"
            );
            return Err(site.refuse("conv", reason));
        }
        site.check_size("conv", out, kernel)?;
        let (outputs, kernel, inputs) = (out as usize, kernel as usize, site.input.channels);
        let bound = 1.0 / ((kernel * kernel * inputs) as f64).sqrt();
        let initial = Initial::Uniform(bound);
        let shape = [outputs, inputs, kernel, kernel];
        let first = match (dirac, whiten) {
            (true, _) => Initial::Dirac(bound),
            (_, true) => Initial::Whitening,
            _ => initial,
        };
        let kind = if kernel == 2 { ParameterKind::Patches } else { ParameterKind::Conv };
        let weight = site.parameter("weight", &shape, kind, first);
        if whiten {
            site.group(weight, Group::Frozen);
        }
        let bias = bias.then(|| site.parameter("bias", &[outputs], ParameterKind::Vector, initial));
        Ok(Self { output: site.input.convolved(kernel, outputs), kernel, weight, bias })
    }
}

impl Layer for Conv {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let (x, kernel) = match self.kernel {
            2 => (unfold::patches(recorder, x), 1),
            kernel => (x, kernel),
        };
        let Image { n, h, w, c } = x.image;
        let shape = layout::ConvShape { n, h, w, inputs: c, outputs: self.output.channels, kernel };
        record(recorder, shape, self.weight, self.bias, x)
    }
}

/// Records a convolution and its backward pass, or a dense layer, whose `shape` is one row of pixels. Frozen weights have no
/// gradient.
pub(super) fn record(
    recorder: &mut Recorder<'_>,
    shape: layout::ConvShape,
    weight: usize,
    bias: Option<usize>,
    x: Tensor,
) -> Tensor {
    let kernels = recorder.conv_kernels(ConvOp::Forward, shape);
    let (w, b) = (recorder.loaded(weight), bias.map(|bias| recorder.loaded(bias)));
    let y = recorder.tensor("conv.y", shape.output(), true);
    recorder.push(conv_forward(kernels, shape, x.view(), w, b, y.view()));
    if x.needs_gradient {
        recorder.wants_flipped(shape, weight);
    }
    let chunks = grad_weight_chunks(recorder.profile.kernels, shape);
    let trained = recorder.parameters[weight].is_trained();
    if trained {
        recorder.wants_parts(chunks, weight);
    }
    recorder.on_backward(move |recorder, dy| {
        if trained {
            let kernels = recorder.conv_kernels(ConvOp::GradWeight, shape);
            recorder.push_parts(chunks, weight, |partial| {
                conv_grad_weight(kernels, shape, chunks, x.view(), dy.view(), partial)
            });
        }
        if let Some(bias) = bias {
            let pixels = shape.n * shape.h * shape.w;
            let share = pixels.div_ceil(BIAS_SUMS);
            let partial = (share > 1).then(|| {
                let floats = pixels.div_ceil(share) * pad4(shape.outputs);
                let partial = recorder.tensor_scratch("conv.bias_partial", floats);
                recorder.push(channel_sums(shape.output(), share, dy.view(), partial.view()));
                partial
            });
            let sums = partial.as_ref().map_or(dy.view(), Lease::view);
            recorder.push(sum_chunks(kernels, sums, recorder.gradient(bias)));
        }
        x.needs_gradient.then(|| {
            let flipped = recorder.flipped(weight);
            let dx = recorder.tensor("conv.dx", x.image, true);
            let back = shape.transposed();
            let kernels = recorder.conv_kernels(ConvOp::Forward, back);
            recorder.push(conv_forward(kernels, back, dy.view(), flipped, None, dx.view()));
            dx
        })
    });
    y
}
