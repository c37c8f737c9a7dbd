use fearless_simd::{dispatch, prelude::*};

use super::{super::constant, Shape};
use crate::{
    plan::Dispatch,
    processor::{kernels::Kernel, workers::Workers},
};

/// Chunks from which on the threads share out these alone, and not the rows of taps too.
const MANY: usize = 4;

/// dw, in parts that are added up afterwards: each over as many images.
pub fn conv_grad_weight(dispatch: &Dispatch) -> Kernel {
    let shape = Shape::of(dispatch);
    let images = constant(dispatch, "IMAGES");
    Box::new(move |workers: &Workers, call| {
        let ([x, dy], [partial]) = call.split();
        let size = shape.kernel * shape.run() * shape.outputs;
        // Of a few chunks the rows of taps are shared out too.
        let rows = if partial.len() / size < MANY { 1 } else { shape.kernel };
        workers.each_piece(partial, size / shape.kernel * rows, |piece, dw| {
            let (chunk, tap_row) = (piece * rows / shape.kernel, piece * rows % shape.kernel);
            dw.fill(0.0);
            let first = chunk * images;
            let all = x.chunks_exact(shape.input()).zip(dy.chunks_exact(shape.output()));
            for (x, dy) in all.skip(first).take(images) {
                shape.with_border(x, |x| {
                    for (i, dw) in dw.chunks_exact_mut(size / shape.kernel).enumerate() {
                        let x = &x[(tap_row + i) * shape.line()..];
                        dispatch!(workers.level, simd => add_row_of_taps(simd, shape, x, dy, dw));
                    }
                });
            }
        });
    })
}

/// Adds an image's part of the gradient of one row of taps, whose first line is that of `x`.
#[inline(always)]
fn add_row_of_taps<S: Simd>(simd: S, shape: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut first = 0;
    while first + 2 * lanes <= shape.outputs {
        inputs::<S, 2>(simd, shape, first, x, dy, dw);
        first += 2 * lanes;
    }
    while first + lanes <= shape.outputs {
        inputs::<S, 1>(simd, shape, first, x, dy, dw);
        first += lanes;
    }
    while first < shape.outputs {
        quad(shape, first, x, dy, dw);
        first += 4;
    }
}

/// The `VECTORS` vectors of output channels from `first` on.
#[inline(always)]
fn inputs<S: Simd, const VECTORS: usize>(
    simd: S,
    shape: Shape,
    first: usize,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
) {
    let run = shape.run();
    let mut input = 0;
    while input + 6 <= run {
        tile::<S, 6, VECTORS>(simd, shape, input, first, x, dy, dw);
        input += 6;
    }
    while input + 2 <= run {
        tile::<S, 2, VECTORS>(simd, shape, input, first, x, dy, dw);
        input += 2;
    }
}

/// Sums over an image that stay in registers: `INPUTS` numbers of a run by `VECTORS` vectors of output channels.
#[inline(always)]
fn tile<S: Simd, const INPUTS: usize, const VECTORS: usize>(
    simd: S,
    shape: Shape,
    input: usize,
    first: usize,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let Shape { width, inputs, outputs, .. } = shape;
    let mut sums = [[S::f32s::splat(simd, 0.0); VECTORS]; INPUTS];
    for (line, dy) in x.chunks(shape.line()).zip(dy.chunks_exact(width * outputs)) {
        let taps = line[input..].windows(INPUTS).step_by(inputs);
        for (x, dy) in taps.zip(dy.chunks_exact(outputs)) {
            let dy = &dy[first..first + VECTORS * lanes];
            let dy: [S::f32s; VECTORS] =
                std::array::from_fn(|v| S::f32s::from_slice(simd, &dy[v * lanes..(v + 1) * lanes]));
            for i in 0..INPUTS {
                let x = S::f32s::splat(simd, x[i]);
                for v in 0..VECTORS {
                    sums[i][v] = x.mul_add(dy[v], sums[i][v]);
                }
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            for (quad, sum) in sum.as_slice().chunks_exact(4).enumerate() {
                add_quad(shape, input + i, first + v * lanes + 4 * quad, sum, dw);
            }
        }
    }
}

/// A quad of output channels that fills no vector.
#[inline(always)]
fn quad(shape: Shape, first: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    for input in 0..shape.run() {
        let mut sums = [0.0; 4];
        for (line, dy) in x.chunks(shape.line()).zip(dy.chunks_exact(shape.width * shape.outputs)) {
            let taps = line[input..].iter().step_by(shape.inputs);
            for (x, dy) in taps.zip(dy.chunks_exact(shape.outputs)) {
                for (sum, dy) in sums.iter_mut().zip(&dy[first..first + 4]) {
                    *sum += x * dy;
                }
            }
        }
        add_quad(shape, input, first, &sums, dw);
    }
}

/// Adds to four output channels of a number of the run, in blocks of 4×4.
#[inline(always)]
fn add_quad(shape: Shape, input: usize, output: usize, sum: &[f32], dw: &mut [f32]) {
    let block = input / 4 * (shape.outputs / 4) + output / 4;
    let dw = &mut dw[16 * block + 4 * (input % 4)..][..4];
    dw.iter_mut().zip(sum).for_each(|(dw, sum)| *dw += sum);
}
