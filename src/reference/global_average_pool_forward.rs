use super::Image;

/// Mean of every channel over a sample's pixels.
///
/// ```text
/// y[n, c] = Σ_y Σ_x x[n, y, x, c] / (H·W)
/// ```
///
/// `x`: `image`; returns y: [`Image::averaged`].
///
/// Lin, Chen & Yan 2014, "Network in network", §3.2.
pub fn global_average_pool_forward(image: Image, x: &[f64]) -> Vec<f64> {
    image.averaged().fill(|n, _, _, c| {
        let mut sum = 0.0;
        for row in 0..image.h {
            for column in 0..image.w {
                sum += x[image.index(n, row, column, c)];
            }
        }
        sum / (image.h * image.w) as f64
    })
}
