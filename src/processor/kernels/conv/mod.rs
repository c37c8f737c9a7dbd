//! Convolutions: direct, by tiles of pixels and output channels that stay in registers, or where that is faster by Winograd's
//! filtering.
//!
//! The taps of a row are one run: of a pixel's three neighbours in a row all channels lie next to each other in NHWC, so that
//! a tile goes through `kernel` runs of `kernel · inputs` numbers. A border of zeros around each image, made in a copy
//! that stays in the cache, spares it all questions about edges.

mod forward;
mod grad_weight;
mod sums;
mod unfold;
mod winograd;

use std::{cell::RefCell, ops::Range};

pub use forward::conv_forward;
pub use grad_weight::conv_grad_weight;
pub use sums::{channel_sums, conv_flip, sum_chunks};
pub use unfold::{fold, unfold};

use super::constant;
use crate::{plan::Dispatch, processor::floats::Floats};

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

    /// Calls `work` with what output `rows` of the image `x` read: these rows and those around them in a border of zeros,
    /// and one more line behind them, of whatever is there.
    fn with_border(self, x: &[f32], rows: Range<usize>, work: impl FnOnce(&[f32])) {
        thread_local! {
            static BORDERED: RefCell<Floats> = RefCell::default();
        }
        BORDERED.with_borrow_mut(|bordered| {
            let (line, margin) = (self.line(), self.kernel / 2);
            let (side, width) = (margin * self.inputs, self.width * self.inputs);
            let lines = rows.len() + 2 * margin;
            let bordered = bordered.first((lines + 1) * line);
            for (i, to) in bordered.chunks_exact_mut(line).take(lines).enumerate() {
                let row = (rows.start + i).checked_sub(margin).filter(|row| *row < self.height);
                if let Some(row) = row {
                    to[..side].fill(0.0);
                    to[side..side + width].copy_from_slice(&x[row * width..][..width]);
                    to[side + width..].fill(0.0);
                } else {
                    to.fill(0.0);
                }
            }
            work(bordered);
        });
    }
}
