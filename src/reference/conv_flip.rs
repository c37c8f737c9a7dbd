use super::Conv;

/// Turns the weights of a convolution into those that carry its gradient back to its input.
///
/// ```text
/// w'[kh, kw, co, ci] = w[K − 1 − kh, K − 1 − kw, ci, co],    dx = conv_forward(conv.transposed(), dy, w')
/// ```
///
/// `w`: weights of `conv`; returns weights of [`Conv::transposed`].
///
/// Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", §4.4.1 (same padding, transposed).
pub fn conv_flip(conv: Conv, w: &[f64]) -> Vec<f64> {
    let last = conv.kernel - 1;
    conv.transposed().fill_weights(|kh, kw, co, ci| w[conv.weight_index(last - kh, last - kw, ci, co)])
}
