use super::Image;

/// Gradient of the global average: every pixel gets an equal share.
///
/// ```text
/// dx[n, y, x, c] = dy[n, c] / (H·W)
/// ```
///
/// `dy`: [`Image::averaged`]; returns dx: `image`.
///
/// The chain rule on [`super::global_average_pool_forward()`].
pub fn global_average_pool_backward(image: Image, dy: &[f64]) -> Vec<f64> {
    let pixels = (image.h * image.w) as f64;
    image.fill(|n, _, _, c| dy[image.averaged().index(n, 0, 0, c)] / pixels)
}
