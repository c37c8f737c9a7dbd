use super::*;
use crate::{
    gpu::{AdapterReport, Kernel},
    kernel, layout,
    plan::WORKGROUP,
};

/// Convolution with stride 1 and "same" padding.
pub(super) struct Conv {
    outputs: usize,
    kernel: usize,
    weight: usize,
    bias: Option<usize>,
}

impl Conv {
    pub fn new(
        shape: Shape,
        outputs: usize,
        kernel: usize,
        bias: bool,
        declare: &mut Declarations<'_>,
    ) -> Self {
        let inputs = shape.channels;
        let initial = Initial::Uniform(1.0 / ((kernel * kernel * inputs) as f64).sqrt());
        let weight = declare.add("weight", &[outputs, inputs, kernel, kernel], ParameterKind::Conv, initial);
        let bias = bias.then(|| declare.add("bias", &[outputs], ParameterKind::Vector, initial));
        Self { outputs, kernel, weight, bias }
    }
}

impl Layer for Conv {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Image { n, h, w, c } = x.image;
        let shape = layout::Conv { n, h, w, inputs: c, outputs: self.outputs, kernel: self.kernel };
        record(recorder, shape, self.weight, self.bias, x)
    }
}

/// Records a convolution and its backward pass; also that of a dense layer, whose `shape` is one row of pixels.
pub(super) fn record(
    recorder: &mut Recorder<'_>,
    shape: layout::Conv,
    weight: usize,
    bias: Option<usize>,
    x: Tensor,
) -> Tensor {
    let kernels = recorder.kernels;
    let w = recorder.weight(weight);
    let b = bias.map(|bias| recorder.weight(bias));
    let y = recorder.tensor("conv.y", shape.output(), true);
    recorder.push(conv_forward(kernels, shape, x.view(), w, b, y.view()));
    recorder.on_backward(move |recorder, dy| {
        let chunks = grad_weight_chunks(kernels, shape);
        let partial = recorder.scratch("conv.grad_partial", chunks * shape.weight_size());
        recorder.push(conv_grad_weight(kernels, shape, chunks, x.view(), dy.view(), partial.view()));
        recorder.push(sum_chunks(partial.view(), recorder.gradient(weight)));
        if let Some(bias) = bias {
            let pixels = shape.n * shape.h * shape.w;
            let share = pixels.div_ceil(64);
            let partial = recorder.scratch("conv.bias_partial", pixels.div_ceil(share) * pad4(shape.outputs));
            recorder.push(channel_sums(shape.output(), share, dy.view(), partial.view()));
            recorder.push(sum_chunks(partial.view(), recorder.gradient(bias)));
        }
        x.needs_gradient.then(|| {
            let flipped = recorder.scratch("conv.flipped", shape.weight_size());
            recorder.push(conv_flip(shape, w, flipped.view()));
            let dx = recorder.tensor("conv.dx", x.image, true);
            recorder.push(conv_forward(
                kernels,
                shape.transposed(),
                dy.view(),
                flipped.view(),
                None,
                dx.view(),
            ));
            dx
        })
    });
    y
}

/// Which convolution kernels to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvKernels {
    /// Tiles in registers, no barrier: for the processor playing a graphics card.
    Register,
    /// The same where eight invocations can share what they load.
    Subgroup,
    /// Tiles in workgroup memory: for graphics cards.
    Tiled,
}

impl ConvKernels {
    /// The kernels that suit an adapter.
    pub fn for_adapter(adapter: &AdapterReport) -> Self {
        match adapter {
            AdapterReport { software: false, .. } => Self::Tiled,
            AdapterReport { subgroups_of_eight: true, .. } => Self::Subgroup,
            _ => Self::Register,
        }
    }

    /// All that run on an adapter, suited or not.
    pub fn on_adapter(adapter: &AdapterReport) -> Vec<Self> {
        let subgroup = adapter.subgroups_of_eight.then_some(Self::Subgroup);
        [Self::Register, Self::Tiled].into_iter().chain(subgroup).collect()
    }

    /// Whether the processor plays the graphics card.
    pub fn software(self) -> bool {
        self != Self::Tiled
    }
}

/// Rows, columns and output channels that one invocation of `conv_forward` or `conv_forward_subgroup` makes.
const FORWARD_TILE: (usize, usize, usize) = (2, 8, 16);

/// Pixels that `conv_grad_weight` or `conv_grad_weight_subgroup` goes through at a time.
const GRAD_WEIGHT_PIXELS: usize = 4;

/// Invocations of `conv_grad_weight` that keep a software adapter busy while the partial sums stay small.
const GRAD_WEIGHT_INVOCATIONS: usize = 1536;

/// Threads in a workgroup of the tiled kernels.
const TILED_THREADS: usize = 64;

/// Pixels that one thread of `conv_forward_tiled` makes.
const TILED_FORWARD_PIXELS: usize = 8;

/// Pixels that `conv_grad_weight_tiled` holds in workgroup memory at a time.
const TILED_GRAD_WEIGHT_STEP: usize = 16;

/// Workgroups of `conv_grad_weight_tiled` that occupy a graphics card while the partial sums stay small.
const TILED_GRAD_WEIGHT_WORKGROUPS: usize = 256;

/// Output quads of a workgroup's tile: a narrow layer takes narrow tiles, which then hold more pixels or inputs.
fn tile_columns(shape: layout::Conv) -> usize {
    if quads(shape.outputs) <= 4 { 4 } else { 8 }
}

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

/// `shaders/conv_forward.wgsl`, `conv_forward_subgroup.wgsl` or `conv_forward_tiled.wgsl`: x, w and an optional bias → y.
pub fn conv_forward(
    kernels: ConvKernels,
    shape: layout::Conv,
    x: View,
    w: View,
    bias: Option<View>,
    y: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv_forward");
    static SUBGROUP: Kernel = kernel!("conv_forward_subgroup");
    static TILED: Kernel = kernel!("conv_forward_tiled");
    let biased = usize::from(bias.is_some());
    // Without a bias something must be bound, and is not read.
    let bindings = [read(x), read(w), read(bias.unwrap_or(w)), read_write(y)];
    let dispatch = match kernels {
        ConvKernels::Subgroup => {
            let (rows, columns, channels) = FORWARD_TILE;
            let shape = in_rows(shape, rows);
            let tiles = shape.n * shape.h.div_ceil(rows) * shape.w.div_ceil(columns);
            // A workgroup makes one set of output channels, so that its subgroups do.
            let groups = (tiles as u64).div_ceil(WORKGROUP) * pad4(shape.outputs).div_ceil(channels) as u64;
            let whole = usize::from(shape.w.is_multiple_of(columns));
            let constants = [("KERNEL", shape.kernel), ("WHOLE", whole)];
            let [inputs, outputs] = [shape.inputs, shape.outputs].map(quads);
            Dispatch::in_workgroups(&SUBGROUP, &constants, bindings, groups)
                .with_uniform([shape.h, shape.w, inputs, outputs, biased])
        }
        ConvKernels::Register => {
            let (rows, columns, channels) = FORWARD_TILE;
            let shape = in_rows(shape, rows);
            let tiles = shape.n
                * shape.h.div_ceil(rows)
                * shape.w.div_ceil(columns)
                * pad4(shape.outputs).div_ceil(channels);
            let whole = usize::from(shape.w.is_multiple_of(columns));
            Dispatch::new(&REGISTER, &[("WHOLE", whole)], bindings, tiles).with_uniform([
                shape.h,
                shape.w,
                quads(shape.inputs),
                quads(shape.outputs),
                shape.kernel,
                biased,
            ])
        }
        ConvKernels::Tiled => {
            let shape = in_rows(shape, 1);
            let mut all = constants(shape).to_vec();
            all.push(("BIAS", biased));
            let columns = tile_columns(shape);
            all.push(("COLUMNS", columns));
            let pixels = TILED_FORWARD_PIXELS * TILED_THREADS / columns;
            let tiles =
                (shape.n * shape.h * shape.w).div_ceil(pixels) * quads(shape.outputs).div_ceil(columns);
            Dispatch::in_workgroups(&TILED, &all, bindings, tiles as u64)
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

/// Invocations of `conv_grad_weight` or `conv_grad_weight_subgroup` that one run of image rows takes.
fn grad_weight_owners(kernels: ConvKernels, shape: layout::Conv) -> usize {
    let lines = shape.kernel * quads(shape.inputs);
    let lines = if kernels == ConvKernels::Subgroup { lines.next_multiple_of(8) } else { lines };
    lines * quads(shape.outputs).div_ceil(4)
}

/// Workgroups of `conv_grad_weight_tiled` that one run of positions takes.
fn grad_weight_tiles(shape: layout::Conv) -> usize {
    let columns = tile_columns(shape);
    (shape.kernel * quads(shape.inputs)).div_ceil(TILED_THREADS / columns)
        * quads(shape.outputs).div_ceil(columns)
}

/// Into how many runs of pixels the weight gradient is cut.
pub fn grad_weight_chunks(kernels: ConvKernels, shape: layout::Conv) -> usize {
    let rows = shape.n * shape.h;
    match kernels {
        ConvKernels::Register | ConvKernels::Subgroup => {
            let chunks = GRAD_WEIGHT_INVOCATIONS / grad_weight_owners(kernels, shape);
            chunks.next_power_of_two().clamp(1, 64).min(rows)
        }
        ConvKernels::Tiled => {
            let steps = (rows * shape.w).div_ceil(TILED_GRAD_WEIGHT_STEP);
            (TILED_GRAD_WEIGHT_WORKGROUPS / grad_weight_tiles(shape)).clamp(1, 128).min(steps)
        }
    }
}

/// `shaders/conv_grad_weight.wgsl`, `conv_grad_weight_subgroup.wgsl` or `conv_grad_weight_tiled.wgsl`: x, dy → `chunks`
/// partial gradients.
pub fn conv_grad_weight(
    kernels: ConvKernels,
    shape: layout::Conv,
    chunks: usize,
    x: View,
    dy: View,
    partial: View,
) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv_grad_weight");
    static SUBGROUP: Kernel = kernel!("conv_grad_weight_subgroup");
    static TILED: Kernel = kernel!("conv_grad_weight_tiled");
    let bindings = [read(x), read(dy), read_write(partial)];
    let dispatch = match kernels {
        ConvKernels::Register | ConvKernels::Subgroup => {
            let kernel = if kernels == ConvKernels::Subgroup { &SUBGROUP } else { &REGISTER };
            let constants = [
                ("KERNEL", shape.kernel),
                ("WHOLE", usize::from(shape.w.is_multiple_of(GRAD_WEIGHT_PIXELS))),
            ];
            Dispatch::new(kernel, &constants, bindings, grad_weight_owners(kernels, shape) * chunks)
                .with_uniform([shape.h, shape.w, quads(shape.inputs), quads(shape.outputs), chunks])
        }
        ConvKernels::Tiled => {
            let mut all = constants(shape).to_vec();
            all.push(("CHUNKS", chunks));
            all.push(("COLUMNS", tile_columns(shape)));
            Dispatch::in_workgroups(&TILED, &all, bindings, (grad_weight_tiles(shape) * chunks) as u64)
        }
    };
    dispatch.with_flops(flops(shape))
}

/// `shaders/sum_chunks.wgsl`: `[S][L]` → `[L]`, L the size of `out`.
pub fn sum_chunks(partial: View, out: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("sum_chunks");
    Dispatch::new(&KERNEL, &[], [read(partial), read_write(out)], (out.bytes / 16) as usize)
}

/// `shaders/channel_sums.wgsl`: dy of shape `image` → sums over every `pixels` pixels.
pub fn channel_sums(image: Image, pixels: usize, dy: View, partial: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("channel_sums");
    let constants = [("QUADS", quads(image.c)), ("PIXELS", pixels)];
    Dispatch::new(&KERNEL, &constants, [read(dy), read_write(partial)], (partial.bytes / 16) as usize)
}
