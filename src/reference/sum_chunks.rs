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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_sums_over_the_chunks() {
        assert_eq!(sum_chunks(3, &[1.0, 2.0, 10.0, 20.0, 100.0, 200.0]), [111.0, 222.0]);
    }
}
