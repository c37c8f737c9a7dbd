/// Adds up partial sums, always in the same order.
///
/// ```text
/// out[i] = Σ_s partial[s][i],    s = 0, 1, …, chunks − 1
/// ```
///
/// `partial`: `[chunks][L]`; returns `[L]`.
pub fn sum_chunks(chunks: usize, partial: &[f64]) -> Vec<f64> {
    let length = partial.len() / chunks;
    (0..length).map(|i| (0..chunks).map(|s| partial[s * length + i]).sum()).collect()
}
