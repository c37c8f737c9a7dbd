use std::cell::RefCell;

use fearless_simd::{dispatch, prelude::*};

use super::{PLACES, STRIP, Shape, place_of, strips, transform_inputs, transposed};
use crate::processor::{floats::Floats, kernels::Kernel};

/// Tiles and vectors of output channels whose sums stay in registers.
const TILES: usize = 4;
const VECTORS: usize = 2;

/// y = w ∗ x + b.
pub fn conv_forward(shape: Shape, biased: bool, lanes: usize) -> Kernel {
    let filters = RefCell::new(Filters::new(shape, VECTORS * lanes));
    Box::new(move |workers, call| {
        let ([x, w, bias], [y]) = call.split();
        let mut filters = filters.borrow_mut();
        filters.transform(w, biased.then_some(bias));
        let filters = &*filters;
        workers.each_piece(y, shape.output(), |image, y| {
            let x = &x[image * shape.input()..][..shape.input()];
            shape.with_border(x, 0..shape.height, |x| {
                SCRATCH.with_borrow_mut(|Scratch { inputs, outputs }| {
                    let inputs = inputs.first(PLACES * STRIP * shape.inputs);
                    let outputs = outputs.first(PLACES * STRIP * filters.padded());
                    dispatch!(workers.level, simd => filters.apply(simd, x, y, inputs, outputs));
                });
            });
        });
    })
}

/// The filters as G g Gᵀ, and the bias: `[place][block of outputs][input][block]`, zero where there are no such channels.
struct Filters {
    shape: Shape,
    block: usize,
    places: Floats,
    bias: Floats,
}

/// A strip on its way, of a thread.
#[derive(Default)]
struct Scratch {
    /// `[place][tile][input]`.
    inputs: Floats,
    /// `[place][tile][output]`.
    outputs: Floats,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Filters {
    fn new(shape: Shape, block: usize) -> Self {
        let padded = shape.outputs.next_multiple_of(block);
        let places = Floats::zeroed(PLACES * shape.inputs * padded);
        Self { shape, block, places, bias: Floats::zeroed(padded) }
    }

    /// Output channels of whole blocks.
    fn padded(&self) -> usize {
        self.shape.outputs.next_multiple_of(self.block)
    }

    /// Takes `w`, `[kernel][run / 4][outputs / 4]` blocks of 4×4.
    fn transform(&mut self, w: &[f32], bias: Option<&[f32]>) {
        let Shape { inputs, outputs, .. } = self.shape;
        let (place, taps) = (inputs * self.padded(), inputs * outputs);
        for quad in 0..inputs / 4 * (outputs / 4) {
            let (input, output) = (quad / (outputs / 4) * 4, quad % (outputs / 4) * 4);
            let (block, column) = (output / self.block, output % self.block);
            for i in 0..4 {
                let tap = |row: usize, c: usize| -> [f32; 4] {
                    let from = (3 * row + c) * taps + 16 * quad + 4 * i;
                    w[from..from + 4].try_into().expect("four output channels")
                };
                let columns: [[[f32; 4]; 4]; 3] =
                    std::array::from_fn(|c| sums([tap(0, c), tap(1, c), tap(2, c)]));
                let to = (block * inputs + input + i) * self.block + column;
                for (r, row) in transposed(columns).into_iter().enumerate() {
                    for (c, values) in sums(row).iter().enumerate() {
                        self.places[(4 * r + c) * place + to..][..4].copy_from_slice(values);
                    }
                }
            }
        }
        if let Some(bias) = bias {
            self.bias[..bias.len()].copy_from_slice(bias);
        }
    }

    /// The image `y` of the bordered image `x`.
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, x: &[f32], y: &mut [f32], transformed: &mut [f32], m: &mut [f32]) {
        let (inputs, outputs) = (self.shape.inputs, self.padded());
        let (from, to) = (STRIP * inputs, STRIP * outputs);
        for strip in strips(self.shape) {
            transform_inputs(simd, self.shape, strip, x, transformed);
            let places = self.places.chunks_exact(inputs * outputs);
            for ((filters, x), m) in places.zip(transformed.chunks_exact(from)).zip(m.chunks_exact_mut(to)) {
                multiply(simd, inputs, filters, x, m);
            }
            self.transform_outputs(simd, strip, m, y);
        }
    }

    /// Aᵀ m A of the tiles of a strip, with the bias.
    #[inline(always)]
    fn transform_outputs<S: Simd>(&self, simd: S, strip: (usize, usize), m: &[f32], y: &mut [f32]) {
        let lanes = S::f32s::LEN;
        let Shape { width, outputs, .. } = self.shape;
        for tile in 0..strip.1 {
            let (row, column) = place_of(self.shape, strip.0 + tile);
            let y = &mut y[2 * (row * width + column) * outputs..];
            let (upper, lower) = y.split_at_mut(width * outputs);
            let (upper, lower) = (&mut upper[..2 * outputs], &mut lower[..2 * outputs]);
            for channel in (0..outputs).step_by(lanes) {
                let at = |place: usize| {
                    let from = (place * STRIP + tile) * self.padded() + channel;
                    S::f32s::from_slice(simd, &m[from..from + lanes])
                };
                let bias = S::f32s::from_slice(simd, &self.bias[channel..channel + lanes]);
                let mut columns = [[bias; 2]; 4];
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = pairs([at(c), at(4 + c), at(8 + c), at(12 + c)]);
                }
                let [a, b, c, d] = columns;
                for (r, y) in [&mut *upper, &mut *lower].into_iter().enumerate() {
                    let [left, right] = pairs([a[r], b[r], c[r], d[r]]);
                    (left + bias).store_slice(&mut y[channel..channel + lanes]);
                    (right + bias).store_slice(&mut y[outputs + channel..][..lanes]);
                }
            }
        }
    }
}

/// G of a column of taps, for four output channels.
fn sums([a, b, c]: [[f32; 4]; 3]) -> [[f32; 4]; 4] {
    let half = |sign: f32| std::array::from_fn(|o| 0.5 * (a[o] + sign * b[o] + c[o]));
    [a, half(1.0), half(-1.0), c]
}

/// Aᵀ of a column.
#[inline(always)]
fn pairs<V: std::ops::Add<Output = V> + std::ops::Sub<Output = V> + Copy>([a, b, c, d]: [V; 4]) -> [V; 2] {
    [a + b + c, b - c - d]
}

/// The products of one place: tiles by output channels.
#[inline(always)]
fn multiply<S: Simd>(simd: S, inputs: usize, filters: &[f32], x: &[f32], y: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let block = VECTORS * lanes;
    let outputs = filters.len() / inputs;
    for (first, filters) in filters.chunks_exact(inputs * block).enumerate() {
        for (x, y) in x.chunks_exact(TILES * inputs).zip(y.chunks_exact_mut(TILES * outputs)) {
            let (a, rest) = x.split_at(inputs);
            let (b, rest) = rest.split_at(inputs);
            let (c, d) = rest.split_at(inputs);
            let mut sums = [[S::f32s::splat(simd, 0.0); VECTORS]; TILES];
            // Zipped iterators need no check of a bound at each step.
            for ((((filters, a), b), c), d) in filters.chunks_exact(block).zip(a).zip(b).zip(c).zip(d) {
                let filters: [S::f32s; VECTORS] =
                    std::array::from_fn(|v| S::f32s::from_slice(simd, &filters[v * lanes..(v + 1) * lanes]));
                let x = [a, b, c, d];
                for tile in 0..TILES {
                    let x = S::f32s::splat(simd, *x[tile]);
                    for v in 0..VECTORS {
                        sums[tile][v] = x.mul_add(filters[v], sums[tile][v]);
                    }
                }
            }
            for (y, sums) in y.chunks_exact_mut(outputs).zip(sums) {
                for v in 0..VECTORS {
                    sums[v].store_slice(&mut y[first * block + v * lanes..][..lanes]);
                }
            }
        }
    }
}
