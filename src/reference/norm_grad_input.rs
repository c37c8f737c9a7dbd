use super::Norm;

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
    norm: Norm,
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
