//! Convolution, its flipped weights, and the sums of its gradients.

use super::{ConvShape, Image, fill_vector};

/// Convolution with stride 1 and same padding (a cross-correlation, as everywhere in deep learning); also dense layers.
///
/// ```text
/// y[n, y, x, co] = bias[co] + Σ_kh Σ_kw Σ_ci x[n, y + kh − ⌊K/2⌋, x + kw − ⌊K/2⌋, ci] · w[kh, kw, ci, co]
/// ```
///
/// `x`: [`ConvShape::input`]; `w`: [`ConvShape::weight_index`]; `bias`: `[outputs]`; returns y: [`ConvShape::output`].
///
/// Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", §2.2.1 (same padding).
pub fn conv_forward(conv: ConvShape, x: &[f64], w: &[f64], bias: Option<&[f64]>) -> Vec<f64> {
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

/// Flips the weights of a convolution into those with which its gradient flows back to its input.
///
/// ```text
/// w'[kh, kw, co, ci] = w[K − 1 − kh, K − 1 − kw, ci, co],    dx = conv_forward(conv.transposed(), dy, w')
/// ```
///
/// `w`: weights of `conv`; returns weights of [`ConvShape::transposed`].
///
/// Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", §4.4.1 (same padding, transposed).
pub fn conv_flip(conv: ConvShape, w: &[f64]) -> Vec<f64> {
    let last = conv.kernel - 1;
    conv.transposed().fill_weights(|kh, kw, co, ci| w[conv.weight_index(last - kh, last - kw, ci, co)])
}

/// Gradient of a convolution to its weights.
///
/// ```text
/// dw[kh, kw, ci, co] = Σ_n Σ_y Σ_x x[n, y + kh − ⌊K/2⌋, x + kw − ⌊K/2⌋, ci] · dy[n, y, x, co]
/// ```
///
/// `x`: [`ConvShape::input`]; `dy`: [`ConvShape::output`]; returns dw in the layout of the weights. The shader writes the sums of some
/// image rows each, which `sum_chunks` adds up; this is the whole sum.
///
/// The chain rule on [`super::conv_forward()`].
pub fn conv_grad_weight(conv: ConvShape, x: &[f64], dy: &[f64]) -> Vec<f64> {
    conv.fill_weights(|kh, kw, ci, co| {
        let mut sum = 0.0;
        for (n, row, column) in conv.output().pixels() {
            let Some((y_in, x_in)) = conv.tap(row, column, kh, kw) else { continue };
            sum += x[conv.input().index(n, y_in, x_in, ci)] * dy[conv.output().index(n, row, column, co)];
        }
        sum
    })
}

/// The 2×2 patches of an image as pixels.
///
/// ```text
/// y[n, y, x, 4·c + 2·kh + kw] = x[n, y + kh, x + kw, c],    kh, kw = 0, 1
/// ```
///
/// `x`: `image`; returns y: [`Image::unfolded`]. A 2×2 convolution without padding is a 1×1 convolution of y, whose input channels
/// are in the order of PyTorch's `[in, kh, kw]`, as in its `Unfold`.
pub fn unfold(image: Image, x: &[f64]) -> Vec<f64> {
    image.unfolded().fill(|n, row, column, c| {
        let (kh, kw) = (c % 4 / 2, c % 2);
        x[image.index(n, row + kh, column + kw, c / 4)]
    })
}

/// Gradient of [`unfold`]: each pixel collects what the patches that it is in have for it.
///
/// `dy`: [`Image::unfolded`]; returns dx: `image`.
///
/// The chain rule on [`super::unfold()`].
pub fn fold(image: Image, dy: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; image.size()];
    let patches = image.unfolded();
    for (n, row, column) in patches.pixels() {
        for c in 0..patches.c {
            let (kh, kw) = (c % 4 / 2, c % 2);
            dx[image.index(n, row + kh, column + kw, c / 4)] += dy[patches.index(n, row, column, c)];
        }
    }
    dx
}

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
