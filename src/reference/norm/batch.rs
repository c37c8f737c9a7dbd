//! The part that is particular to batch norm: statistics of a batch, running buffers.

use super::{Moments, moments, norm_grad_parameters};
use crate::{
    layout::pad4,
    reference::{Image, pair_index},
};

/// Statistics of the whole batch from those of its chunks, and the update of the running buffers.
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

/// Statistics for evaluation, from the running buffers.
///
/// ```text
/// stats[0][c] = running_mean[c],    stats[1][c] = 1 / √(running_var[c] + eps)
/// ```
///
/// The running buffers: `[C]`; returns stats `[2][C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", algorithm 2.
pub fn batch_norm_running(channels: usize, running_mean: &[f64], running_var: &[f64], eps: f64) -> Vec<f64> {
    let mut stats = vec![0.0; 2 * pad4(channels)];
    for c in 0..channels {
        stats[pair_index(channels, 0, 0, c)] = running_mean[c];
        stats[pair_index(channels, 0, 1, c)] = 1.0 / (running_var[c] + eps).sqrt();
    }
    stats
}

/// Result of [`batch_norm_grad_finish`].
#[derive(Clone, Debug)]
pub struct BatchNormGradients {
    /// dγ, `[C]`.
    pub dgamma: Vec<f64>,
    /// dβ, `[C]`.
    pub dbeta: Vec<f64>,
    /// c₁ and c₂ of [`super::norm_grad_input()`], `[2][C]`.
    pub coefficients: Vec<f64>,
}

/// Gradients of batch norm to scale and shift, and the coefficients of the gradient to its input.
///
/// ```text
/// dγ[c] = Σ dz·x̂,    dβ[c] = Σ dz    over the P = N·H·W pixels
/// coefficients[0][c] = c₁ = γ[c]·dβ[c] / P,    coefficients[1][c] = c₂ = γ[c]·dγ[c] / P
/// ```
///
/// `partial`: `[N·chunks][2][C]` of [`super::norm_grad_sums()`]; `gamma`: `[C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", §3, with ∂ℓ/∂σ² and ∂ℓ/∂µ put into ∂ℓ/∂x.
pub fn batch_norm_grad_finish(
    image: Image,
    chunks: usize,
    partial: &[f64],
    gamma: &[f64],
) -> BatchNormGradients {
    let (dgamma, dbeta) = norm_grad_parameters(image, chunks, partial);
    let pixels = (image.n * image.h * image.w) as f64;
    let mut coefficients = vec![0.0; 2 * pad4(image.c)];
    for c in 0..image.c {
        coefficients[pair_index(image.c, 0, 0, c)] = gamma[c] * dbeta[c] / pixels;
        coefficients[pair_index(image.c, 0, 1, c)] = gamma[c] * dgamma[c] / pixels;
    }
    BatchNormGradients { dgamma, dbeta, coefficients }
}

#[cfg(test)]
mod tests {
    use super::super::norm_statistics;
    use super::*;

    const IMAGE: Image = Image { n: 2, h: 3, w: 5, c: 3 };

    fn batch() -> Vec<f64> {
        IMAGE.fill(|n, y, x, c| ((n * 31 + y * 7 + x * 3 + c) as f64 * 0.83).sin() + c as f64)
    }

    /// All values of channel `c`.
    fn channel(x: &[f64], c: usize) -> Vec<f64> {
        IMAGE.pixels().map(|(n, row, column)| x[IMAGE.index(n, row, column, c)]).collect()
    }

    #[test]
    fn statistics_are_those_of_the_whole_batch_however_it_is_cut() {
        let x = batch();
        for chunks in [1, 2, 3, 4, 15] {
            let (mut mean, mut var) = (vec![0.5; 4], vec![2.0; 4]);
            let partial = norm_statistics(IMAGE, chunks, &x);
            let stats = batch_norm_finish(IMAGE, chunks, &partial, 1e-5, 0.1, &mut mean, &mut var);
            for c in 0..3 {
                let values = channel(&x, c);
                let expected_mean = values.iter().sum::<f64>() / 30.0;
                let m2: f64 = values.iter().map(|value| (value - expected_mean).powi(2)).sum();
                let close = |actual: f64, expected: f64| assert!((actual - expected).abs() <= 1e-13);
                close(stats[c], expected_mean);
                close(stats[4 + c], 1.0 / (m2 / 30.0 + 1e-5).sqrt());
                close(mean[c], 0.9 * 0.5 + 0.1 * expected_mean);
                close(var[c], 0.9 * 2.0 + 0.1 * m2 / 29.0);
            }
            assert_eq!([stats[3], stats[7], mean[3], var[3]], [0.0, 0.0, 0.5, 2.0]);
        }
    }

    #[test]
    fn running_buffers_give_the_statistics_of_evaluation() {
        let stats = batch_norm_running(2, &[1.0, 2.0, 0.0, 0.0], &[4.0, 0.25, 0.0, 0.0], 0.0);
        assert_eq!(stats, [1.0, 2.0, 0.0, 0.0, 0.5, 2.0, 0.0, 0.0]);
    }
}
