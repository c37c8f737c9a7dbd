use super::Conv;

/// Gradient of a convolution to its weights.
///
/// ```text
/// dw[kh, kw, ci, co] = Σ_n Σ_y Σ_x x[n, y + kh − ⌊K/2⌋, x + kw − ⌊K/2⌋, ci] · dy[n, y, x, co]
/// ```
///
/// `x`: [`Conv::input`]; `dy`: [`Conv::output`]; returns dw in the layout of the weights. The shader writes the sums of some
/// image rows each, which `sum_chunks` adds up; this is the whole sum.
///
/// The chain rule on [`super::conv_forward()`].
pub fn conv_grad_weight(conv: Conv, x: &[f64], dy: &[f64]) -> Vec<f64> {
    conv.fill_weights(|kh, kw, ci, co| {
        let mut sum = 0.0;
        for (n, row, column) in conv.output().pixels() {
            let Some((y_in, x_in)) = conv.tap(row, column, kh, kw) else { continue };
            sum += x[conv.input().index(n, y_in, x_in, ci)] * dy[conv.output().index(n, row, column, co)];
        }
        sum
    })
}
