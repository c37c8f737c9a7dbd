use super::{
    super::{Layer, Recorder, Tensor, site::Site, sums::sum_chunks},
    Affine, Fused, chunk_pixels, statistics,
};
use crate::{
    kernel,
    layout::{Image, pad4, quads},
    network::{NORM_EPSILON, Shape, ShapeError},
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// Group normalisation (Wu and He 2018), and the layers fused with it.
pub struct GroupNorm {
    affine: Affine,
    groups: usize,
    fused: Fused,
}

impl GroupNorm {
    /// `groups` groups of channels.
    pub fn new(groups: u32, site: &mut Site<'_>) -> Result<Self, ShapeError> {
        let groups = groups as usize;
        if groups == 0 || !site.input.channels.is_multiple_of(groups) {
            return Err(site.refuse("group_norm", format!("{groups} groups do not divide its channels")));
        }
        Ok(Self { affine: Affine::new(true, site), groups, fused: Fused::of(site) })
    }
}

impl Layer for GroupNorm {
    fn output(&self) -> Shape {
        self.fused.output()
    }

    fn fused(&self) -> usize {
        self.fused.count()
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let norm = self.fused.norm(x.image, true);
        let (affine, groups) = (self.affine, self.groups);
        let finish = |recorder: &mut Recorder<'_>, x: &Tensor, stats: View| {
            let (partial, chunks) = statistics(recorder, x, true);
            recorder.push(group_norm_finish(x.image, groups, chunks, partial.view(), stats));
        };
        let finish_backward = move |recorder: &mut Recorder<'_>,
                                    chunks: usize,
                                    partial: View,
                                    coefficients: View| {
            let (gamma, _) = affine.weights(recorder);
            let ([dgamma, dbeta], _) = affine.gradients(recorder);
            record_grad_parameters(recorder, norm.image, partial, dgamma, dbeta);
            recorder.push(group_norm_grad_finish(norm.image, groups, chunks, partial, gamma, coefficients));
        };
        super::forward(recorder, norm, affine, x, finish, finish_backward)
    }
}

/// Chunked sums have many parts, which `sum_chunks` adds up first, with many threads.
fn record_grad_parameters(
    recorder: &mut Recorder<'_>,
    image: Image,
    partial: View,
    dgamma: View,
    dbeta: View,
) {
    if !recorder.profile.chunked {
        recorder.push(norm_grad_parameters(image, partial, dgamma, dbeta));
        return;
    }
    let sums = recorder.scratch("norm.grad_sums", 2 * pad4(image.c));
    recorder.push(sum_chunks(recorder.profile.kernels, partial, sums.view()));
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

/// `shaders/norm/group_norm_finish.wgsl`: partial statistics of x, of shape `image` → stats.
pub fn group_norm_finish(image: Image, groups: usize, chunks: usize, partial: View, stats: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm", "group_norm_finish");
    let bindings = [read(partial), read_write(stats)];
    Dispatch::new(&KERNEL, &constants(image, groups, chunks), bindings, image.n * pad4(image.c))
        .with_constant("EPSILON", NORM_EPSILON)
}

/// `shaders/norm/group_norm_grad_finish.wgsl`: partial sums and γ → coefficients.
pub fn group_norm_grad_finish(
    image: Image,
    groups: usize,
    chunks: usize,
    partial: View,
    gamma: View,
    coefficients: View,
) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm", "group_norm_grad_finish");
    let bindings = [read(partial), read(gamma), read_write(coefficients)];
    Dispatch::new(&KERNEL, &constants(image, groups, chunks), bindings, image.n * pad4(image.c))
}

/// `shaders/norm/norm_grad_parameters.wgsl`: partial sums → dγ, dβ.
pub fn norm_grad_parameters(image: Image, partial: View, dgamma: View, dbeta: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("norm", "norm_grad_parameters");
    let bindings = [read(partial), read_write(dgamma), read_write(dbeta)];
    Dispatch::new(&KERNEL, &[("QUADS", quads(image.c))], bindings, quads(image.c))
}
