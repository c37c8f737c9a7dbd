//! The passes of both norms once their statistics are known.

use crate::{
    layout::pad4,
    reference::{Image, NormShape, fill_vector, pair_index},
};

/// Normalises, scales and shifts; a ReLU may follow in the same pass.
///
/// ```text
/// x̂ = (x − mean) · inv_std,    y = γ·x̂ + β,    with ReLU y = max(y, 0)
/// ```
///
/// `x`: `norm.image`; `stats`: mean and inverse deviation, `[2][C]` or, per sample, `[N][2][C]`; `gamma`, `beta`: `[C]`;
/// returns y: `norm.image`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", algorithm 1; Wu & He 2018, "Group normalization", eqs. 1 and 6.
pub fn norm_forward(norm: NormShape, x: &[f64], stats: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    norm.image.fill(|n, row, column, c| {
        let (mean, inv_std) = norm.pair(n, c);
        let x_hat = (x[norm.image.index(n, row, column, c)] - stats[mean]) * stats[inv_std];
        let y = gamma[c] * x_hat + beta[c];
        if norm.relu { y.max(0.0) } else { y }
    })
}

/// The two sums that every gradient of a norm needs, of every chunk of every sample.
///
/// ```text
/// x̂  = (x − mean) · inv_std
/// dz = dy, or with ReLU: dy where γ·x̂ + β > 0, else 0
/// partial[n·chunks + k][0][c] = Σ dz over chunk k
/// partial[n·chunks + k][1][c] = Σ dz·x̂ over chunk k
/// ```
///
/// `x`, `dy`: `norm.image`; `stats`, `gamma`, `beta` as in [`super::norm_forward()`]; a chunk is [`Image::chunk`];
/// returns `[N·chunks][2][C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", §3: ∂ℓ/∂β and ∂ℓ/∂γ.
pub fn norm_grad_sums(
    norm: NormShape,
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

/// Gradients to scale and shift of a norm.
///
/// ```text
/// dγ[c] = Σ_s partial[s][1][c] = Σ dz·x̂,    dβ[c] = Σ_s partial[s][0][c] = Σ dz
/// ```
///
/// `partial`: `[N·chunks][2][C]` of [`super::norm_grad_sums()`]; returns (dγ, dβ), each `[C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", §3: ∂ℓ/∂γ and ∂ℓ/∂β.
pub fn norm_grad_parameters(image: Image, chunks: usize, partial: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let sum = |which: usize| {
        fill_vector(image.c, |c| {
            (0..image.n * chunks).map(|row| partial[pair_index(image.c, row, which, c)]).sum()
        })
    };
    (sum(1), sum(0))
}

/// Gradient of a norm to its input.
///
/// ```text
/// x̂  = (x − mean) · inv_std
/// dz = dy, or with ReLU: dy where γ·x̂ + β > 0, else 0
/// dx = inv_std · (γ·dz − c₁ − x̂·c₂)
/// ```
///
/// `x`, `dy`: `norm.image`; `stats`, `gamma`, `beta` as in [`super::norm_forward()`]; `coefficients`: c₁ and c₂, laid out as
/// `stats`; returns dx: `norm.image`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", §3, with ∂ℓ/∂σ² and ∂ℓ/∂µ put into ∂ℓ/∂x.
pub fn norm_grad_input(
    norm: NormShape,
    x: &[f64],
    stats: &[f64],
    gamma: &[f64],
    beta: &[f64],
    dy: &[f64],
    coefficients: &[f64],
) -> Vec<f64> {
    norm.image.fill(|n, row, column, c| {
        let i = norm.image.index(n, row, column, c);
        let (first, second) = norm.pair(n, c);
        let (mean, inv_std) = (stats[first], stats[second]);
        let (c1, c2) = (coefficients[first], coefficients[second]);
        let x_hat = (x[i] - mean) * inv_std;
        let passes = !norm.relu || gamma[c] * x_hat + beta[c] > 0.0;
        let dz = if passes { dy[i] } else { 0.0 };
        inv_std * (gamma[c] * dz - c1 - x_hat * c2)
    })
}
