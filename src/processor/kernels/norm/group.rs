use super::{
    super::{Kernel, constant, number},
    add_pairs,
};
use crate::plan::Dispatch;

/// dγ and dβ of group norm.
pub fn norm_grad_parameters(dispatch: &Dispatch) -> Kernel {
    let channels = 4 * constant(dispatch, "QUADS");
    Box::new(move |_, call| {
        let ([partial], [dgamma, dbeta]) = call.split();
        add_pairs(partial, channels, dbeta, dgamma);
    })
}

/// The groups of channels that a dispatch is about.
#[derive(Clone, Copy)]
struct Groups {
    /// In memory.
    lanes: usize,
    channels: usize,
    size: usize,
    /// Of a sample, and their pixels.
    chunks: usize,
    pixels: usize,
}

impl Groups {
    fn of(dispatch: &Dispatch) -> Self {
        let channels = constant(dispatch, "CHANNELS");
        Self {
            lanes: 4 * constant(dispatch, "QUADS"),
            channels,
            size: channels / constant(dispatch, "GROUPS"),
            chunks: constant(dispatch, "CHUNKS"),
            pixels: constant(dispatch, "PIXELS"),
        }
    }

    /// The pairs (first, second, channel) of the group of channel `c` in the chunks of `sample`.
    fn pairs(
        self,
        partial: &[f32],
        sample: usize,
        c: usize,
    ) -> impl Iterator<Item = (f32, f32, usize)> + Clone {
        let first = c / self.size * self.size;
        let row = 2 * self.lanes;
        let chunks = partial[sample * self.chunks * row..].chunks_exact(row).take(self.chunks);
        chunks
            .flat_map(move |part| (first..first + self.size).map(move |c| (part[c], part[self.lanes + c], c)))
    }
}

/// The statistics of each sample's groups.
pub fn group_norm_finish(dispatch: &Dispatch) -> Kernel {
    let groups = Groups::of(dispatch);
    let epsilon = number(dispatch, "EPSILON") as f32;
    Box::new(move |_, call| {
        let ([partial], [stats]) = call.split();
        for (sample, stats) in stats.chunks_exact_mut(2 * groups.lanes).enumerate() {
            stats.fill(0.0);
            let parts = (groups.chunks * groups.size) as f32;
            let pixels = groups.pixels as f32;
            for c in 0..groups.channels {
                let pairs = groups.pairs(partial, sample, c);
                let mean = pairs.clone().map(|(mean, ..)| mean).sum::<f32>() / parts;
                let m2: f32 = pairs.map(|(of_part, m2, _)| m2 + pixels * (of_part - mean).powi(2)).sum();
                stats[c] = mean;
                stats[groups.lanes + c] = 1.0 / (m2 / (parts * pixels) + epsilon).sqrt();
            }
        }
    })
}

/// The coefficients of group norm's input gradient.
pub fn group_norm_grad_finish(dispatch: &Dispatch) -> Kernel {
    let groups = Groups::of(dispatch);
    Box::new(move |_, call| {
        let ([partial, gamma], [coefficients]) = call.split();
        for (sample, coefficients) in coefficients.chunks_exact_mut(2 * groups.lanes).enumerate() {
            coefficients.fill(0.0);
            let values = (groups.size * groups.chunks * groups.pixels) as f32;
            for c in 0..groups.channels {
                let (mut s1, mut s2) = (0.0, 0.0);
                for (one, two, channel) in groups.pairs(partial, sample, c) {
                    s1 += gamma[channel] * one;
                    s2 += gamma[channel] * two;
                }
                coefficients[c] = s1 / values;
                coefficients[groups.lanes + c] = s2 / values;
            }
        }
    })
}
