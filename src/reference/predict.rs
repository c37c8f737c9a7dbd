use super::Image;

/// What the network says of each sample: a class, and the probability it gives that class.
///
/// ```text
/// label = the first greatest logit
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_greatest_has_its_share_of_the_exponentials() {
        let logits = [0.0, 3.0_f64.ln(), 0.0, 9.9, 5.0, 5.0, -900.0, 9.9];
        let said = predict(2, 3, 2, &logits);
        assert_eq!((said[0].0, said[1].0), (1, 0));
        assert!((said[0].1 - 0.6).abs() < 1e-15 && (said[1].1 - 0.5).abs() < 1e-15);
        assert_eq!(predict(2, 3, 1, &logits).len(), 1);
    }
}
