use super::{Image, fill_vector, pair_index};

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
