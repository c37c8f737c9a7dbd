use super::{
    super::{Kernel, constant, number},
    add_pairs,
};
use crate::plan::Dispatch;

/// Batch statistics from those of the chunks, and the update of the running buffers.
pub fn batch_norm_finish(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    let epsilon = number(dispatch, "EPSILON") as f32;
    let own = dispatch.constants.iter().find(|(name, _)| *name == "MOMENTUM").map(|(_, value)| *value as f32);
    Box::new(move |_, call| {
        let ([partial, batch], [stats, running_mean, running_var]) = call.split();
        let momentum = own.unwrap_or(batch[6]);
        let size = pixels as f32;
        for c in 0..channels {
            let mut parts = partial.chunks_exact(2 * channels).map(|part| (part[c], part[channels + c]));
            let (mut mean, mut m2) = parts.next().expect("a chunk");
            let mut count = size;
            for (part_mean, part_m2) in parts {
                let d = part_mean - mean;
                let total = count + size;
                mean += d * (size / total);
                m2 += part_m2 + d * d * (count * size / total);
                count = total;
            }
            stats[c] = mean;
            stats[channels + c] = 1.0 / (m2 / count + epsilon).sqrt();
            // A momentum of 1 copies, and keeps nothing of what was there.
            let update =
                |old: f32, new: f32| if momentum == 1.0 { new } else { old + momentum * (new - old) };
            running_mean[c] = update(running_mean[c], mean);
            running_var[c] = update(running_var[c], m2 / (count - 1.0));
        }
    })
}

/// The statistics of the running buffers.
pub fn batch_norm_running(dispatch: &Dispatch) -> Kernel {
    let channels = 4 * constant(dispatch, "QUADS");
    let epsilon = number(dispatch, "EPSILON") as f32;
    Box::new(move |_, call| {
        let ([running_mean, running_var], [stats]) = call.split();
        let (mean, inv_std) = stats.split_at_mut(channels);
        mean.copy_from_slice(&running_mean[..channels]);
        let var = running_var.iter().map(|var| 1.0 / (var + epsilon).sqrt());
        inv_std.iter_mut().zip(var).for_each(|(to, value)| *to = value);
    })
}

/// dγ, dβ, and the coefficients of batch norm's input gradient.
pub fn batch_norm_grad_finish(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |_, call| {
        let ([partial, gamma], [dgamma, dbeta, coefficients]) = call.split();
        add_pairs(partial, channels, dbeta, dgamma);
        let count = (partial.len() / (2 * channels) * pixels) as f32;
        for c in 0..channels {
            let scale = gamma[c] / count;
            coefficients[c] = scale * dbeta[c];
            coefficients[channels + c] = scale * dgamma[c];
        }
    })
}
