//! The Gaussian error linear unit.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Gaussian error linear unit.
///
/// ```text
/// y = x·Φ(x),   Φ(x) = (1 + erf(x/√2)) / 2
/// ```
///
/// `x`: any shape; returns y of the same.
///
/// Hendrycks & Gimpel 2016, "Gaussian error linear units (GELUs)" (arXiv 1606.08415), section 2, in the exact form.
pub fn gelu_forward(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| x * normal_cdf(x)).collect()
}

/// Gradient of the Gaussian error linear unit, from its input.
///
/// ```text
/// dx = dy·(Φ(x) + x·φ(x)),   φ(x) = exp(−x²/2) / √(2π)
/// ```
///
/// `x`, `dy`: the same shape; returns dx of the same.
///
/// The chain rule on [`gelu_forward`].
pub fn gelu_grad_input(x: &[f64], dy: &[f64]) -> Vec<f64> {
    let slope = |x: f64| normal_cdf(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    x.iter().zip(dy).map(|(&x, dy)| dy * slope(x)).collect()
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}
