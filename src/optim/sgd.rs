use crate::{
    config::Experiment,
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// The settings of a step for `shaders/optim/sgd.wgsl`.
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct SgdHeader {
    pub(crate) lr: f32,
    pub(crate) momentum: f32,
    pub(crate) decay: f32,
    pub(crate) nesterov: f32,
}

impl SgdHeader {
    /// Header of a step at learning rate `lr` with this weight decay (Sutskever et al. 2013, equations 1 to 4, in PyTorch's form).
    pub fn new(experiment: &Experiment, lr: f64, weight_decay: f64) -> Self {
        Self {
            lr: lr as f32,
            momentum: experiment.momentum as f32,
            decay: weight_decay as f32,
            nesterov: f32::from(u8::from(experiment.nesterov)),
        }
    }
}

/// `shaders/optim/sgd.wgsl`: a range of the parameters' part of the arenas and a header.
pub fn sgd(weights: View, gradients: View, momentum: View, header: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("optim", "sgd");
    let bindings = [read_write(weights), read(gradients), read_write(momentum), read(header)];
    Dispatch::new(&KERNEL, &[], bindings, (momentum.bytes / 16) as usize)
        .with_flops(momentum.bytes / 4 * 8)
        .with_moved(5 * momentum.bytes as usize)
}
