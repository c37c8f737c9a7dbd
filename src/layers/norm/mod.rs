//! The common part of batch norm and group norm, which differ in their statistics and not in how they use them.

mod batch;
mod group;

pub(super) use batch::BatchNorm;
pub use batch::{batch_norm_finish, batch_norm_grad_finish, batch_norm_running};
pub(super) use group::GroupNorm;
pub use group::{group_norm_finish, group_norm_grad_finish, norm_grad_parameters};

use super::{Recorder, Tensor, site::Site};
use crate::{
    kernel,
    layout::{Image, NormShape, pad4, quads},
    network::{Group, Initial, LayerSpec, ParameterKind, Shape},
    plan::{Access, Dispatch, Kernel, Lease, View, read, read_write},
};

/// Scale γ and shift β of a norm, one of each per channel.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    gamma: usize,
    beta: usize,
    /// Whether γ is trained; it is 1 otherwise.
    scale: bool,
    channels: usize,
}

impl Affine {
    pub fn new(scale: bool, site: &mut Site<'_>) -> Self {
        let channels = site.input.channels;
        let (shape, vector) = ([channels], ParameterKind::Vector);
        let gamma = if scale {
            site.parameter("weight", &shape, vector, Initial::Constant(1.0))
        } else {
            site.buffer("weight", channels, 1.0)
        };
        let beta = site.parameter("bias", &shape, vector, Initial::Constant(0.0));
        site.group(beta, Group::NormBiases);
        Self { gamma, beta, scale, channels }
    }

    /// γ and β in the arena of weights.
    pub fn weights(self, recorder: &Recorder<'_>) -> (View, View) {
        (recorder.weight(self.gamma), recorder.weight(self.beta))
    }

    /// dβ in the arena of gradients, and there dγ too if γ is trained; otherwise in memory that holds it for as long as the lease.
    pub fn gradients(self, recorder: &Recorder<'_>) -> ([View; 2], Option<Lease>) {
        let unused = (!self.scale).then(|| recorder.scratch("norm.dgamma", pad4(self.channels)));
        let dgamma = unused.as_ref().map_or_else(|| recorder.gradient(self.gamma), Lease::view);
        ([dgamma, recorder.gradient(self.beta)], unused)
    }
}

/// The layers fused with a norm: a ReLU, and 2×2 max pooling after that if both sides of the image are even.
#[derive(Clone, Copy)]
struct Fused {
    input: Shape,
    relu: bool,
    pool: bool,
}

impl Fused {
    fn of(site: &Site<'_>) -> Self {
        let Shape { height, width, .. } = site.input;
        let even = height.is_multiple_of(2) && width.is_multiple_of(2);
        Self {
            input: site.input,
            relu: site.next.starts_with(&[LayerSpec::Relu]),
            pool: site.next.starts_with(&[LayerSpec::Relu, LayerSpec::MaxPool]) && even,
        }
    }

    fn output(self) -> Shape {
        if self.pool { self.input.max_pooled() } else { self.input }
    }

    fn count(self) -> usize {
        usize::from(self.relu) + usize::from(self.pool)
    }

    /// The pass over a batch.
    fn norm(self, image: Image, per_sample: bool) -> NormShape {
        NormShape { image, per_sample, relu: self.relu, pool: self.pool }
    }
}

/// Records the forward pass of a norm. `finish` writes the statistics of x to the view it is given, and `finish_backward`
/// turns the partial sums of the backward pass (given with their number of chunks per sample) into parameter gradients and
/// the coefficients of the input gradient.
pub(super) fn forward(
    recorder: &mut Recorder<'_>,
    norm: NormShape,
    affine: Affine,
    x: Tensor,
    finish: impl FnOnce(&mut Recorder<'_>, &Tensor, View),
    finish_backward: impl FnOnce(&mut Recorder<'_>, usize, View, View) + 'static,
) -> Tensor {
    let rows = if norm.per_sample { norm.image.n } else { 1 };
    let pair = rows * 2 * pad4(norm.image.c);
    let stats = recorder.scratch("norm.stats", pair);
    finish(recorder, &x, stats.view());
    let y = recorder.tensor("norm.y", norm.output(), true);
    let (gamma, beta) = affine.weights(recorder);
    let strip = recorder.profile.strip;
    recorder.push(norm_forward(norm, strip, x.view(), stats.view(), gamma, beta, y.view()));
    recorder.on_backward(move |recorder, dy| {
        let chunks = recorder.profile.chunks(norm.output(), norm.per_sample);
        let partial = recorder.scratch("norm.grad_partial", norm.image.n * chunks * 2 * pad4(norm.image.c));
        let inputs = [x.view(), stats.view(), gamma, beta, dy.view()];
        recorder.push(norm_grad_sums(norm, chunks, inputs, partial.view()));
        let coefficients = recorder.scratch("norm.coefficients", pair);
        finish_backward(recorder, chunks, partial.view(), coefficients.view());
        x.needs_gradient.then(|| {
            let dx = recorder.tensor("norm.dx", norm.image, true);
            recorder.push(norm_grad_input(norm, strip, inputs, coefficients.view(), dx.view()));
            dx
        })
    });
    y
}

/// Records the statistics of each chunk of x and returns them with the number of chunks per sample.
pub(super) fn statistics(recorder: &mut Recorder<'_>, x: &Tensor, per_sample: bool) -> (Lease, usize) {
    let chunks = recorder.profile.chunks(x.image, per_sample);
    let partial = recorder.scratch("norm.partial", x.image.n * chunks * 2 * pad4(x.image.c));
    recorder.push(norm_statistics(x.image, chunks, x.view(), partial.view()));
    (partial, chunks)
}

/// `shaders/norm/norm_statistics.wgsl`: x of shape `image`, in `chunks` per sample, which divide its pixels.
pub fn norm_statistics(image: Image, chunks: usize, x: View, partial: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm", "norm_statistics");
    let constants = [("QUADS", quads(image.c)), ("PIXELS", chunk_pixels(image, chunks))];
    Dispatch::new(&KERNEL, &constants, [read(x), read_write(partial)], image.n * chunks * quads(image.c))
}

/// `shaders/norm/norm_forward.wgsl` or `norm_pool_forward.wgsl`: x, stats, γ, β → y, `strip` pixels or windows per
/// invocation.
pub fn norm_forward(
    norm: NormShape,
    strip: usize,
    x: View,
    stats: View,
    gamma: View,
    beta: View,
    y: View,
) -> Dispatch {
    static PLAIN: Kernel = kernel!("norm", "norm_forward");
    static POOL: Kernel = kernel!("norm", "norm_pool_forward");
    let bindings = [read(x), read(stats), read(gamma), read(beta), read_write(y)];
    element_wise([&PLAIN, &POOL], norm, strip, bindings)
}

/// `shaders/norm/norm_grad_sums.wgsl` or `norm_pool_grad_sums.wgsl`: x, stats, γ, β, dy → partial sums of `chunks` per
/// sample.
pub fn norm_grad_sums(norm: NormShape, chunks: usize, inputs: [View; 5], partial: View) -> Dispatch {
    static PLAIN: Kernel = kernel!("norm", "norm_grad_sums");
    static POOL: Kernel = kernel!("norm", "norm_pool_grad_sums");
    let share = chunk_pixels(norm.output(), chunks);
    let mut all = constants(norm);
    all.push(("CHUNKS", chunks));
    if !norm.pool {
        all.retain(|(name, _)| *name != "PIXELS");
        all.push(("PIXELS", share));
    }
    let bindings: Vec<_> = inputs.map(read).into_iter().chain([read_write(partial)]).collect();
    let invocations = norm.image.n * chunks * quads(norm.image.c);
    Dispatch::new(if norm.pool { &POOL } else { &PLAIN }, &all, bindings, invocations)
}

/// `shaders/norm/norm_grad_input.wgsl` or `norm_pool_grad_input.wgsl`: x, stats, γ, β, dy and coefficients → dx, `strip` pixels or
/// windows per invocation.
pub fn norm_grad_input(
    norm: NormShape,
    strip: usize,
    inputs: [View; 5],
    coefficients: View,
    dx: View,
) -> Dispatch {
    static PLAIN: Kernel = kernel!("norm", "norm_grad_input");
    static POOL: Kernel = kernel!("norm", "norm_pool_grad_input");
    let bindings: Vec<_> = inputs.map(read).into_iter().chain([read(coefficients), read_write(dx)]).collect();
    element_wise([&PLAIN, &POOL], norm, strip, bindings)
}

fn constants(norm: NormShape) -> Vec<(&'static str, usize)> {
    let Image { h, w, c, .. } = norm.image;
    let mut all = vec![
        ("QUADS", quads(c)),
        ("PER_SAMPLE", usize::from(norm.per_sample)),
        ("RELU", usize::from(norm.relu)),
    ];
    if norm.pool {
        all.extend([("HEIGHT", h), ("WIDTH", w)]);
    } else {
        all.push(("PIXELS", h * w));
    }
    all
}

/// One invocation computes a quad of `strip` pixels, or of as many windows.
fn element_wise(
    [plain, pool]: [&'static Kernel; 2],
    norm: NormShape,
    strip: usize,
    bindings: impl Into<Vec<(Access, View)>>,
) -> Dispatch {
    let output = norm.output();
    let mut all = constants(norm);
    all.push(("STRIP", strip));
    let invocations = output.n * (output.h * output.w).div_ceil(strip) * quads(output.c);
    Dispatch::new(if norm.pool { pool } else { plain }, &all, bindings, invocations)
}

#[track_caller]
pub(super) fn chunk_pixels(image: Image, chunks: usize) -> usize {
    assert!((image.h * image.w).is_multiple_of(chunks), "{chunks} chunks do not divide {image:?}");
    image.h * image.w / chunks
}
