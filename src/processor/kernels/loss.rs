use super::{Kernel, constant, number, words};
use crate::{layout::pad4, plan::Dispatch};

/// Loss of each sample, whether its prediction is right, and the gradient to its logits.
pub fn softmax_cross_entropy(dispatch: &Dispatch) -> Kernel {
    let classes = constant(dispatch, "CLASSES");
    let smoothing = number(dispatch, "SMOOTHING") as f32;
    Box::new(move |_, call| {
        let ([logits, labels, batch], [outcome, dlogits]) = call.split();
        let (labels, count) = (words(labels), words(batch)[1] as usize);
        let lanes = pad4(classes);
        outcome.fill(0.0);
        dlogits.fill(0.0);
        let samples = outcome.chunks_exact_mut(2).zip(dlogits.chunks_exact_mut(lanes));
        for ((n, z), (outcome, dz)) in logits.chunks_exact(lanes).enumerate().take(count).zip(samples) {
            let (z, label) = (&z[..classes], labels[n] as usize);
            let best = first_greatest(z);
            let sum: f32 = z.iter().map(|z| libm::expf(z - z_of(best))).sum();
            let share = smoothing / classes as f32;
            let sum_z: f32 = z.iter().sum();
            let loss = z_of(best) + libm::logf(sum) - (1.0 - smoothing) * z[label] - share * sum_z;
            outcome.copy_from_slice(&[loss, f32::from(best.0 == label)]);
            for (k, (dz, z)) in dz.iter_mut().zip(z).enumerate() {
                let p = libm::expf(z - z_of(best)) / sum;
                let q = share + if k == label { 1.0 - smoothing } else { 0.0 };
                *dz = (p - q) / count as f32;
            }
        }
    })
}

fn z_of((_, z): (usize, f32)) -> f32 {
    z
}

/// The first greatest logit, with its class.
pub(super) fn first_greatest(z: &[f32]) -> (usize, f32) {
    let better = |best: (usize, f32), next: (usize, f32)| if next.1 > best.1 { next } else { best };
    z.iter().copied().enumerate().reduce(better).expect("a class")
}
