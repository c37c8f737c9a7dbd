use std::cell::RefCell;

use fearless_simd::{dispatch, prelude::*};

use super::{PLACES, STRIP, Shape, place_of, strips, transform_inputs, transposed};
use crate::processor::{floats::Floats, kernels::Kernel};

/// Input channels and vectors of output channels whose sums stay in registers.
const INPUTS: usize = 4;
const VECTORS: usize = 2;

/// dw, in parts that are added up afterwards: each over `images` images.
pub fn conv_grad_weight(shape: Shape, images: usize) -> Kernel {
    Box::new(move |workers, call| {
        let ([x, dy], [partial]) = call.split();
        workers.each_piece(partial, 9 * shape.inputs * shape.outputs, |chunk, dw| {
            SCRATCH.with_borrow_mut(|scratch| {
                scratch.fit(shape);
                let all = x.chunks_exact(shape.input()).zip(dy.chunks_exact(shape.output()));
                for (x, dy) in all.skip(chunk * images).take(images) {
                    shape.with_border(
                        x,
                        0..shape.height,
                        |x| dispatch!(workers.level, simd => scratch.add(simd, shape, x, dy)),
                    );
                }
                scratch.finish(shape, dw);
            });
        });
    })
}

/// What a thread works on.
#[derive(Default)]
struct Scratch {
    /// `[place][tile][input]` of a strip.
    inputs: Floats,
    /// `[place][tile][output]` of a strip.
    outputs: Floats,
    /// The gradient of the transformed filters so far: `[place][input][output]`.
    places: Floats,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Makes room, and begins at a gradient of zero.
    fn fit(&mut self, shape: Shape) {
        self.inputs.first(PLACES * STRIP * shape.inputs);
        self.outputs.first(PLACES * STRIP * shape.outputs);
        self.places.first(PLACES * shape.inputs * shape.outputs).fill(0.0);
    }

    /// Adds an image's part; `x` has a border.
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, shape: Shape, x: &[f32], dy: &[f32]) {
        let Shape { inputs, outputs, .. } = shape;
        for strip in strips(shape) {
            transform_inputs(simd, shape, strip, x, &mut self.inputs);
            transform_gradients(simd, shape, strip, dy, &mut self.outputs);
            let places = self.places.chunks_exact_mut(inputs * outputs).take(PLACES);
            for (place, dw) in places.enumerate() {
                let x = &self.inputs[place * STRIP * inputs..][..strip.1 * inputs];
                let dy = &self.outputs[place * STRIP * outputs..][..strip.1 * outputs];
                add_products(simd, inputs, outputs, x, dy, dw);
            }
        }
    }

    /// Writes Gᵀ u G, in blocks of 4×4.
    fn finish(&self, shape: Shape, dw: &mut [f32]) {
        let taps = shape.inputs * shape.outputs;
        for at in 0..taps {
            let (input, output) = (at / shape.outputs, at % shape.outputs);
            let u = |place: usize| self.places[place * taps + at];
            let columns: [[f32; 3]; 4] = std::array::from_fn(|c| sums([u(c), u(4 + c), u(8 + c), u(12 + c)]));
            let quad = input / 4 * (shape.outputs / 4) + output / 4;
            let to = 16 * quad + 4 * (input % 4) + output % 4;
            for (r, row) in transposed(columns).into_iter().enumerate() {
                for (c, value) in sums(row).into_iter().enumerate() {
                    dw[(3 * r + c) * taps + to] = value;
                }
            }
        }
    }
}

/// Gᵀ of a column.
fn sums([a, b, c, d]: [f32; 4]) -> [f32; 3] {
    [a + 0.5 * (b + c), 0.5 * (b - c), 0.5 * (b + c) + d]
}

/// A dy Aᵀ of the tiles of a strip, to `[place][tile][output]`.
#[inline(always)]
fn transform_gradients<S: Simd>(simd: S, shape: Shape, strip: (usize, usize), dy: &[f32], out: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let Shape { width, outputs, .. } = shape;
    let zero = S::f32s::splat(simd, 0.0);
    let spread = |[a, b]: [S::f32s; 2]| [a, a + b, a - b, zero - b];
    for tile in 0..strip.1 {
        let (row, column) = place_of(shape, strip.0 + tile);
        let dy = &dy[2 * (row * width + column) * outputs..];
        let (upper, lower) = dy.split_at(width * outputs);
        let (upper, lower) = (&upper[..2 * outputs], &lower[..2 * outputs]);
        for channel in (0..outputs).step_by(lanes) {
            let at =
                |row: &[f32], c: usize| S::f32s::from_slice(simd, &row[c * outputs + channel..][..lanes]);
            let left = spread([at(upper, 0), at(lower, 0)]);
            let right = spread([at(upper, 1), at(lower, 1)]);
            for (r, row) in left.into_iter().zip(right).enumerate() {
                for (c, value) in spread(row.into()).iter().enumerate() {
                    let to = ((4 * r + c) * STRIP + tile) * outputs + channel;
                    value.store_slice(&mut out[to..to + lanes]);
                }
            }
        }
    }
}

/// Adds the products of one place: input by output channels, summed over the tiles.
#[inline(always)]
fn add_products<S: Simd>(simd: S, inputs: usize, outputs: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut first = 0;
    while first + VECTORS * lanes <= outputs {
        add_columns::<S, VECTORS>(simd, inputs, outputs, first, x, dy, dw);
        first += VECTORS * lanes;
    }
    if first < outputs {
        add_columns::<S, 1>(simd, inputs, outputs, first, x, dy, dw);
    }
}

/// The same for `COLUMNS` vectors of output channels, from `first` on.
#[inline(always)]
fn add_columns<S: Simd, const COLUMNS: usize>(
    simd: S,
    inputs: usize,
    outputs: usize,
    first: usize,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    assert!(first + COLUMNS * lanes <= outputs && inputs.is_multiple_of(INPUTS));
    let vector = |from: &[f32], v: usize| S::f32s::from_slice(simd, &from[first + v * lanes..][..lanes]);
    for (input, dw) in dw.chunks_exact_mut(INPUTS * outputs).enumerate() {
        let mut sums = [[S::f32s::splat(simd, 0.0); COLUMNS]; INPUTS];
        for (x, dy) in x.chunks_exact(inputs).zip(dy.chunks_exact(outputs)) {
            let x = &x[input * INPUTS..][..INPUTS];
            let dy: [S::f32s; COLUMNS] = std::array::from_fn(|v| vector(dy, v));
            for i in 0..INPUTS {
                let x = S::f32s::splat(simd, x[i]);
                for v in 0..COLUMNS {
                    sums[i][v] = x.mul_add(dy[v], sums[i][v]);
                }
            }
        }
        for (dw, sums) in dw.chunks_exact_mut(outputs).zip(sums) {
            for v in 0..COLUMNS {
                let sum = vector(dw, v) + sums[v];
                sum.store_slice(&mut dw[first + v * lanes..][..lanes]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;

    use super::*;
    use crate::random::{pcg4d, unit};

    /// dw by its definition, `[tap][input][output]`.
    fn expected(shape: Shape, x: &[f32], dy: &[f32]) -> Vec<f64> {
        let Shape { height, width, inputs, outputs, .. } = shape;
        let mut dw = vec![0.0; 9 * inputs * outputs];
        for (tap, dw) in dw.chunks_exact_mut(inputs * outputs).enumerate() {
            for pixel in 0..height * width {
                let (row, column) =
                    ((pixel / width + tap / 3).wrapping_sub(1), (pixel % width + tap % 3).wrapping_sub(1));
                if row >= height || column >= width {
                    continue;
                }
                for (at, dw) in dw.iter_mut().enumerate() {
                    let x = x[(row * width + column) * inputs + at / outputs];
                    *dw += f64::from(x) * f64::from(dy[pixel * outputs + at % outputs]);
                }
            }
        }
        dw
    }

    #[test]
    fn the_gradient_is_that_of_the_definition_in_vectors_of_any_width() {
        // The second has tiles that fill no strip, and output channels that fill no block.
        for (height, width, inputs, outputs) in [(8, 8, 32, 64), (6, 14, 32, 48)] {
            let shape = Shape { height, width, inputs, outputs, kernel: 3 };
            let draw = |seed: u32, len: usize| -> Vec<f32> {
                (0..len as u32).map(|i| unit(pcg4d([seed, i, 0, 0])[0]) as f32 - 0.5).collect()
            };
            let (x, dy) = (draw(1, shape.input()), draw(2, shape.output()));
            let expected = expected(shape, &x, &dy);
            for level in [Level::new(), Level::baseline()] {
                let (mut scratch, mut dw) = (Scratch::default(), vec![f32::NAN; expected.len()]);
                scratch.fit(shape);
                shape.with_border(
                    &x,
                    0..height,
                    |x| dispatch!(level, simd => scratch.add(simd, shape, x, &dy)),
                );
                scratch.finish(shape, &mut dw);
                for (at, expected) in expected.iter().enumerate() {
                    let (tap, input, output) = (at / (inputs * outputs), at / outputs % inputs, at % outputs);
                    let quad = input / 4 * (outputs / 4) + output / 4;
                    let found = dw[tap * inputs * outputs + 16 * quad + 4 * (input % 4) + output % 4];
                    assert!((f64::from(found) - expected).abs() < 1e-5, "{level:?} {at}: {found} {expected}");
                }
            }
        }
    }
}
