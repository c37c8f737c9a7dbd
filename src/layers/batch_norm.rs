use super::{
    norm::{Affine, EPSILON, Follows, chunk_pixels},
    *,
};
use crate::{gpu::Kernel, kernel, layout::Norm, plan::Access};

/// Batch normalisation (Ioffe and Szegedy 2015) with PyTorch's ε and running buffers, and what may follow it in one pass.
pub(super) struct BatchNorm {
    affine: Affine,
    running_mean: usize,
    running_var: usize,
    follows: Follows,
}

impl BatchNorm {
    pub fn new(channels: usize, follows: Follows, declare: &mut Declarations<'_>) -> Self {
        Self {
            affine: Affine::new(channels, declare),
            running_mean: declare.add_buffer("running_mean", channels, 0.0),
            running_var: declare.add_buffer("running_var", channels, 1.0),
            follows,
        }
    }
}

impl Layer for BatchNorm {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Follows { relu, pool } = self.follows;
        let norm = Norm { image: x.image, per_sample: false, relu, pool };
        let running = [recorder.weight(self.running_mean), recorder.weight(self.running_var)];
        let affine = self.affine;
        let finish = |recorder: &mut Recorder<'_>, x: &Tensor, stats: View| {
            if recorder.pass == Pass::Evaluate {
                recorder.push(batch_norm_running(x.image, running, stats));
            } else {
                let (partial, chunks) = norm::statistics(recorder, x, false);
                let batch = recorder.batch;
                let kernels = recorder.kernels;
                recorder.push(batch_norm_finish(
                    kernels,
                    x.image,
                    chunks,
                    partial.view(),
                    batch,
                    stats,
                    running,
                ));
            }
        };
        let finish_backward =
            move |recorder: &mut Recorder<'_>, chunks: usize, partial: View, coefficients: View| {
                let (gamma, _) = affine.weights(recorder);
                let (dgamma, dbeta) = affine.gradients(recorder);
                let outputs = [dgamma, dbeta, coefficients];
                let kernels = recorder.kernels;
                recorder.push(batch_norm_grad_finish(kernels, norm.image, chunks, partial, gamma, outputs));
            };
        norm::forward(recorder, norm, affine, x, finish, finish_backward)
    }
}

/// `shaders/batch_norm_finish.wgsl` or `batch_norm_finish_tiled.wgsl`: partial statistics of x, of shape `image` → stats,
/// running mean and variance.
pub fn batch_norm_finish(
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    partial: View,
    batch: View,
    stats: View,
    running: [View; 2],
) -> Dispatch {
    static REGISTER: Kernel = kernel!("batch_norm_finish");
    static TILED: Kernel = kernel!("batch_norm_finish_tiled");
    let [mean, var] = running.map(read_write);
    let bindings = [read(partial), read(batch), read_write(stats), mean, var];
    finish([&REGISTER, &TILED], kernels, image, chunks, bindings).with_constant("EPSILON", EPSILON)
}

/// A thread a quad, or a workgroup.
fn finish(
    [register, tiled]: [&'static Kernel; 2],
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    bindings: [(Access, View); 5],
) -> Dispatch {
    let constants = [("QUADS", quads(image.c)), ("PIXELS", chunk_pixels(image, chunks))];
    if kernels.software() {
        Dispatch::new(register, &constants, bindings, quads(image.c))
    } else {
        Dispatch::in_workgroups(tiled, &constants, bindings, quads(image.c) as u64)
    }
}

/// `shaders/batch_norm_running.wgsl`: running mean and variance → stats.
pub fn batch_norm_running(image: Image, running: [View; 2], stats: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("batch_norm_running");
    let [mean, var] = running.map(read);
    Dispatch::new(&KERNEL, &[("QUADS", quads(image.c))], [mean, var, read_write(stats)], quads(image.c))
        .with_constant("EPSILON", EPSILON)
}

/// `shaders/batch_norm_grad_finish.wgsl` or `batch_norm_grad_finish_tiled.wgsl`: partial sums and γ → dγ, dβ, coefficients.
pub fn batch_norm_grad_finish(
    kernels: KernelSet,
    image: Image,
    chunks: usize,
    partial: View,
    gamma: View,
    outputs: [View; 3],
) -> Dispatch {
    static REGISTER: Kernel = kernel!("batch_norm_grad_finish");
    static TILED: Kernel = kernel!("batch_norm_grad_finish_tiled");
    let [dgamma, dbeta, coefficients] = outputs.map(read_write);
    let bindings = [read(partial), read(gamma), dgamma, dbeta, coefficients];
    finish([&REGISTER, &TILED], kernels, image, chunks, bindings)
}
