//! The convolution kernels as dispatches.

use bytemuck::Zeroable as _;

use super::{
    plain::{conv_forward_plain, conv_grad_weight_plain},
    tile::{ConvOp, FORWARD_PIXELS, GRAD_WEIGHT_STEP, Tile},
    uniforms::{Convolution, ForwardShape, GradWeightShape},
};
use crate::{
    kernel,
    layers::kernels::KernelSet,
    layout::{self, Image, pad4, quads},
    plan::{Dispatch, Kernel, Plan, View, WORKGROUP, read, read_write},
};

/// Rows, columns and output channels that one invocation of `conv_forward_registers` computes.
const FORWARD_TILE: (usize, usize, usize) = (2, 8, 16);

/// Pixels that `conv_grad_weight_registers` processes at a time.
const GRAD_WEIGHT_PIXELS: usize = 4;

/// Invocations of `conv_grad_weight_registers` that keep a software adapter busy while the partial sums stay small.
const GRAD_WEIGHT_INVOCATIONS: usize = 1536;

/// Fewest steps per run of pixels of `conv_grad_weight_tiled`, so that the partial sums stay small compared with the work.
const GRAD_WEIGHT_STEPS: usize = 16;

/// Threads of `conv_grad_weight_tiled` that occupy a large graphics card.
const GRAD_WEIGHT_THREADS: usize = 1 << 17;

/// Most runs of images of `conv_grad_weight_plain`, which as many threads of the processor can share, and most floats of
/// their partial sums.
const PLAIN_CHUNKS: usize = 16;
const PLAIN_FLOATS: usize = 1 << 20;

/// Most runs of pixels of `conv_grad_weight_tiled`.
const GRAD_WEIGHT_CHUNKS: usize = 1024;

pub(super) fn constants(shape: layout::ConvShape) -> [(&'static str, usize); 5] {
    [
        ("HEIGHT", shape.h),
        ("WIDTH", shape.w),
        ("INPUTS", quads(shape.inputs)),
        ("OUTPUTS", quads(shape.outputs)),
        ("KERNEL", shape.kernel),
    ]
}

pub(super) fn flops(shape: layout::ConvShape) -> u64 {
    2 * (shape.n * shape.h * shape.w * shape.kernel * shape.kernel * shape.inputs * shape.outputs) as u64
}

/// A 1×1 convolution sees no neighbours, so its pixels are arranged in `rows` long rows, which fill the tiles, if they
/// divide.
fn in_rows(shape: layout::ConvShape, rows: usize) -> layout::ConvShape {
    let pixels = shape.n * shape.h * shape.w;
    if shape.kernel == 1 && pixels.is_multiple_of(rows) {
        layout::ConvShape { n: 1, h: rows, w: pixels / rows, ..shape }
    } else {
        shape
    }
}

/// `shaders/conv/conv_forward_registers.wgsl` or `conv_forward_tiled.wgsl`: x, w and an optional bias → y.
pub fn conv_forward(
    kernels: KernelSet,
    shape: layout::ConvShape,
    x: View,
    w: View,
    bias: Option<View>,
    y: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv", "conv_forward_registers");
    static TILED: Kernel = kernel!("conv", "conv_forward_tiled");
    let (biased, biased_with) = (usize::from(bias.is_some()), bias);
    let moved: u64 = [Some(x), Some(w), bias, Some(y)].iter().flatten().map(|view| view.bytes).sum();
    let (w, w_from) = w.bound();
    // Without a bias, the binding needs some buffer, which is not read.
    let (bias, bias_from) = bias.map_or((w, 0), View::bound);
    let bindings = [read(x), read(w), read(bias), read_write(y)];
    let dispatch = match kernels {
        KernelSet::Plain => return conv_forward_plain(shape, x, w, biased_with, y),
        KernelSet::Register => {
            let (rows, columns, channels) = FORWARD_TILE;
            let shape = in_rows(shape, rows);
            let tiles = shape.n
                * shape.h.div_ceil(rows)
                * shape.w.div_ceil(columns)
                * pad4(shape.outputs).div_ceil(channels);
            let whole = usize::from(shape.w.is_multiple_of(columns));
            let uniform = ForwardShape {
                images: shape.n as u32,
                height: shape.h as u32,
                width: shape.w as u32,
                inputs: quads(shape.inputs) as u32,
                outputs: quads(shape.outputs) as u32,
                kernel: shape.kernel as u32,
                biased: biased as u32,
                w_from: (w_from / 4) as u32,
                bias_from: bias_from as u32,
            };
            Dispatch::new(&REGISTER, &[("WHOLE", whole)], bindings, tiles).with_uniform(&[uniform])
        }
        KernelSet::Tiled(tile) => {
            assert_eq!((w_from, bias_from), (0, 0), "it loads weights from where a buffer is bound");
            let tile = tile.unwrap_or_else(|| Tile::suiting(ConvOp::Forward, shape));
            let Tile { columns, rows } = tile;
            let mut all = constants(shape).to_vec();
            all.push(("BIAS", biased));
            all.extend([("COLUMNS", columns), ("ROWS", rows), ("POSITIONS", tile.positions(shape))]);
            let tiles = (shape.n * shape.h * shape.w).div_ceil(FORWARD_PIXELS * rows)
                * quads(shape.outputs).div_ceil(2 * columns);
            Dispatch::in_workgroups(&TILED, &all, bindings, tiles as u64)
        }
    };
    dispatch.with_flops(flops(shape)).with_moved(moved as usize)
}

/// Number of convolutions in the uniform buffer of one dispatch of `conv_flip`.
const FLIPS: usize = 32;

/// `shaders/conv/conv_flip.wgsl`: flips the weights of `convolutions`, each at its first float in both arenas, into those of
/// [`transposed`](layout::ConvShape::transposed).
pub fn conv_flip(convolutions: &[(layout::ConvShape, usize)], w: View, flipped: View) -> Plan {
    convolutions.chunks(FLIPS).map(|some| conv_flip_some(some, w, flipped)).collect()
}

fn conv_flip_some(convolutions: &[(layout::ConvShape, usize)], w: View, flipped: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "conv_flip");
    let mut table = [Convolution::zeroed(); FLIPS];
    for (row, &(shape, first)) in table.iter_mut().zip(convolutions) {
        *row = Convolution {
            first: (first / 16) as u32,
            inputs: quads(shape.inputs) as u32,
            outputs: quads(shape.outputs) as u32,
            taps: (shape.kernel * shape.kernel) as u32,
        };
    }
    let sizes = || convolutions.iter().map(|(shape, _)| shape.weight_size());
    let blocks = sizes().max().unwrap_or(0) / 16;
    let columns = blocks.div_ceil(WORKGROUP as usize);
    Dispatch::in_rows(&KERNEL, [read(w), read_write(flipped)], columns, convolutions.len())
        .with_uniform(&table)
        .with_moved(8 * sizes().sum::<usize>())
}

/// Invocations of `conv_grad_weight_registers` for one run of image rows.
fn grad_weight_owners(shape: layout::ConvShape) -> usize {
    shape.kernel * quads(shape.inputs) * quads(shape.outputs).div_ceil(4)
}

/// Number of runs of pixels into which the weight gradient is split.
pub fn grad_weight_chunks(kernels: KernelSet, shape: layout::ConvShape) -> usize {
    let rows = shape.n * shape.h;
    match kernels {
        KernelSet::Plain => (PLAIN_FLOATS / shape.weight_size()).clamp(1, PLAIN_CHUNKS).min(shape.n),
        KernelSet::Register => {
            let chunks = GRAD_WEIGHT_INVOCATIONS / grad_weight_owners(shape);
            chunks.next_power_of_two().clamp(1, 64).min(rows)
        }
        // Independent of the tile, because the runs determine the order of summation.
        KernelSet::Tiled(_) => {
            let threads = shape.kernel * quads(shape.inputs) * quads(shape.outputs);
            let steps = (rows * shape.w).div_ceil(GRAD_WEIGHT_STEP);
            (GRAD_WEIGHT_THREADS / threads).min(steps / GRAD_WEIGHT_STEPS).clamp(1, GRAD_WEIGHT_CHUNKS)
        }
    }
}

/// `shaders/conv/conv_grad_weight_registers.wgsl` or `conv_grad_weight_tiled.wgsl`: x, dy → `chunks` partial gradients.
pub fn conv_grad_weight(
    kernels: KernelSet,
    shape: layout::ConvShape,
    chunks: usize,
    x: View,
    dy: View,
    partial: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv", "conv_grad_weight_registers");
    static TILED: Kernel = kernel!("conv", "conv_grad_weight_tiled");
    let dispatch = match kernels {
        KernelSet::Plain => return conv_grad_weight_plain(shape, chunks, x, dy, partial),
        KernelSet::Register => {
            let (bound, first) = partial.bound();
            let bindings = [read(x), read(dy), read_write(bound)];
            let constants = [
                ("KERNEL", shape.kernel),
                ("WHOLE", usize::from(shape.w.is_multiple_of(GRAD_WEIGHT_PIXELS))),
            ];
            let uniform = GradWeightShape {
                height: shape.h as u32,
                width: shape.w as u32,
                inputs: quads(shape.inputs) as u32,
                outputs: quads(shape.outputs) as u32,
                rows: (shape.n * shape.h) as u32,
                chunks: chunks as u32,
                first: (first / 4) as u32,
            };
            Dispatch::new(&REGISTER, &constants, bindings, grad_weight_owners(shape) * chunks)
                .with_uniform(&[uniform])
        }
        KernelSet::Tiled(tile) => {
            let Tile { columns, rows } = tile.unwrap_or_else(|| Tile::suiting(ConvOp::GradWeight, shape));
            let mut all = constants(shape).to_vec();
            all.extend([("CHUNKS", chunks), ("COLUMNS", columns), ("ROWS", rows)]);
            let tiles =
                (shape.kernel * quads(shape.inputs)).div_ceil(rows) * quads(shape.outputs).div_ceil(columns);
            Dispatch::in_workgroups(
                &TILED,
                &all,
                [read(x), read(dy), read_write(partial)],
                (tiles * chunks) as u64,
            )
        }
    };
    dispatch.with_flops(flops(shape)).with_moved((x.bytes + dy.bytes + partial.bytes) as usize)
}

/// `shaders/conv/channel_sums.wgsl`: dy of shape `image` → sums over every `pixels` pixels.
pub fn channel_sums(image: Image, pixels: usize, dy: View, partial: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("conv", "channel_sums");
    let constants = [("QUADS", quads(image.c)), ("PIXELS", pixels)];
    Dispatch::new(&KERNEL, &constants, [read(dy), read_write(partial)], (partial.bytes / 16) as usize)
}
