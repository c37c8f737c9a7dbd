//! 3×3 convolutions by Winograd's minimal filtering F(2×2, 3×3): Lavin and Gray 2015 (arXiv 1509.09308), section 4.1.
//!
//! Four outputs y of a channel come from a tile d of 4×4 inputs: y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A, summed over the input channels.
//! Transformed, a filter g has 16 places instead of 9 taps, but each place of a tile is multiplied once for four outputs:
//! 16 multiplications instead of 36. The gradient of g is the adjoint: Gᵀ [(A dy Aᵀ) ⊙ (Bᵀ d B)] G, summed over the tiles.
//! The products of one place are a matrix product of tiles and channels.

mod forward;
mod grad_weight;

use fearless_simd::prelude::*;

pub use forward::conv_forward;
pub use grad_weight::conv_grad_weight;

use super::Shape;

/// Places of a transformed tile.
const PLACES: usize = 16;
/// Tiles that are transformed at once: as many as the cache holds with what they become.
const STRIP: usize = 16;

/// Whether this convolution is faster so than directly, in vectors of `lanes` floats (measured: docs/performance.md).
pub fn suits(shape: Shape, lanes: usize) -> bool {
    let whole = shape.height.is_multiple_of(2) && shape.width.is_multiple_of(2);
    let full = shape.inputs.is_multiple_of(lanes) && shape.outputs.is_multiple_of(lanes);
    shape.kernel == 3 && whole && full && shape.inputs >= 4 * lanes
}

/// The same for the gradient of its filters. In wide vectors the direct sums are as fast; of larger filters there are too few
/// chunks for the threads.
pub fn suits_gradient(shape: Shape, lanes: usize) -> bool {
    lanes == 4 && suits(shape, lanes) && 9 * shape.inputs * shape.outputs <= 1 << 18
}

/// Where a tile of an image is: its row and column of tiles.
fn place_of(shape: Shape, tile: usize) -> (usize, usize) {
    let across = shape.width / 2;
    (tile / across, tile % across)
}

/// The strips of an image: the first tile of each, and how many tiles there are.
fn strips(shape: Shape) -> impl Iterator<Item = (usize, usize)> {
    let tiles = shape.height / 2 * (shape.width / 2);
    (0..tiles).step_by(STRIP).map(move |first| (first, STRIP.min(tiles - first)))
}

/// Bᵀ d B of the tiles of a strip, from the bordered image `x` to `[place][tile][input]`.
#[inline(always)]
fn transform_inputs<S: Simd>(simd: S, shape: Shape, strip: (usize, usize), x: &[f32], out: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let (line, channels) = (shape.line(), shape.inputs);
    for tile in 0..strip.1 {
        let (row, column) = place_of(shape, strip.0 + tile);
        let x = &x[2 * row * line + 2 * column * channels..];
        let rows: [&[f32]; 4] = std::array::from_fn(|r| &x[r * line..][..4 * channels]);
        for channel in (0..channels).step_by(lanes) {
            let d =
                |r: usize, c: usize| S::f32s::from_slice(simd, &rows[r][c * channels + channel..][..lanes]);
            let mut columns = [[S::f32s::splat(simd, 0.0); 4]; 4];
            for (c, column) in columns.iter_mut().enumerate() {
                *column = differences([d(0, c), d(1, c), d(2, c), d(3, c)]);
            }
            let [a, b, c, d] = columns;
            for r in 0..4 {
                let row = differences([a[r], b[r], c[r], d[r]]);
                for (c, value) in row.iter().enumerate() {
                    let to = ((4 * r + c) * STRIP + tile) * channels + channel;
                    value.store_slice(&mut out[to..to + lanes]);
                }
            }
        }
    }
}

/// Rows for columns.
#[inline(always)]
fn transposed<V: Copy, const ROWS: usize, const COLUMNS: usize>(
    of: [[V; ROWS]; COLUMNS],
) -> [[V; COLUMNS]; ROWS] {
    std::array::from_fn(|r| std::array::from_fn(|c| of[c][r]))
}

/// Bᵀ of a column.
#[inline(always)]
fn differences<V: std::ops::Add<Output = V> + std::ops::Sub<Output = V> + Copy>(
    [a, b, c, d]: [V; 4],
) -> [V; 4] {
    [a - c, b + c, c - b, b - d]
}
