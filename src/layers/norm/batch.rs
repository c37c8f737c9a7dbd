use super::{
    super::{Layer, Pass, Recorder, Tensor, kernels::KernelSet, site::Site},
    Affine, Fused, chunk_pixels, statistics,
};
use crate::{
    kernel,
    layout::{Image, quads},
    network::{BATCH_NORM_MOMENTUM, Shape, ShapeError},
    plan::{Access, Dispatch, Kernel, View, read, read_write},
};

/// Batch normalisation (Ioffe and Szegedy 2015) with running buffers as PyTorch has them, and the layers fused with it.
pub struct BatchNorm {
    affine: Affine,
    running_mean: usize,
    running_var: usize,
    momentum: f64,
    epsilon: f64,
    fused: Fused,
}

impl BatchNorm {
    /// A batch norm with or without a trained scale; see [`LayerSpec::BatchNorm`](crate::network::LayerSpec::BatchNorm).
    pub fn new(scale: bool, momentum: f64, epsilon: f64, site: &mut Site<'_>) -> Result<Self, ShapeError> {
        if !(momentum > 0.0 && momentum <= 1.0) {
            let reason = format!("its momentum is {momentum}; it takes a number above 0, up to 1");
            return Err(site.refuse("batch_norm", reason));
        }
        if !(epsilon as f32 > 0.0 && epsilon <= 1.0) {
            let reason = format!("its epsilon is {epsilon}; it takes a number above 0, up to 1");
            return Err(site.refuse("batch_norm", reason));
        }
        if site.input.is_pixel() {
            site.note_batch_norm_of_a_pixel();
        }
        let channels = site.input.channels;
        Ok(Self {
            affine: Affine::new(scale, site),
            running_mean: site.buffer("running_mean", channels, 0.0),
            running_var: site.buffer("running_var", channels, 1.0),
            momentum,
            epsilon,
            fused: Fused::of(site),
        })
    }
}

impl Layer for BatchNorm {
    fn output(&self) -> Shape {
        self.fused.output()
    }

    fn fused(&self) -> usize {
        self.fused.count()
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let norm = self.fused.norm(x.image, false);
        let running = [recorder.weight(self.running_mean), recorder.weight(self.running_var)];
        let Self { affine, momentum, epsilon, .. } = *self;
        let finish = |recorder: &mut Recorder<'_>, x: &Tensor, stats: View| {
            if recorder.pass == Pass::Evaluate {
                recorder.push(batch_norm_running(x.image, epsilon, running, stats));
            } else {
                let (partial, chunks) = statistics(recorder, x, false);
                let batch = recorder.batch;
                let kernels = recorder.profile.kernels;
                let sources = [partial.view(), batch];
                let dispatch = batch_norm_finish(kernels, x.image, chunks, epsilon, sources, stats, running);
                let own = recorder.pass == Pass::Train && momentum != BATCH_NORM_MOMENTUM;
                recorder.push(if own { dispatch.with_constant("MOMENTUM", momentum) } else { dispatch });
            }
        };
        let finish_backward =
            move |recorder: &mut Recorder<'_>, chunks: usize, partial: View, coefficients: View| {
                let (gamma, _) = affine.weights(recorder);
                let ([dgamma, dbeta], _unused) = affine.gradients(recorder);
                let outputs = [dgamma, dbeta, coefficients];
                let kernels = recorder.profile.kernels;
                recorder.push(batch_norm_grad_finish(kernels, norm.image, chunks, partial, gamma, outputs));
            };
        super::forward(recorder, norm, affine, x, finish, finish_backward)
    }
}

/// `shaders/norm/batch_norm_finish.wgsl` or `batch_norm_finish_tiled.wgsl`: partial statistics of x, of shape `image` → stats,
/// running mean and variance, with the momentum of the batch header unless the dispatch gets a constant `MOMENTUM`.
pub fn batch_norm_finish(
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    epsilon: f64,
    [partial, batch]: [View; 2],
    stats: View,
    running: [View; 2],
) -> Dispatch {
    static REGISTER: Kernel = kernel!("norm", "batch_norm_finish");
    static TILED: Kernel = kernel!("norm", "batch_norm_finish_tiled");
    let [mean, var] = running.map(read_write);
    let bindings = [read(partial), read(batch), read_write(stats), mean, var];
    finish([&REGISTER, &TILED], kernels, image, chunks, bindings).with_constant("EPSILON", epsilon)
}

/// One thread or, if tiled, one workgroup for each quad of channels.
fn finish(
    [register, tiled]: [&'static Kernel; 2],
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    bindings: [(Access, View); 5],
) -> Dispatch {
    let constants = [("QUADS", quads(image.c)), ("PIXELS", chunk_pixels(image, chunks))];
    match kernels {
        KernelSet::Plain | KernelSet::Register => {
            Dispatch::new(register, &constants, bindings, quads(image.c))
        }
        KernelSet::Tiled(_) => Dispatch::in_workgroups(tiled, &constants, bindings, quads(image.c) as u64),
    }
}

/// `shaders/norm/batch_norm_running.wgsl`: running mean and variance → stats.
pub fn batch_norm_running(image: Image, epsilon: f64, running: [View; 2], stats: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm", "batch_norm_running");
    let [mean, var] = running.map(read);
    Dispatch::new(&KERNEL, &[("QUADS", quads(image.c))], [mean, var, read_write(stats)], quads(image.c))
        .with_constant("EPSILON", epsilon)
}

/// `shaders/norm/batch_norm_grad_finish.wgsl` or `batch_norm_grad_finish_tiled.wgsl`: partial sums and γ → dγ, dβ, coefficients.
pub fn batch_norm_grad_finish(
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    partial: View,
    gamma: View,
    outputs: [View; 3],
) -> Dispatch {
    static REGISTER: Kernel = kernel!("norm", "batch_norm_grad_finish");
    static TILED: Kernel = kernel!("norm", "batch_norm_grad_finish_tiled");
    let [dgamma, dbeta, coefficients] = outputs.map(read_write);
    let bindings = [read(partial), read(gamma), dgamma, dbeta, coefficients];
    finish([&REGISTER, &TILED], kernels, image, chunks, bindings)
}
