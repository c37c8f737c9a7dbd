use crate::layout::pad4;

use super::{Norm, pair_index};

/// The two sums that every gradient of a norm needs, of every chunk of every sample.
///
/// ```text
/// x̂  = (x − mean) · inv_std
/// dz = dy, or with ReLU: dy where γ·x̂ + β > 0, else 0
/// partial[n·chunks + k][0][c] = Σ dz over chunk k
/// partial[n·chunks + k][1][c] = Σ dz·x̂ over chunk k
/// ```
///
/// `x`, `dy`: `norm.image`; `stats`, `gamma`, `beta` as in [`super::norm_forward()`]; a chunk is [`super::Image::chunk`];
/// returns `[N·chunks][2][C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", §3: ∂ℓ/∂β and ∂ℓ/∂γ.
pub fn norm_grad_sums(
    norm: Norm,
    chunks: usize,
    x: &[f64],
    stats: &[f64],
    gamma: &[f64],
    beta: &[f64],
    dy: &[f64],
) -> Vec<f64> {
    let image = norm.image;
    let mut partial = vec![0.0; image.n * chunks * 2 * pad4(image.c)];
    for row in 0..image.n * chunks {
        let (n, chunk) = (row / chunks, row % chunks);
        for p in image.chunk(chunks, chunk) {
            for c in 0..image.c {
                let i = image.index(n, p / image.w, p % image.w, c);
                let (mean, inv_std) = norm.pair(n, c);
                let x_hat = (x[i] - stats[mean]) * stats[inv_std];
                let passes = !norm.relu || gamma[c] * x_hat + beta[c] > 0.0;
                let dz = if passes { dy[i] } else { 0.0 };
                partial[pair_index(image.c, row, 0, c)] += dz;
                partial[pair_index(image.c, row, 1, c)] += dz * x_hat;
            }
        }
    }
    partial
}
