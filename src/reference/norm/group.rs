//! The part that is particular to group norm: statistics of a sample's groups.

use super::{Moments, moments};
use crate::{
    layout::pad4,
    reference::{Image, pair_index},
};

/// Statistics of every group of channels of every sample, from those of the chunks.
///
/// ```text
/// group of c = ⌊c / (C/G)⌋
/// mean, var over the H·W·C/G values of sample n in the group    (var biased)
/// stats[n][0][c] = mean,    stats[n][1][c] = 1 / √(var + eps)
/// ```
///
/// `partial`: `[N·chunks][2][C]` of [`super::norm_statistics()`]; returns stats `[N][2][C]`, where the channels of a group
/// hold the same values.
///
/// Wu & He 2018, "Group normalization", eqs. 1, 2 and 7.
///
/// # Panics
///
/// Where the groups do not divide the channels.
#[track_caller]
pub fn group_norm_finish(image: Image, chunks: usize, groups: usize, partial: &[f64], eps: f64) -> Vec<f64> {
    assert_eq!(image.c % groups, 0, "{groups} groups do not divide {} channels", image.c);
    let width = image.c / groups;
    let mut stats = vec![0.0; image.n * 2 * pad4(image.c)];
    for n in 0..image.n {
        for group in 0..groups {
            let channels = group * width..(group + 1) * width;
            let mut all = Moments::default();
            for row in n * chunks..(n + 1) * chunks {
                for c in channels.clone() {
                    all = all.merge(moments(image, chunks, partial, row, c));
                }
            }
            for c in channels {
                stats[pair_index(image.c, n, 0, c)] = all.mean;
                stats[pair_index(image.c, n, 1, c)] = 1.0 / (all.variance() + eps).sqrt();
            }
        }
    }
    stats
}

/// Coefficients of the gradient of group norm to its input.
///
/// ```text
/// m = H·W·C/G values in a group
/// coefficients[n][0][c] = c₁ = Σ_{k in the group of c} γ[k] · Σ dz[n, k] / m
/// coefficients[n][1][c] = c₂ = Σ_{k in the group of c} γ[k] · Σ dz·x̂[n, k] / m
/// ```
///
/// `partial`: `[N·chunks][2][C]` of [`super::norm_grad_sums()`]; `gamma`: `[C]`; returns `[N][2][C]`, where the channels of a
/// group hold the same values. The gradients to γ and β are [`super::norm_grad_parameters()`].
///
/// The chain rule on Wu & He 2018, "Group normalization", eqs. 1, 2, 6 and 7.
///
/// # Panics
///
/// Where the groups do not divide the channels.
#[track_caller]
pub fn group_norm_grad_finish(
    image: Image,
    chunks: usize,
    groups: usize,
    partial: &[f64],
    gamma: &[f64],
) -> Vec<f64> {
    assert_eq!(image.c % groups, 0, "{groups} groups do not divide {} channels", image.c);
    let width = image.c / groups;
    let values = (image.h * image.w * width) as f64;
    let mut coefficients = vec![0.0; image.n * 2 * pad4(image.c)];
    for n in 0..image.n {
        for group in 0..groups {
            let channels = group * width..(group + 1) * width;
            for which in 0..2 {
                let mut sum = 0.0;
                for row in n * chunks..(n + 1) * chunks {
                    for k in channels.clone() {
                        sum += gamma[k] * partial[pair_index(image.c, row, which, k)];
                    }
                }
                for c in channels.clone() {
                    coefficients[pair_index(image.c, n, which, c)] = sum / values;
                }
            }
        }
    }
    coefficients
}
