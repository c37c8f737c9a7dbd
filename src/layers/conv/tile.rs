//! The tiles of the kernels that use workgroup memory.

use crate::layout::{self, quads};

/// Positions that `conv_grad_weight_tiled` processes at a time.
pub(super) const GRAD_WEIGHT_STEP: usize = 16;

/// Pixels that one thread of `conv_forward_tiled` computes.
pub(super) const FORWARD_PIXELS: usize = 8;

/// The shape of a workgroup of the tiled kernels. It decides how long they take and changes no bit of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Tile {
    /// Threads along the output channels: each computes two quads, or one for the weight gradient.
    pub columns: usize,
    /// Threads along the other side: each computes eight pixels, or one input quad of a kernel row for the weight gradient.
    pub rows: usize,
}

/// Bytes of workgroup memory on every WebGPU adapter.
pub const SMALLEST_MEMORY: usize = 16 << 10;

impl Tile {
    /// The candidates for a convolution on an adapter whose workgroups have `memory` bytes; the first is the default.
    pub fn fitting(op: ConvOp, shape: layout::ConvShape, memory: usize) -> Vec<Self> {
        let tiles = match op {
            ConvOp::Forward => [(2, 32), (2, 64), (4, 16), (4, 32), (8, 16)],
            ConvOp::GradWeight => [(4, 16), (8, 4), (8, 8), (8, 16), (16, 8)],
        };
        let rule = Self::suiting(op, shape);
        let others = tiles.iter().map(|&(columns, rows)| Self { columns, rows });
        let fits = |tile: &Self| *tile != rule && tile.memory(op, shape) <= memory;
        std::iter::once(rule).chain(others.filter(fits)).collect()
    }

    /// The default, without measurement: narrow layers get narrow tiles, and every tile fits the smallest adapter.
    pub fn suiting(op: ConvOp, shape: layout::ConvShape) -> Self {
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
        // Small images have more padding than pixels.
        while tile.memory(op, shape) > SMALLEST_MEMORY && tile.rows > 2 {
            tile.rows /= 2;
        }
        tile
    }

    /// Bytes of workgroup memory that the tile needs for a convolution.
    pub fn memory(self, op: ConvOp, shape: layout::ConvShape) -> usize {
        16 * match op {
            ConvOp::Forward => self.positions(shape) + 8 * shape.kernel * shape.kernel * self.columns,
            ConvOp::GradWeight => GRAD_WEIGHT_STEP * (self.columns + self.rows),
        }
    }

    /// The longest run of the stream that `conv_forward_tiled` reads for a tile.
    pub(super) fn positions(self, shape: layout::ConvShape) -> usize {
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

/// The two computations that convolution kernels do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConvOp {
    /// y, or the gradient to x.
    Forward,
    /// The gradient to w.
    GradWeight,
}

/// The tiles measured to be fastest.
pub type Tiles = std::collections::BTreeMap<(ConvOp, layout::ConvShape), Tile>;
