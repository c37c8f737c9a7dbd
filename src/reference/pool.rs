//! Pooling.

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

/// Gradient of 2×2 max pooling: it flows to the largest of each window, of equals to the first along the rows.
///
/// ```text
/// dx[n, 2y + i, 2x + j, c] = dy[n, y, x, c] where (i, j) is the first maximum of its window, else 0
/// ```
///
/// `x`: `image`; `dy`: [`Image::max_pooled`]; returns dx: `image`, zero in an odd last row or column.
///
/// The chain rule on [`super::max_pool_forward()`]; ties as in PyTorch's `MaxPool2d`.
pub fn max_pool_grad_input(image: Image, x: &[f64], dy: &[f64]) -> Vec<f64> {
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

/// Gradient of the global average: every pixel gets an equal share.
///
/// ```text
/// dx[n, y, x, c] = dy[n, c] / (H·W)
/// ```
///
/// `dy`: [`Image::averaged`]; returns dx: `image`.
///
/// The chain rule on [`super::global_average_pool_forward()`].
pub fn global_average_pool_grad_input(image: Image, dy: &[f64]) -> Vec<f64> {
    let pixels = (image.h * image.w) as f64;
    image.fill(|n, _, _, c| dy[image.averaged().index(n, 0, 0, c)] / pixels)
}

/// Largest of every channel over a sample's pixels.
///
/// ```text
/// y[n, c] = max over y, x of x[n, y, x, c]
/// ```
///
/// `x`: `image`; returns y: [`Image::averaged`].
///
/// PyTorch's `AdaptiveMaxPool2d(1)`.
pub fn global_max_pool_forward(image: Image, x: &[f64]) -> Vec<f64> {
    image.averaged().fill(|n, _, _, c| x[first_maximum(image, x, n, c)])
}

/// Gradient of the global maximum: it flows to the largest pixel, of equals to the first along the rows.
///
/// ```text
/// dx[n, y, x, c] = dy[n, c] at the first maximum of channel c, else 0
/// ```
///
/// `x`: `image`; `dy`: [`Image::averaged`]; returns dx: `image`.
///
/// The chain rule on [`super::global_max_pool_forward()`]; ties as in PyTorch's `AdaptiveMaxPool2d`.
pub fn global_max_pool_grad_input(image: Image, x: &[f64], dy: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; image.size()];
    for n in 0..image.n {
        for c in 0..image.c {
            dx[first_maximum(image, x, n, c)] = dy[image.averaged().index(n, 0, 0, c)];
        }
    }
    dx
}

/// Where the largest value of a sample's channel is, of equals the first along the rows.
fn first_maximum(image: Image, x: &[f64], n: usize, c: usize) -> usize {
    let mut first = image.index(n, 0, 0, c);
    for row in 0..image.h {
        for column in 0..image.w {
            let i = image.index(n, row, column, c);
            if x[i] > x[first] {
                first = i;
            }
        }
    }
    first
}
