//! The convolution kernels as dispatches, and which of them suit an adapter.

use super::*;
use crate::{
    gpu::{AdapterReport, Kernel},
    kernel, layout,
};

/// Which convolution kernels to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvKernels {
    /// Tiles in registers, no barrier: for the processor playing a graphics card.
    Register,
    /// Tiles in workgroup memory, for graphics cards: of this shape, or of one that suits the layer.
    Tiled(Option<Tile>),
}

impl ConvKernels {
    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Register).chain(Tile::ALL.into_iter().map(|tile| Self::Tiled(Some(tile))))
    }

    /// The kernels that suit an adapter.
    pub fn for_adapter(adapter: &AdapterReport) -> Self {
        if adapter.software { Self::Register } else { Self::Tiled(None) }
    }

    /// Where tensors live: what the adapter loads from fastest.
    pub fn storage(self) -> Storage {
        if self.software() { Storage::Texels } else { Storage::Buffer }
    }

    /// Whether the processor plays the graphics card.
    pub fn software(self) -> bool {
        !matches!(self, Self::Tiled(_))
    }
}

/// What a workgroup of the tiled kernels holds at a time. It decides how long they take and changes no bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Tile {
    /// Output quads: 4, 8 or 16.
    pub columns: usize,
    /// Quads of depth, for the weight gradient groups of four pixels: 4 or 8.
    pub depth: usize,
}

impl Tile {
    /// Every tile whose memory WebGPU's smallest adapter has.
    pub const ALL: [Self; 5] = [
        Self { columns: 4, depth: 4 },
        Self { columns: 8, depth: 4 },
        Self { columns: 8, depth: 8 },
        Self { columns: 16, depth: 4 },
        Self { columns: 16, depth: 8 },
    ];

    /// Where nothing was measured: a narrow layer takes narrow tiles, which then hold more pixels or inputs.
    pub fn suiting(shape: layout::Conv) -> Self {
        Self { columns: if quads(shape.outputs) <= 4 { 4 } else { 8 }, depth: 4 }
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

/// Rows, columns and output channels that one invocation of `conv_forward` makes.
const FORWARD_TILE: (usize, usize, usize) = (2, 8, 16);

/// Pixels that `conv_grad_weight` goes through at a time.
const GRAD_WEIGHT_PIXELS: usize = 4;

/// Invocations of `conv_grad_weight` that keep a software adapter busy while the partial sums stay small.
const GRAD_WEIGHT_INVOCATIONS: usize = 1536;

/// Threads in a workgroup of the tiled kernels.
const TILED_THREADS: usize = 64;

/// Pixels that one thread of `conv_forward_tiled` makes.
const TILED_FORWARD_PIXELS: usize = 8;

/// Positions that a run of `conv_grad_weight_tiled` is a multiple of: the longest step of any tile.
const TILED_GRAD_WEIGHT_STEP: usize = 32;

/// Workgroups of `conv_grad_weight_tiled` that occupy a graphics card while the partial sums stay small.
const TILED_GRAD_WEIGHT_WORKGROUPS: usize = 256;

fn constants(shape: layout::Conv) -> [(&'static str, usize); 5] {
    [
        ("HEIGHT", shape.h),
        ("WIDTH", shape.w),
        ("INPUTS", quads(shape.inputs)),
        ("OUTPUTS", quads(shape.outputs)),
        ("KERNEL", shape.kernel),
    ]
}

fn flops(shape: layout::Conv) -> u64 {
    2 * (shape.n * shape.h * shape.w * shape.kernel * shape.kernel * shape.inputs * shape.outputs) as u64
}

/// A 1×1 convolution sees no neighbours: its pixels may form `rows` long rows, if they divide so, which fill the tiles.
fn in_rows(shape: layout::Conv, rows: usize) -> layout::Conv {
    let pixels = shape.n * shape.h * shape.w;
    if shape.kernel == 1 && pixels.is_multiple_of(rows) {
        layout::Conv { n: 1, h: rows, w: pixels / rows, ..shape }
    } else {
        shape
    }
}

/// `shaders/conv_forward.wgsl` or `conv_forward_tiled.wgsl`: x, w and an optional bias → y.
pub fn conv_forward(
    kernels: ConvKernels,
    shape: layout::Conv,
    x: View,
    w: View,
    bias: Option<View>,
    y: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv_forward");
    static TILED: Kernel = kernel!("conv_forward_tiled");
    let biased = usize::from(bias.is_some());
    // Without a bias something must be bound, and is not read.
    let [bias, y] = [read(bias.unwrap_or(w)), read_write(y)];
    let dispatch = match kernels {
        ConvKernels::Register => {
            let (rows, columns, channels) = FORWARD_TILE;
            let shape = in_rows(shape, rows);
            let tiles = shape.n
                * shape.h.div_ceil(rows)
                * shape.w.div_ceil(columns)
                * pad4(shape.outputs).div_ceil(channels);
            let whole = usize::from(shape.w.is_multiple_of(columns));
            Dispatch::new(&REGISTER, &[("WHOLE", whole)], [read(x), read(w), bias, y], tiles).with_uniform([
                shape.n,
                shape.h,
                shape.w,
                quads(shape.inputs),
                quads(shape.outputs),
                shape.kernel,
                biased,
            ])
        }
        ConvKernels::Tiled(tile) => {
            let Tile { columns, depth } = tile.unwrap_or_else(|| Tile::suiting(shape));
            let shape = in_rows(shape, 1);
            let mut all = constants(shape).to_vec();
            all.push(("BIAS", biased));
            all.extend([("COLUMNS", columns), ("STEP", depth)]);
            let pixels = TILED_FORWARD_PIXELS * TILED_THREADS / columns;
            let tiles =
                (shape.n * shape.h * shape.w).div_ceil(pixels) * quads(shape.outputs).div_ceil(columns);
            Dispatch::in_workgroups(&TILED, &all, [read(x), read(w), bias, y], tiles as u64)
        }
    };
    dispatch.with_flops(flops(shape))
}

/// `shaders/conv_flip.wgsl`: w of `shape` → the weights of `shape.transposed()`.
pub fn conv_flip(shape: layout::Conv, w: View, flipped: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv_flip");
    let constants = [("INPUTS", quads(shape.inputs)), ("OUTPUTS", quads(shape.outputs))];
    Dispatch::new(&KERNEL, &constants, [read(w), read_write(flipped)], shape.weight_size() / 16)
}

/// Invocations of `conv_grad_weight` that one run of image rows takes.
fn grad_weight_owners(shape: layout::Conv) -> usize {
    shape.kernel * quads(shape.inputs) * quads(shape.outputs).div_ceil(4)
}

/// Workgroups of `conv_grad_weight_tiled` that one run of positions takes, in tiles of so many columns.
fn grad_weight_tiles(shape: layout::Conv, columns: usize) -> usize {
    (shape.kernel * quads(shape.inputs)).div_ceil(TILED_THREADS / columns)
        * quads(shape.outputs).div_ceil(columns)
}

/// Into how many runs of pixels the weight gradient is cut.
pub fn grad_weight_chunks(kernels: ConvKernels, shape: layout::Conv) -> usize {
    let rows = shape.n * shape.h;
    match kernels {
        ConvKernels::Register => {
            let chunks = GRAD_WEIGHT_INVOCATIONS / grad_weight_owners(shape);
            chunks.next_power_of_two().clamp(1, 64).min(rows)
        }
        // Whatever the tile: the runs decide the order of summation.
        ConvKernels::Tiled(_) => {
            let columns = Tile::suiting(shape).columns;
            let steps = (rows * shape.w).div_ceil(TILED_GRAD_WEIGHT_STEP);
            (TILED_GRAD_WEIGHT_WORKGROUPS / grad_weight_tiles(shape, columns)).clamp(1, 128).min(steps)
        }
    }
}

/// `shaders/conv_grad_weight.wgsl` or `conv_grad_weight_tiled.wgsl`: x, dy → `chunks` partial gradients.
pub fn conv_grad_weight(
    kernels: ConvKernels,
    shape: layout::Conv,
    chunks: usize,
    x: View,
    dy: View,
    partial: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv_grad_weight");
    static TILED: Kernel = kernel!("conv_grad_weight_tiled");
    let dispatch = match kernels {
        ConvKernels::Register => {
            let bindings = [read(x), read(dy), read_write(partial)];
            let constants = [
                ("KERNEL", shape.kernel),
                ("WHOLE", usize::from(shape.w.is_multiple_of(GRAD_WEIGHT_PIXELS))),
            ];
            let rows = shape.n * shape.h;
            Dispatch::new(&REGISTER, &constants, bindings, grad_weight_owners(shape) * chunks).with_uniform([
                shape.h,
                shape.w,
                quads(shape.inputs),
                quads(shape.outputs),
                rows,
                chunks,
            ])
        }
        ConvKernels::Tiled(tile) => {
            let Tile { columns, depth } = tile.unwrap_or_else(|| Tile::suiting(shape));
            let mut all = constants(shape).to_vec();
            all.extend([("CHUNKS", chunks), ("COLUMNS", columns), ("STEP", 4 * depth)]);
            let workgroups = grad_weight_tiles(shape, columns) * chunks;
            Dispatch::in_workgroups(&TILED, &all, [read(x), read(dy), read_write(partial)], workgroups as u64)
        }
    };
    dispatch.with_flops(flops(shape))
}

/// `shaders/sum_chunks.wgsl`: `[chunks][L]` → `[L]`, L the size of `out`.
pub fn sum_chunks(partial: View, out: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("sum_chunks");
    Dispatch::new(&KERNEL, &[], [read(partial), read_write(out)], (out.bytes / 16) as usize)
        .with_uniform([(partial.bytes / out.bytes) as usize])
}

/// `shaders/channel_sums.wgsl`: dy of shape `image` → sums over every `pixels` pixels.
pub fn channel_sums(image: Image, pixels: usize, dy: View, partial: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("channel_sums");
    let constants = [("QUADS", quads(image.c)), ("PIXELS", pixels)];
    Dispatch::new(&KERNEL, &constants, [read(dy), read_write(partial)], (partial.bytes / 16) as usize)
}
