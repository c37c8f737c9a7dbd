use super::Image;

/// Gradient of 2×2 max pooling: it flows to the largest of each window, of equals to the first along the rows.
///
/// ```text
/// dx[n, 2y + i, 2x + j, c] = dy[n, y, x, c] where (i, j) is the first maximum of its window, else 0
/// ```
///
/// `x`: `image`; `dy`: [`Image::max_pooled`]; returns dx: `image`, zero in an odd last row or column.
///
/// The chain rule on [`super::max_pool_forward()`]; ties as in PyTorch's `MaxPool2d`.
pub fn max_pool_backward(image: Image, x: &[f64], dy: &[f64]) -> Vec<f64> {
    let pooled = image.max_pooled();
    let mut dx = vec![0.0; image.size()];
    for (n, row, column) in pooled.pixels() {
        for c in 0..image.c {
            let at = |i: usize, j: usize| image.index(n, 2 * row + i, 2 * column + j, c);
            let mut first = at(0, 0);
            for i in [at(0, 1), at(1, 0), at(1, 1)] {
                if x[i] > x[first] {
                    first = i;
                }
            }
            dx[first] = dy[pooled.index(n, row, column, c)];
        }
    }
    dx
}
