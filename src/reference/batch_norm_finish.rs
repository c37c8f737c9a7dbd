use crate::layout::pad4;

use super::norm_statistics::moments;
use super::{Image, Moments, pair_index};

/// Statistics of the whole batch from those of its chunks, and the step of the running buffers.
///
/// ```text
/// mean_c, var_c over the P = N·H·W pixels of channel c          (var biased: M₂ / P)
/// stats[0][c] = mean_c,    stats[1][c] = 1 / √(var_c + eps)
/// running_mean += momentum · (mean_c − running_mean)
/// running_var  += momentum · (M₂ / (P − 1) − running_var)       (unbiased)
/// ```
///
/// `partial`: `[N·chunks][2][C]` of [`super::norm_statistics()`]; the running buffers: `[C]`; returns stats `[2][C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2; momentum in PyTorch's sense.
///
/// # Panics
///
/// Where a channel has a single pixel in the whole batch: it has no unbiased variance.
#[track_caller]
pub fn batch_norm_finish(
    image: Image,
    chunks: usize,
    partial: &[f64],
    eps: f64,
    momentum: f64,
    running_mean: &mut [f64],
    running_var: &mut [f64],
) -> Vec<f64> {
    assert!(image.n * image.h * image.w > 1, "batch norm over a single pixel: {image:?}");
    let mut stats = vec![0.0; 2 * pad4(image.c)];
    for c in 0..image.c {
        let rows = (0..image.n * chunks).map(|row| moments(image, chunks, partial, row, c));
        let all = rows.fold(Moments::default(), Moments::merge);
        stats[pair_index(image.c, 0, 0, c)] = all.mean;
        stats[pair_index(image.c, 0, 1, c)] = 1.0 / (all.variance() + eps).sqrt();
        running_mean[c] += momentum * (all.mean - running_mean[c]);
        running_var[c] += momentum * (all.m2 / (all.count - 1.0) - running_var[c]);
    }
    stats
}
