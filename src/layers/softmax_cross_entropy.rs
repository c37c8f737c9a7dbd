//! The loss.

use crate::{
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// `shaders/loss/softmax_cross_entropy.wgsl`: logits, labels and batch → outcome (loss, 1 if correct) of each sample, and
/// dlogits.
pub fn softmax_cross_entropy(
    classes: usize,
    smoothing: f64,
    [logits, labels, batch]: [View; 3],
    [outcome, dlogits]: [View; 2],
) -> Dispatch {
    static KERNEL: Kernel = kernel!("loss", "softmax_cross_entropy");
    let bindings = [read(logits), read(labels), read(batch), read_write(outcome), read_write(dlogits)];
    Dispatch::new(&KERNEL, &[("CLASSES", classes)], bindings, (outcome.bytes / 8) as usize)
        .with_constant("SMOOTHING", smoothing)
}
