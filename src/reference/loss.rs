//! The loss.

use super::Image;

/// Settings of [`softmax_cross_entropy`].
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy {
    /// Samples the batch has room for.
    pub batch: usize,
    /// Classes, without padding.
    pub classes: usize,
    /// Samples the batch holds; the others have no loss and no gradient.
    pub count: usize,
    /// Label smoothing ε, 0 ≤ ε < 1.
    pub smoothing: f64,
}

/// Result of [`softmax_cross_entropy`].
#[derive(Clone, Debug)]
pub struct Loss {
    /// Loss of each sample, not yet averaged, `[batch]`.
    pub loss: Vec<f64>,
    /// 1 where the largest logit (of equals the first) is the label's, else 0, `[batch]`.
    pub correct: Vec<f64>,
    /// Gradient of the mean loss over the `count` samples, `[batch][classes]`.
    pub dlogits: Vec<f64>,
}

/// Cross-entropy of the softmax with smoothed labels, and its gradient.
///
/// ```text
/// p = softmax(logits),    q[k] = (1 − ε)·[k = label] + ε / classes
/// loss[n]       = − Σ_k q[k]·log p[k] = log Σ_k exp(logits[k]) − Σ_k q[k]·logits[k]
/// dlogits[n, k] = (p[k] − q[k]) / count
/// ```
///
/// `logits`: `[batch][classes]` padded; `labels`: `[batch]`. Samples from `count` on are zero in all outputs.
///
/// Szegedy et al. 2016, "Rethinking the Inception architecture for computer vision", §7.
pub fn softmax_cross_entropy(settings: CrossEntropy, logits: &[f64], labels: &[u32]) -> Loss {
    let CrossEntropy { batch, classes, count, smoothing } = settings;
    let image = Image { n: batch, h: 1, w: 1, c: classes };
    let mut out =
        Loss { loss: vec![0.0; batch], correct: vec![0.0; batch], dlogits: vec![0.0; image.size()] };
    for n in 0..count {
        let label = labels[n] as usize;
        let logits = &logits[image.index(n, 0, 0, 0)..][..classes];
        // Shifted by the maximum, so that no exponential overflows.
        let mut largest = 0;
        for k in 1..classes {
            if logits[k] > logits[largest] {
                largest = k;
            }
        }
        let sum: f64 = logits.iter().map(|logit| (logit - logits[largest]).exp()).sum();
        let log_sum = logits[largest] + sum.ln();
        let q = |k: usize| {
            let one_hot = if k == label { 1.0 } else { 0.0 };
            (1.0 - smoothing) * one_hot + smoothing / classes as f64
        };
        for (k, &logit) in logits.iter().enumerate() {
            let log_p = logit - log_sum;
            out.loss[n] -= q(k) * log_p;
            out.dlogits[image.index(n, 0, 0, k)] = (log_p.exp() - q(k)) / count as f64;
        }
        out.correct[n] = if largest == label { 1.0 } else { 0.0 };
    }
    out
}
