//! Metrics, predictions and followed weights.

use super::Image;

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

/// The predicted class of each sample, and the probability of that class.
///
/// ```text
/// label = index of the first of the largest logits
/// probability = softmax(logits)[label] = 1 / Σ_k exp(logits[k] − logits[label])
/// ```
///
/// `logits`: `[batch][classes]` padded; returns one pair for each of the first `count` samples.
pub fn predict(batch: usize, classes: usize, count: usize, logits: &[f64]) -> Vec<(u32, f64)> {
    let image = Image { n: batch, h: 1, w: 1, c: classes };
    let of_sample = |n: usize| {
        let logits = &logits[image.index(n, 0, 0, 0)..][..classes];
        let mut label = 0;
        for k in 1..classes {
            if logits[k] > logits[label] {
                label = k;
            }
        }
        let sum: f64 = logits.iter().map(|logit| (logit - logits[label]).exp()).sum();
        (label as u32, 1.0 / sum)
    };
    (0..count).map(of_sample).collect()
}

/// One step's entry of the ring of followed weights.
///
/// ```text
/// entry[p][0] = w[indices[p]]      entry[p][k] = v_k[indices[p]]
/// ```
///
/// - `w`: the arena, `[L]`
/// - `bank`: `[K][L]`
/// - returns `[P][1 + K]`
pub fn probe(w: &[f64], bank: &[f64], indices: &[usize]) -> Vec<f64> {
    let arenas = || w.chunks_exact(w.len()).chain(bank.chunks_exact(w.len()));
    indices.iter().flat_map(|&index| arenas().map(move |arena| arena[index])).collect()
}

/// The chains of `shaders/measure/roofline_fma.wgsl`.
///
/// - returns out `[quads × 4]`; the four values of a quad are equal
pub fn roofline_fma(quads: usize, rounds: usize, factor: f64, term: f64) -> Vec<f64> {
    let chain = |start: f64| (0..16 * rounds).fold(start, |a, _| a * factor + term);
    let quad = |i: usize| [(0..3).map(|k| chain((i + k) as f64)).sum(); 4];
    (0..quads).flat_map(quad).collect()
}

/// Adds the logits of one view of a batch to the sum over its views; in place.
///
/// ```text
/// sum[i] ← share·logits[i] for the first view, sum[i] + share·logits[i] for the others
/// ```
pub fn add_view(first: bool, share: f64, logits: &[f64], sum: &mut [f64]) {
    for (sum, logit) in sum.iter_mut().zip(logits) {
        *sum = share * logit + if first { 0.0 } else { *sum };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_samples_of_the_batch_count() {
        let entry = metrics(&[1.0, 2.5, 100.0], &[1.0, 1.0, 1.0], 2, 7);
        assert_eq!(entry, [3.5, 2.0, 2.0, 7.0]);
    }

    #[test]
    fn the_first_of_the_greatest_has_its_share_of_the_exponentials() {
        let logits = [0.0, 3.0_f64.ln(), 0.0, 9.9, 5.0, 5.0, -900.0, 9.9];
        let said = predict(2, 3, 2, &logits);
        assert_eq!((said[0].0, said[1].0), (1, 0));
        assert!((said[0].1 - 0.6).abs() < 1e-15 && (said[1].1 - 0.5).abs() < 1e-15);
        assert_eq!(predict(2, 3, 1, &logits).len(), 1);
    }

    #[test]
    fn a_followed_weight_is_noted_raw_and_in_each_average() {
        let (w, bank) = ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0, 100.0, 200.0, 300.0]);
        assert_eq!(probe(&w, &bank, &[2, 0]), [3.0, 30.0, 300.0, 1.0, 10.0, 100.0]);
        assert_eq!(probe(&w, &[], &[1]), [2.0]);
    }
}
