use std::cell::RefCell;

use fearless_simd::{dispatch, prelude::*};

use super::{super::constant, Shape, winograd};
use crate::{
    plan::Dispatch,
    processor::{floats::Floats, kernels::Kernel, workers::Workers},
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
    if winograd::suits(shape, lanes) {
        return winograd::conv_forward(shape, biased, lanes);
    }
    let panels = RefCell::new(Panels::new(shape, vectors(lanes) * lanes));
    Box::new(move |workers, call| {
        let ([x, w, bias], [y]) = call.split();
        let mut panels = panels.borrow_mut();
        panels.pack(w, biased.then_some(bias));
        let panels = &*panels;
        workers.each_piece(y, shape.output(), |image, y| {
            let x = &x[image * shape.input()..][..shape.input()];
            let mut work = |x: &[f32]| dispatch!(workers.level, simd => forward(simd, panels, x, y));
            if shape.kernel == 1 { work(x) } else { shape.with_border(x, 0..shape.height, work) }
        });
    })
}

/// The weights and the bias, in the order in which a tile reads them: for each block of output channels
/// `[kernel][run][block]`, zero where there are no such channels.
struct Panels {
    shape: Shape,
    block: usize,
    weights: Floats,
    bias: Floats,
    /// Where the first tap of each pixel is in the bordered image.
    taps: Vec<usize>,
}

impl Panels {
    fn new(shape: Shape, block: usize) -> Self {
        let padded = shape.outputs.next_multiple_of(block);
        let weights = Floats::zeroed(padded * shape.kernel * shape.run());
        let row = |row| (0..shape.width).map(move |column| row * shape.line() + column * shape.inputs);
        let taps = (0..shape.height).flat_map(row).collect();
        Self { shape, block, weights, bias: Floats::zeroed(padded), taps }
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

/// An image, by blocks of output channels and tiles of pixels.
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
) where
    for<'a> [&'a [f32]; PIXELS]: Runs<'a, PIXELS>,
{
    let pixels = panels.taps.len();
    let all = panels.weights.chunks_exact(panels.panel()).zip(panels.bias.chunks_exact(panels.block));
    for (block, (weights, bias)) in all.enumerate() {
        let tile = Tile { panels, first: block * panels.block, weights, bias };
        if pixels < PIXELS {
            (0..pixels).for_each(|pixel| tile.compute::<S, 1, VECTORS>(simd, pixel, x, y));
            continue;
        }
        for pixel in (0..pixels).step_by(PIXELS) {
            // The last tile ends at the last pixel, and computes some a second time.
            tile.compute::<S, PIXELS, VECTORS>(simd, pixel.min(pixels - PIXELS), x, y);
        }
    }
}

/// Some pixels by a block of output channels, whose sums stay in registers.
struct Tile<'a> {
    panels: &'a Panels,
    /// Of the output channels.
    first: usize,
    weights: &'a [f32],
    bias: &'a [f32],
}

impl Tile<'_> {
    /// Writes the channels of `PIXELS` pixels of the image `y`, `pixel` and those behind it.
    #[inline(always)]
    fn compute<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        pixel: usize,
        x: &[f32],
        y: &mut [f32],
    ) where
        for<'a> [&'a [f32]; PIXELS]: Runs<'a, PIXELS>,
    {
        let lanes = S::f32s::LEN;
        let vector = |from: &[f32], v: usize| S::f32s::from_slice(simd, &from[v * lanes..(v + 1) * lanes]);
        let shape = self.panels.shape;
        let taps = &self.panels.taps[pixel..pixel + PIXELS];
        let bias: [S::f32s; VECTORS] = std::array::from_fn(|v| vector(self.bias, v));
        let mut sums = [bias; PIXELS];
        // By index: to make an iterator over chunks of a length not known beforehand takes a division.
        let row_weights = shape.run() * VECTORS * lanes;
        for row in 0..shape.kernel {
            let weights = &self.weights[row * row_weights..][..row_weights];
            let x = &x[row * shape.line()..];
            let runs: [&[f32]; PIXELS] = std::array::from_fn(|p| &x[taps[p]..][..shape.run()]);
            for (weights, x) in weights.chunks_exact(VECTORS * lanes).zip(runs.steps()) {
                let weights: [S::f32s; VECTORS] = std::array::from_fn(|v| vector(weights, v));
                for p in 0..PIXELS {
                    let x = S::f32s::splat(simd, *x[p]);
                    for v in 0..VECTORS {
                        sums[p][v] = x.mul_add(weights[v], sums[p][v]);
                    }
                }
            }
        }
        for p in 0..PIXELS {
            let y = &mut y[(pixel + p) * shape.outputs..][..shape.outputs];
            store::<S, VECTORS>(&mut y[self.first..], sums[p]);
        }
    }
}

/// Writes a pixel's sums; the last block may have more channels than the image.
#[inline(always)]
fn store<S: Simd, const VECTORS: usize>(y: &mut [f32], sums: [S::f32s; VECTORS]) {
    let lanes = S::f32s::LEN;
    if y.len() >= VECTORS * lanes {
        for v in 0..VECTORS {
            sums[v].store_slice(&mut y[v * lanes..(v + 1) * lanes]);
        }
    } else {
        let sums = sums.iter().flat_map(|sums| sums.as_slice());
        y.iter_mut().zip(sums).for_each(|(y, sum)| *y = *sum);
    }
}

/// The runs of a tile's pixels. Zipped iterators need no check of a bound at each step.
trait Runs<'a, const PIXELS: usize> {
    /// What the pixels have at each place of their runs: references, since numbers would be gathered into a vector.
    fn steps(self) -> impl Iterator<Item = [&'a f32; PIXELS]>;
}

impl<'a> Runs<'a, 1> for [&'a [f32]; 1] {
    #[inline(always)]
    fn steps(self) -> impl Iterator<Item = [&'a f32; 1]> {
        self[0].iter().map(|x| [x])
    }
}

impl<'a> Runs<'a, 2> for [&'a [f32]; 2] {
    #[inline(always)]
    fn steps(self) -> impl Iterator<Item = [&'a f32; 2]> {
        let [a, b] = self;
        a.iter().zip(b).map(|(a, b)| [a, b])
    }
}

impl<'a> Runs<'a, 6> for [&'a [f32]; 6] {
    #[inline(always)]
    fn steps(self) -> impl Iterator<Item = [&'a f32; 6]> {
        let [a, b, c, d, e, f] = self;
        let zipped = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
        zipped.map(|(((((a, b), c), d), e), f)| [a, b, c, d, e, f])
    }
}
