use super::Conv;

/// Convolution with stride 1 and same padding (a cross-correlation, as everywhere in deep learning); also dense layers.
///
/// ```text
/// y[n, y, x, co] = bias[co] + Σ_kh Σ_kw Σ_ci x[n, y + kh − ⌊K/2⌋, x + kw − ⌊K/2⌋, ci] · w[kh, kw, ci, co]
/// ```
///
/// `x`: [`Conv::input`]; `w`: [`Conv::weight_index`]; `bias`: `[outputs]`; returns y: [`Conv::output`].
///
/// Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", §2.2.1 (same padding).
pub fn conv_forward(conv: Conv, x: &[f64], w: &[f64], bias: Option<&[f64]>) -> Vec<f64> {
    conv.output().fill(|n, row, column, co| {
        let mut sum = bias.map_or(0.0, |bias| bias[co]);
        for kh in 0..conv.kernel {
            for kw in 0..conv.kernel {
                let Some((y_in, x_in)) = conv.tap(row, column, kh, kw) else { continue };
                for ci in 0..conv.inputs {
                    sum += x[conv.input().index(n, y_in, x_in, ci)] * w[conv.weight_index(kh, kw, ci, co)];
                }
            }
        }
        sum
    })
}
