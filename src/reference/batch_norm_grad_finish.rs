use crate::layout::pad4;

use super::{Image, norm_grad_parameters, pair_index};

/// What [`batch_norm_grad_finish`] returns.
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
