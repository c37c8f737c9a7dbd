use super::Norm;

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
pub fn norm_forward(norm: Norm, x: &[f64], stats: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    norm.image.fill(|n, row, column, c| {
        let (mean, inv_std) = norm.pair(n, c);
        let x_hat = (x[norm.image.index(n, row, column, c)] - stats[mean]) * stats[inv_std];
        let y = gamma[c] * x_hat + beta[c];
        if norm.relu { y.max(0.0) } else { y }
    })
}
