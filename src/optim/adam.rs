use crate::{
    config::{Experiment, Optimizer},
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// The settings of a step for `shaders/optim/adam.wgsl`, computed in double precision.
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct AdamHeader {
    pub(crate) step_size: f32,
    pub(crate) inv_sqrt_bias2: f32,
    pub(crate) one_minus_beta1: f32,
    pub(crate) beta2: f32,
    pub(crate) one_minus_beta2: f32,
    pub(crate) epsilon: f32,
    pub(crate) coupled: f32,
    pub(crate) decoupled: f32,
}

impl AdamHeader {
    /// Header of step `t` = 1, 2, … at learning rate `lr` with this weight decay (Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019).
    pub fn new(experiment: &Experiment, lr: f64, weight_decay: f64, t: u64) -> Self {
        let (beta1, beta2) = (experiment.beta1, experiment.beta2);
        let (coupled, decoupled) = match experiment.optimizer {
            Optimizer::Adamw => (0.0, lr * weight_decay),
            _ => (weight_decay, 0.0),
        };
        Self {
            step_size: (lr / (1.0 - beta1.powf(t as f64))) as f32,
            inv_sqrt_bias2: (1.0 / (1.0 - beta2.powf(t as f64)).sqrt()) as f32,
            one_minus_beta1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            one_minus_beta2: (1.0 - beta2) as f32,
            epsilon: experiment.eps as f32,
            coupled: coupled as f32,
            decoupled: decoupled as f32,
        }
    }
}

/// `shaders/optim/adam.wgsl`: the parameters' part of the arenas and a header.
pub fn adam(weights: View, gradients: View, [m, v]: [View; 2], header: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("optim", "adam");
    let bindings = [read_write(weights), read(gradients), read_write(m), read_write(v), read(header)];
    Dispatch::new(&KERNEL, &[], bindings, (m.bytes / 16) as usize)
        .with_flops(m.bytes / 4 * 14)
        .with_moved(7 * m.bytes as usize)
}
