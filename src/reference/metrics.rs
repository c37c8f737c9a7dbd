/// One entry of the ring of metrics.
///
/// ```text
/// entry = [Σ_n loss[n], Σ_n correct[n], count, step]    over n < count
/// ```
///
/// `loss`, `correct`: `[batch]` of [`super::softmax_cross_entropy()`].
pub fn metrics(loss: &[f64], correct: &[f64], count: usize, step: u32) -> [f64; 4] {
    [loss[..count].iter().sum(), correct[..count].iter().sum(), count as f64, f64::from(step)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_samples_of_the_batch_count() {
        let entry = metrics(&[1.0, 2.5, 100.0], &[1.0, 1.0, 1.0], 2, 7);
        assert_eq!(entry, [3.5, 2.0, 2.0, 7.0]);
    }
}
