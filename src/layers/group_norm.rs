use super::{
    norm::{Affine, EPSILON, Follows, chunk_pixels},
    sums::sum_chunks,
    *,
};
use crate::{gpu::Kernel, kernel, layout::Norm};

/// Group normalisation (Wu and He 2018), and what may follow it in one pass.
pub(super) struct GroupNorm {
    affine: Affine,
    groups: usize,
    follows: Follows,
}

impl GroupNorm {
    pub fn new(channels: usize, groups: usize, follows: Follows, declare: &mut Declarations<'_>) -> Self {
        Self { affine: Affine::new(channels, declare), groups, follows }
    }
}

impl Layer for GroupNorm {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Follows { relu, pool } = self.follows;
        let norm = Norm { image: x.image, per_sample: true, relu, pool };
        let (affine, groups) = (self.affine, self.groups);
        let finish = |recorder: &mut Recorder<'_>, x: &Tensor, stats: View| {
            let (partial, chunks) = norm::statistics(recorder, x, true);
            recorder.push(group_norm_finish(x.image, groups, chunks, partial.view(), stats));
        };
        let finish_backward = move |recorder: &mut Recorder<'_>,
                                    chunks: usize,
                                    partial: View,
                                    coefficients: View| {
            let (gamma, _) = affine.weights(recorder);
            let (dgamma, dbeta) = affine.gradients(recorder);
            record_grad_parameters(recorder, norm.image, partial, dgamma, dbeta);
            recorder.push(group_norm_grad_finish(norm.image, groups, chunks, partial, gamma, coefficients));
        };
        norm::forward(recorder, norm, affine, x, finish, finish_backward)
    }
}

/// A graphics card adds the many partial sums by many threads first.
fn record_grad_parameters(
    recorder: &mut Recorder<'_>,
    image: Image,
    partial: View,
    dgamma: View,
    dbeta: View,
) {
    if recorder.kernels.software() {
        recorder.push(norm_grad_parameters(image, partial, dgamma, dbeta));
        return;
    }
    let sums = recorder.scratch("norm.grad_sums", 2 * pad4(image.c));
    recorder.push(sum_chunks(recorder.kernels, partial, sums.view()));
    recorder.push(norm_grad_parameters(image, sums.view(), dgamma, dbeta));
}

fn constants(image: Image, groups: usize, chunks: usize) -> [(&'static str, usize); 5] {
    [
        ("QUADS", quads(image.c)),
        ("CHANNELS", image.c),
        ("GROUPS", groups),
        ("CHUNKS", chunks),
        ("PIXELS", chunk_pixels(image, chunks)),
    ]
}

/// `shaders/group_norm_finish.wgsl`: partial statistics of x, of shape `image` → stats.
pub fn group_norm_finish(image: Image, groups: usize, chunks: usize, partial: View, stats: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("group_norm_finish");
    let bindings = [read(partial), read_write(stats)];
    Dispatch::new(&KERNEL, &constants(image, groups, chunks), bindings, image.n * pad4(image.c))
        .with_constant("EPSILON", EPSILON)
}

/// `shaders/group_norm_grad_finish.wgsl`: partial sums and γ → coefficients.
pub fn group_norm_grad_finish(
    image: Image,
    groups: usize,
    chunks: usize,
    partial: View,
    gamma: View,
    coefficients: View,
) -> Dispatch {
    static KERNEL: Kernel = kernel!("group_norm_grad_finish");
    let bindings = [read(partial), read(gamma), read_write(coefficients)];
    Dispatch::new(&KERNEL, &constants(image, groups, chunks), bindings, image.n * pad4(image.c))
}

/// `shaders/norm_grad_parameters.wgsl`: partial sums → dγ, dβ.
pub fn norm_grad_parameters(image: Image, partial: View, dgamma: View, dbeta: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm_grad_parameters");
    let bindings = [read(partial), read_write(dgamma), read_write(dbeta)];
    Dispatch::new(&KERNEL, &[("QUADS", quads(image.c))], bindings, quads(image.c))
}
