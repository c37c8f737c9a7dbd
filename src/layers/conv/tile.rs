//! The tiles of the kernels that share workgroup memory.

use crate::layout::{self, quads};

/// Positions that `conv_grad_weight_tiled` goes through at a time.
pub(super) const GRAD_WEIGHT_STEP: usize = 16;

/// Pixels that one thread of `conv_forward_tiled` makes.
pub(super) const FORWARD_PIXELS: usize = 8;

/// The shape of a workgroup of the tiled kernels, and what it holds at a time. It decides how long they take and changes no
/// bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Tile {
    /// Threads along the output channels: each makes two quads, for the weight gradient one.
    pub columns: usize,
    /// Threads along the other side: each makes eight pixels, for the weight gradient one input quad of a kernel row.
    pub rows: usize,
}

/// Bytes that the threads of a workgroup may share on any adapter of WebGPU.
pub const SMALLEST_MEMORY: usize = 16 << 10;

impl Tile {
    /// Those to choose from for a convolution, on an adapter whose workgroups have `memory` bytes: first the one to take where
    /// nothing was measured.
    pub fn fitting(op: ConvOp, shape: layout::Conv, memory: usize) -> Vec<Self> {
        let tiles = match op {
            ConvOp::Forward => [(2, 32), (2, 64), (4, 16), (4, 32), (8, 16)],
            ConvOp::GradWeight => [(4, 16), (8, 4), (8, 8), (8, 16), (16, 8)],
        };
        let rule = Self::suiting(op, shape);
        let others = tiles.iter().map(|&(columns, rows)| Self { columns, rows });
        let fits = |tile: &Self| *tile != rule && tile.memory(op, shape) <= memory;
        std::iter::once(rule).chain(others.filter(fits)).collect()
    }

    /// Where nothing was measured: narrow layers take narrow tiles, and every tile fits the smallest adapter.
    pub fn suiting(op: ConvOp, shape: layout::Conv) -> Self {
        let (outputs, lines) = (quads(shape.outputs), shape.kernel * quads(shape.inputs));
        let (columns, rows) = match op {
            ConvOp::Forward if outputs <= 4 => (2, 32),
            ConvOp::Forward => (4, 32),
            ConvOp::GradWeight if outputs <= 4 => (4, 16),
            ConvOp::GradWeight if lines <= 4 => (8, 4),
            ConvOp::GradWeight if lines.is_multiple_of(16) => (8, 16),
            ConvOp::GradWeight => (8, 8),
        };
        let mut tile = Self { columns, rows };
        // Images of few pixels have more padding than pixels.
        while tile.memory(op, shape) > SMALLEST_MEMORY && tile.rows > 2 {
            tile.rows /= 2;
        }
        tile
    }

    /// Bytes of workgroup memory that it takes for a convolution.
    pub fn memory(self, op: ConvOp, shape: layout::Conv) -> usize {
        16 * match op {
            ConvOp::Forward => self.positions(shape) + 8 * shape.kernel * shape.kernel * self.columns,
            ConvOp::GradWeight => GRAD_WEIGHT_STEP * (self.columns + self.rows),
        }
    }

    /// The longest run of the stream that `conv_forward_tiled` reads for a tile.
    pub(super) fn positions(self, shape: layout::Conv) -> usize {
        let padding = (shape.kernel - 1) / 2;
        let (pixels, line) = (FORWARD_PIXELS * self.rows, shape.w + padding);
        let position = |pixel: usize| {
            let row = pixel / shape.w;
            (row + row / shape.h * padding) * line + pixel % shape.w
        };
        let runs = (0..shape.n * shape.h * shape.w)
            .step_by(pixels)
            .map(|first| position(first + pixels - 1) - position(first));
        runs.max().unwrap_or(0) + 1 + 2 * padding * (line + 1)
    }
}

/// What is done with a convolution's kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConvOp {
    /// y, or the gradient to x.
    Forward,
    /// The gradient to w.
    GradWeight,
}

/// The tiles that were found fastest.
pub type Tiles = std::collections::BTreeMap<(ConvOp, layout::Conv), Tile>;
