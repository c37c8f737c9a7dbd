use std::cell::RefCell;

use fearless_simd::{dispatch, prelude::*};

use super::{super::constant, Shape};
use crate::{
    plan::Dispatch,
    processor::{kernels::Kernel, workers::Workers},
};

/// Output channels of a block, in vector registers: the weights of a block lie together.
fn vectors(lanes: usize) -> usize {
    if lanes == 4 { 4 } else { 2 }
}

/// y = w ∗ x + b.
pub fn conv_forward(workers: &Workers, dispatch: &Dispatch) -> Kernel {
    let shape = Shape::of(dispatch);
    let biased = constant(dispatch, "BIAS") == 1;
    let lanes = workers.lanes();
    let panels = RefCell::new(Panels::new(shape, vectors(lanes) * lanes));
    Box::new(move |workers, call| {
        let ([x, w, bias], [y]) = call.split();
        let mut panels = panels.borrow_mut();
        panels.pack(w, biased.then_some(bias));
        let panels = &*panels;
        workers.each_piece(y, shape.output(), |image, y| {
            let x = &x[image * shape.input()..][..shape.input()];
            shape.with_border(x, |x| dispatch!(workers.level, simd => forward(simd, panels, x, y)));
        });
    })
}

/// The weights and the bias, in the order in which a tile reads them: for each block of output channels
/// `[kernel][run][block]`, zero where there are no such channels.
struct Panels {
    shape: Shape,
    block: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Panels {
    fn new(shape: Shape, block: usize) -> Self {
        let padded = shape.outputs.next_multiple_of(block);
        let weights = vec![0.0; padded * shape.kernel * shape.run()];
        Self { shape, block, weights, bias: vec![0.0; padded] }
    }

    /// Floats of a block's weights.
    fn panel(&self) -> usize {
        self.shape.kernel * self.shape.run() * self.block
    }

    /// Takes `w`, `[kernel][run / 4][outputs / 4]` blocks of 4×4.
    fn pack(&mut self, w: &[f32], bias: Option<&[f32]>) {
        let (panel, quads) = (self.panel(), self.shape.outputs / 4);
        for (quad_row, w) in w.chunks_exact(16 * quads).enumerate() {
            for (o, w) in w.chunks_exact(16).enumerate() {
                let (block, column) = (4 * o / self.block, 4 * o % self.block);
                let to = &mut self.weights[block * panel + 4 * quad_row * self.block + column..];
                for (i, w) in w.chunks_exact(4).enumerate() {
                    to[i * self.block..][..4].copy_from_slice(w);
                }
            }
        }
        if let Some(bias) = bias {
            self.bias[..bias.len()].copy_from_slice(bias);
        }
    }
}

/// An image, by blocks of output channels, rows and tiles of pixels.
#[inline(always)]
fn forward<S: Simd>(simd: S, panels: &Panels, x: &[f32], y: &mut [f32]) {
    if S::f32s::LEN == 4 {
        blocks::<S, 2, 4>(simd, panels, x, y);
    } else {
        blocks::<S, 6, 2>(simd, panels, x, y);
    }
}

#[inline(always)]
fn blocks<S: Simd, const PIXELS: usize, const VECTORS: usize>(
    simd: S,
    panels: &Panels,
    x: &[f32],
    y: &mut [f32],
) {
    let Shape { width, inputs, outputs, kernel, .. } = panels.shape;
    let (line, run) = (panels.shape.line(), panels.shape.run());
    let all = panels.weights.chunks_exact(panels.panel()).zip(panels.bias.chunks_exact(panels.block));
    for (block, (panel, bias)) in all.enumerate() {
        let first = block * panels.block;
        for (row, y) in y.chunks_exact_mut(width * outputs).enumerate() {
            let rows = &x[row * line..][..kernel * line];
            let mut column = 0;
            while column < width {
                let tile = Tile { line, run, inputs, rows: &rows[column * inputs..], panel, bias };
                let y = &mut y[column * outputs..];
                // A tile that is cut off is made of single pixels.
                if column + PIXELS <= width {
                    tile.compute::<S, PIXELS, VECTORS>(simd, outputs, first, y);
                    column += PIXELS;
                } else {
                    tile.compute::<S, 1, VECTORS>(simd, outputs, first, y);
                    column += 1;
                }
            }
        }
    }
}

/// Some pixels of a row by a block of output channels.
struct Tile<'a> {
    line: usize,
    run: usize,
    inputs: usize,
    /// From the first tap of the first pixel on.
    rows: &'a [f32],
    panel: &'a [f32],
    bias: &'a [f32],
}

impl Tile<'_> {
    /// Writes the channels from `first` on of `PIXELS` pixels of `y`.
    #[inline(always)]
    fn compute<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        outputs: usize,
        first: usize,
        y: &mut [f32],
    ) {
        let lanes = S::f32s::LEN;
        let vector = |from: &[f32], v: usize| S::f32s::from_slice(simd, &from[v * lanes..(v + 1) * lanes]);
        let bias: [S::f32s; VECTORS] = std::array::from_fn(|v| vector(self.bias, v));
        let mut sums = [bias; PIXELS];
        for (tap_row, panel) in self.panel.chunks_exact(self.run * VECTORS * lanes).enumerate() {
            let row = &self.rows[tap_row * self.line..];
            let taps: [&[f32]; PIXELS] = std::array::from_fn(|p| &row[p * self.inputs..][..self.run]);
            for (i, weights) in panel.chunks_exact(VECTORS * lanes).enumerate().take(self.run) {
                let weights: [S::f32s; VECTORS] = std::array::from_fn(|v| vector(weights, v));
                for p in 0..PIXELS {
                    let x = S::f32s::splat(simd, taps[p][i]);
                    for v in 0..VECTORS {
                        sums[p][v] = x.mul_add(weights[v], sums[p][v]);
                    }
                }
            }
        }
        for p in 0..PIXELS {
            let y = &mut y[p * outputs + first..(p + 1) * outputs];
            // The last block may have more channels than the image.
            for (y, sum) in y.chunks_mut(lanes).zip(sums[p]) {
                y.copy_from_slice(&sum.as_slice()[..y.len()]);
            }
        }
    }
}
