use super::Image;

/// Largest of every 2×2 window, stride 2; an odd last row or column is dropped.
///
/// ```text
/// y[n, y, x, c] = max over i, j in {0, 1} of x[n, 2y + i, 2x + j, c]
/// ```
///
/// `x`: `image`; returns y: [`Image::max_pooled`].
///
/// Scherer, Müller & Behnke 2010, "Evaluation of pooling operations in convolutional architectures for object recognition";
/// PyTorch's `MaxPool2d(2)`.
pub fn max_pool_forward(image: Image, x: &[f64]) -> Vec<f64> {
    image.max_pooled().fill(|n, row, column, c| {
        let at = |i: usize, j: usize| x[image.index(n, 2 * row + i, 2 * column + j, c)];
        at(0, 0).max(at(0, 1)).max(at(1, 0)).max(at(1, 1))
    })
}
