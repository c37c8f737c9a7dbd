use super::{Image, fill_vector};

/// Sum over all pixels: the gradient to a bias.
///
/// ```text
/// out[c] = Σ_n Σ_y Σ_x dy[n, y, x, c]
/// ```
///
/// `dy`: `image`; returns `[C]`. The shader writes partial sums, which `sum_chunks` adds up; this is the whole sum.
pub fn channel_sums(image: Image, dy: &[f64]) -> Vec<f64> {
    fill_vector(image.c, |c| image.pixels().map(|(n, y, x)| dy[image.index(n, y, x, c)]).sum())
}
