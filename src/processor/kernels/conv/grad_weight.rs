use std::cell::RefCell;

use fearless_simd::{dispatch, prelude::*};

use super::{super::constant, Shape, winograd};
use crate::{
    plan::Dispatch,
    processor::{kernels::Kernel, workers::Workers},
};

/// Chunks from which on the threads share out these alone, and not the rows of taps too.
const MANY: usize = 4;
/// Floats of x and dy that the first level of a processor's cache holds.
const CACHE: usize = 8 << 10;

/// dw, in parts that are added up afterwards: each over as many images.
pub fn conv_grad_weight(workers: &Workers, dispatch: &Dispatch) -> Kernel {
    let shape = Shape::of(dispatch);
    let images = constant(dispatch, "IMAGES");
    if winograd::suits_gradient(shape, workers.lanes()) {
        return winograd::conv_grad_weight(shape, images);
    }
    Box::new(move |workers: &Workers, call| {
        let ([x, dy], [partial]) = call.split();
        let row = shape.run() * shape.outputs;
        let size = shape.kernel * row;
        // Of a few chunks the rows of taps are shared out too.
        let rows = if partial.len() / size < MANY { 1 } else { shape.kernel };
        let at_once = rows_at_once(shape);
        workers.each_piece(partial, rows * row, |piece, dw| {
            let (chunk, tap_row) = (piece * rows / shape.kernel, piece * rows % shape.kernel);
            dw.fill(0.0);
            let first = chunk * images;
            let all = x.chunks_exact(shape.input()).zip(dy.chunks_exact(shape.output()));
            for (x, dy) in all.skip(first).take(images) {
                for (block, dy) in dy.chunks(at_once * shape.width * shape.outputs).enumerate() {
                    let first = block * at_once;
                    shape.with_border(x, first..(first + at_once).min(shape.height), |x| {
                        let x = &x[tap_row * shape.line()..];
                        dispatch!(workers.level, simd => add_rows(simd, shape, x, dy, dw));
                    });
                }
            }
            dw.chunks_exact_mut(4 * shape.outputs).for_each(to_blocks);
        });
    })
}

/// Rows of an image that are taken at once, 64 pixels or more: their part of x and dy stays in the cache while all sums
/// pass.
fn rows_at_once(shape: Shape) -> usize {
    let least = 64_usize.div_ceil(shape.width);
    let fits =
        |rows: &usize| rows * shape.width * shape.outputs + (rows + shape.kernel - 1) * shape.line() <= CACHE;
    (least..=shape.height).rev().find(fits).unwrap_or(least)
}

/// Adds some rows' part of the gradient of rows of taps, the first line of which is that of `x`. Here `dw` is
/// `[rows of taps][run][outputs]`.
#[inline(always)]
fn add_rows<S: Simd>(simd: S, shape: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    for (row, dw) in dw.chunks_exact_mut(shape.run() * shape.outputs).enumerate() {
        let x = &x[row * shape.line()..];
        let mut input = 0;
        // In narrow vectors, twelve sums and what they take do not fit in WebAssembly's registers.
        while S::f32s::LEN > 4 && input + 6 <= shape.run() && shape.inputs >= 6 {
            outputs::<S, 6>(simd, shape, &x[input..], dy, &mut dw[input * shape.outputs..]);
            input += 6;
        }
        while input + 4 <= shape.run() {
            outputs::<S, 4>(simd, shape, &x[input..], dy, &mut dw[input * shape.outputs..]);
            input += 4;
        }
        while input + 2 <= shape.run() {
            outputs::<S, 2>(simd, shape, &x[input..], dy, &mut dw[input * shape.outputs..]);
            input += 2;
        }
    }
}

/// `INPUTS` numbers of a run, the first of which is that of `x` and `dw`, by all output channels.
#[inline(always)]
fn outputs<S: Simd, const INPUTS: usize>(simd: S, shape: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut first = 0;
    while first + 2 * lanes <= shape.outputs {
        tile::<S, INPUTS, 2>(simd, shape, first, x, dy, dw);
        first += 2 * lanes;
    }
    while first + lanes <= shape.outputs {
        tile::<S, INPUTS, 1>(simd, shape, first, x, dy, dw);
        first += lanes;
    }
    while first < shape.outputs {
        quad::<INPUTS>(shape, first, x, dy, dw);
        first += 4;
    }
}

/// Sums over the rows that stay in registers: `INPUTS` numbers of a run by `VECTORS` vectors of output channels.
#[inline(always)]
fn tile<S: Simd, const INPUTS: usize, const VECTORS: usize>(
    simd: S,
    shape: Shape,
    first: usize,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let Shape { width, inputs, outputs, .. } = shape;
    // These are checked here so that they need not be at each pixel.
    assert!(INPUTS <= inputs && first + VECTORS * lanes <= outputs);
    let vector = |from: &[f32], v: usize| S::f32s::from_slice(simd, &from[first + v * lanes..][..lanes]);
    let mut sums = [[S::f32s::splat(simd, 0.0); VECTORS]; INPUTS];
    // Each row is as long as the others, so that the number of its pixels is worked out once.
    for (x, dy) in x.chunks_exact(shape.line()).zip(dy.chunks_exact(width * outputs)) {
        for (x, dy) in x.chunks_exact(inputs).zip(dy.chunks_exact(outputs)) {
            let dy: [S::f32s; VECTORS] = std::array::from_fn(|v| vector(dy, v));
            for i in 0..INPUTS {
                let x = S::f32s::splat(simd, x[i]);
                for v in 0..VECTORS {
                    sums[i][v] = x.mul_add(dy[v], sums[i][v]);
                }
            }
        }
    }
    for (dw, sums) in dw.chunks_exact_mut(outputs).zip(sums) {
        for v in 0..VECTORS {
            let dw = &mut dw[first + v * lanes..][..lanes];
            (S::f32s::from_slice(simd, dw) + sums[v]).store_slice(dw);
        }
    }
}

/// A quad of output channels that fills no vector.
#[inline(always)]
fn quad<const INPUTS: usize>(shape: Shape, first: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let Shape { width, inputs, outputs, .. } = shape;
    for (x, dy) in x.chunks_exact(shape.line()).zip(dy.chunks_exact(width * outputs)) {
        for (x, dy) in x.chunks_exact(inputs).zip(dy.chunks_exact(outputs)) {
            for (dw, x) in dw.chunks_exact_mut(outputs).zip(&x[..INPUTS]) {
                for (sum, dy) in dw[first..first + 4].iter_mut().zip(&dy[first..first + 4]) {
                    *sum += x * dy;
                }
            }
        }
    }
}

/// Four rows of output channels become blocks of 4×4.
fn to_blocks(rows: &mut [f32]) {
    thread_local! {
        static ROWS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    ROWS.with_borrow_mut(|copy| {
        copy.clear();
        copy.extend_from_slice(rows);
        let outputs = rows.len() / 4;
        for (quad, block) in rows.chunks_exact_mut(16).enumerate() {
            for (input, row) in block.chunks_exact_mut(4).enumerate() {
                row.copy_from_slice(&copy[input * outputs + 4 * quad..][..4]);
            }
        }
    });
}
