//! Convolutions: direct, by tiles of pixels and output channels that stay in registers.
//!
//! The taps of a row are one run: of a pixel's three neighbours in a row all channels lie next to each other in NHWC, so that
//! a tile goes through `kernel` runs of `kernel · inputs` numbers. A border of zeros around each image, made in a copy
//! that stays in the cache, spares it all questions about edges.

mod forward;
mod grad_weight;
mod sums;

use std::cell::RefCell;

pub use forward::conv_forward;
pub use grad_weight::conv_grad_weight;
pub use sums::{channel_sums, conv_flip, sum_chunks};

use super::constant;
use crate::plan::Dispatch;

/// A convolution as memory has it: channels are padded to quads.
#[derive(Clone, Copy)]
struct Shape {
    height: usize,
    width: usize,
    inputs: usize,
    outputs: usize,
    kernel: usize,
}

impl Shape {
    fn of(dispatch: &Dispatch) -> Self {
        Self {
            height: constant(dispatch, "HEIGHT"),
            width: constant(dispatch, "WIDTH"),
            inputs: 4 * constant(dispatch, "INPUTS"),
            outputs: 4 * constant(dispatch, "OUTPUTS"),
            kernel: constant(dispatch, "KERNEL"),
        }
    }

    /// Floats of an image that goes in.
    fn input(self) -> usize {
        self.height * self.width * self.inputs
    }

    /// Floats of an image that comes out.
    fn output(self) -> usize {
        self.height * self.width * self.outputs
    }

    /// Numbers that one row of taps reads.
    fn run(self) -> usize {
        self.kernel * self.inputs
    }

    /// Floats of a row with its border.
    fn line(self) -> usize {
        (self.width + self.kernel - 1) * self.inputs
    }

    /// Calls `work` with the image `x` in a border of zeros, and one more line behind it, of whatever is there.
    fn with_border(self, x: &[f32], work: impl FnOnce(&[f32])) {
        thread_local! {
            static BORDERED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
        }
        BORDERED.with_borrow_mut(|bordered| {
            let (line, margin) = (self.line(), self.kernel / 2);
            let side = margin * self.inputs;
            let rows = self.height + 2 * margin + 1;
            bordered.resize(bordered.len().max(rows * line), 0.0);
            let rows = &mut bordered[..rows * line];
            let (above, rest) = rows.split_at_mut(margin * line);
            let (inside, below) = rest.split_at_mut(self.height * line);
            above.fill(0.0);
            below[..margin * line].fill(0.0);
            let inside = inside.chunks_exact_mut(line);
            for (row, x) in inside.zip(x.chunks_exact(self.width * self.inputs)) {
                row[..side].fill(0.0);
                row[side..side + x.len()].copy_from_slice(x);
                row[side + x.len()..].fill(0.0);
            }
            work(rows);
        });
    }
}
