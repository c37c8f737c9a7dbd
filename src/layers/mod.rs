//! One file a layer: its shapes, its parameters, its forward and backward dispatches.
//!
//! A layer records its forward pass into a [`Recorder`] and leaves behind, on the recorder's tape, a closure that records
//! its backward pass. Tensors hold their memory by reference count: what a closure captured lives until the backward
//! pass has used it; everything else is free for the next layer, but for the turned weights and the parts of their gradients,
//! which the whole backward pass shares.

use std::{collections::BTreeSet, rc::Rc};

use conv_kernels::{ConvOp, Tile, Tiles, conv_flip};
use copy::copy;
use kernel_set::KernelSet;
use norm::Follows;
use sums::Parts;

use crate::{
    layout::{Conv, Image, pad4, quads},
    model::{LayerSpec, Parameter, ParameterKind},
    plan::{Dispatch, Lease, Memory, Plan, Storage, View, WORKGROUP, read, read_write},
};

mod add;
mod batch_norm;
mod conv;
mod conv_kernels;
mod copy;
mod dense;
mod global_average_pool;
mod group_norm;
mod kernel_set;
pub mod kernels;
mod max_pool;
mod norm;
mod relu;
mod residual;
mod softmax_cross_entropy;
mod sums;

/// Rows, columns and channels of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
}

impl Shape {
    /// A batch of `n` samples.
    pub(crate) fn batch(self, n: usize) -> Image {
        Image { n, h: self.height, w: self.width, c: self.channels }
    }
}

/// A layer that cannot take its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("layer {layer} ({kind}) cannot take an input of {input} (height × width × channels): {reason}")]
pub struct ShapeError {
    /// Index of the layer in the model, such as `7` or `7.0` within a residual block.
    pub layer: String,
    /// Kind of the layer.
    pub kind: &'static str,
    /// Shape that arrived.
    pub input: Shape,
    /// What the layer needs instead.
    pub reason: String,
}

/// First value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// Uniform in (−bound, bound), as PyTorch's convolution and linear layers (He et al. 2015 with a = √5).
    Uniform(f64),
    /// Every element the same.
    Constant(f32),
}

/// A parameter and its first value, as a layer declares it while the model is built.
pub(crate) struct Declared {
    pub parameter: Parameter,
    pub initial: Initial,
}

/// Collects the layers' parameters; an index into `declared` stands for a parameter until offsets are known.
pub(crate) struct Declarations<'a> {
    pub layer: String,
    pub declared: &'a mut Vec<Declared>,
}

impl Declarations<'_> {
    pub fn add(&mut self, name: &str, shape: &[usize], kind: ParameterKind, initial: Initial) -> usize {
        self.push(name, shape, kind, initial, false)
    }

    pub fn add_buffer(&mut self, name: &str, channels: usize, value: f32) -> usize {
        self.push(name, &[channels], ParameterKind::Vector, Initial::Constant(value), true)
    }

    fn push(
        &mut self,
        name: &str,
        shape: &[usize],
        kind: ParameterKind,
        initial: Initial,
        buffer: bool,
    ) -> usize {
        let parameter = Parameter::new(format!("{}.{name}", self.layer), shape, kind, 0, buffer);
        self.declared.push(Declared { parameter, initial });
        self.declared.len() - 1
    }
}

/// What a recorded pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Forward with batch statistics, and a tape for the backward pass.
    Train,
    /// Forward with batch statistics alone: measures batch norm's buffers anew.
    Recompute,
    /// Forward with the running statistics.
    Evaluate,
}

/// A batch of activations, or their gradient.
#[derive(Clone)]
pub struct Tensor {
    /// Shape with the batch.
    pub image: Image,
    /// Whether anything before it has parameters, so that its gradient is wanted.
    pub needs_gradient: bool,
    lease: Rc<Lease>,
}

impl Tensor {
    /// Where it lies.
    pub fn view(&self) -> View {
        self.lease.view()
    }

    /// The same memory in another shape.
    fn reshaped(self, image: Image) -> Self {
        assert_eq!(image.size(), self.image.size(), "reshaping keeps the size");
        Self { image, ..self }
    }
}

/// Invocations that keep a large graphics card busy with sums over pixels.
const SUM_INVOCATIONS: usize = 1 << 17;

type Backward = Box<dyn FnOnce(&mut Recorder<'_>, Tensor) -> Option<Tensor>>;

/// Where a pass is written down.
pub struct Recorder<'a> {
    /// What the pass is for.
    pub pass: Pass,
    /// Which kernels suit the adapter.
    pub kernels: KernelSet,
    /// Tiles that were found fastest.
    pub tiles: &'a Tiles,
    /// Convolutions recorded so far.
    pub convolutions: BTreeSet<(ConvOp, Conv)>,
    /// Where tensors come from.
    pub memory: Memory,
    /// The model's parameters and buffers.
    pub parameters: &'a [Parameter],
    /// The arena of weights.
    pub weights: View,
    /// Its parameters where the convolutions load them from: in a copy, where tensors are not buffers.
    loaded: View,
    _copy: Option<Lease>,
    /// Convolutions whose input gradient is wanted, and the first float of their weights.
    flips: Vec<(Conv, usize)>,
    /// Their weights turned around, at the same places.
    flipped: Option<Lease>,
    /// The arena of gradients.
    pub gradients: View,
    /// Parts of weight gradients that are yet to be added up.
    parts: Parts,
    /// The batch's part of the step state.
    pub batch: View,
    /// The dispatches so far.
    pub plan: Plan,
    tape: Vec<Backward>,
}

impl<'a> Recorder<'a> {
    /// An empty recording.
    pub fn new(
        pass: Pass,
        (kernels, tiles): (KernelSet, &'a Tiles),
        memory: &Memory,
        parameters: &'a [Parameter],
        [weights, gradients, batch]: [View; 3],
    ) -> Self {
        let memory = memory.clone();
        let mut plan = Plan::new();
        let parameter_floats = gradients.bytes as usize / 4;
        let original = weights.floats(0, parameter_floats);
        let copied = (kernels.storage() == Storage::Texels).then(|| {
            let copied = memory.lease("weights as texels", parameter_floats, Storage::Texels);
            plan.push(copy(original, copied.view()));
            copied
        });
        Self {
            pass,
            kernels,
            tiles,
            convolutions: BTreeSet::new(),
            memory,
            parameters,
            weights,
            loaded: copied.as_ref().map_or(original, Lease::view),
            _copy: copied,
            flips: Vec::new(),
            flipped: None,
            gradients,
            parts: Parts::default(),
            batch,
            plan,
            tape: Vec::new(),
        }
    }

    /// A new tensor.
    pub fn tensor(&self, label: &str, image: Image, needs_gradient: bool) -> Tensor {
        Tensor { image, needs_gradient, lease: Rc::new(self.tensor_scratch(label, image.size())) }
    }

    /// Records the backward pass of everything on the tape, from the gradient of the last output on.
    pub fn backward(&mut self, dy: Tensor) {
        let flipped = self.memory.lease_apart(
            "flipped weights",
            self.loaded.bytes as usize / 4,
            self.kernels.storage(),
        );
        self.plan.extend(conv_flip(&self.flips, self.loaded, flipped.view()));
        self.flipped = Some(flipped);
        let tape = std::mem::take(&mut self.tape);
        self.unwind(tape, dy);
        self.add_parts();
    }

    fn unwind(&mut self, tape: Vec<Backward>, dy: Tensor) -> Option<Tensor> {
        tape.into_iter().rev().try_fold(dy, |dy, backward| backward(self, dy))
    }

    /// The kernels for one convolution.
    fn conv_kernels(&mut self, op: ConvOp, shape: Conv) -> KernelSet {
        self.convolutions.insert((op, shape));
        match self.kernels {
            KernelSet::Tiled(None) => KernelSet::Tiled(self.tiles.get(&(op, shape)).copied()),
            kernels => kernels,
        }
    }

    fn push(&mut self, dispatch: Dispatch) {
        self.plan.push(dispatch);
    }

    /// Leaves behind how to turn the gradient of this layer's output into that of its input; `None` ends the way back.
    fn on_backward(&mut self, backward: impl FnOnce(&mut Recorder<'_>, Tensor) -> Option<Tensor> + 'static) {
        if self.pass == Pass::Train {
            self.tape.push(Box::new(backward));
        }
    }

    fn scratch(&self, label: &str, floats: usize) -> Lease {
        self.memory.lease(label, floats, Storage::Buffer)
    }

    /// As [`scratch`](Self::scratch), where tensors live.
    fn tensor_scratch(&self, label: &str, floats: usize) -> Lease {
        self.memory.lease(label, floats, self.kernels.storage())
    }

    /// The place of a parameter in an arena.
    fn place(&self, arena: View, id: usize) -> View {
        let parameter = &self.parameters[id];
        arena.floats(parameter.offset, parameter.len)
    }

    fn weight(&self, id: usize) -> View {
        self.place(self.weights, id)
    }

    /// Has the weights of a convolution turned around before the backward pass begins.
    fn wants_flipped(&mut self, shape: Conv, id: usize) {
        self.flips.push((shape, self.parameters[id].offset));
    }

    /// Weights that were.
    fn flipped(&self, id: usize) -> View {
        let flipped = self.flipped.as_ref().expect("the backward pass has begun");
        self.place(flipped.view(), id)
    }

    /// Where the convolutions load it from.
    fn loaded(&self, id: usize) -> View {
        self.place(self.loaded, id)
    }

    fn gradient(&self, id: usize) -> View {
        self.place(self.gradients, id)
    }

    /// Pixels that an invocation of an element-wise kernel makes, for which it loads a channel's statistics once. A
    /// graphics card would rather have more invocations.
    fn strip(&self) -> usize {
        if self.kernels.software() { 16 } else { 4 }
    }

    /// Chunks of a sample whose sums are taken apart. A software adapter has two to sixteen lanes to fill and wants few
    /// partial sums; a graphics card wants many invocations, but fewer sums where one invocation finishes those of a sample.
    fn chunks(&self, image: Image, per_sample: bool) -> usize {
        if self.kernels.software() {
            return 1;
        }
        let pixels = image.h * image.w;
        let least = if per_sample { 64 } else { 16 };
        let share = (image.n * pixels * quads(image.c) / SUM_INVOCATIONS).clamp(least, 64);
        (1..=pixels.div_ceil(share)).rev().find(|chunks| pixels.is_multiple_of(*chunks)).unwrap_or(1)
    }
}

/// Something a model is made of.
pub trait Layer {
    /// Records the forward pass and leaves the backward pass on the tape.
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor;
}

/// Image to vector: nothing to do where the image is a single pixel.
struct Flatten;

impl Layer for Flatten {
    fn forward(&self, _: &mut Recorder<'_>, x: Tensor) -> Tensor {
        x
    }
}

/// Whether 2×2 pooling leaves nothing out.
fn is_even(shape: Shape) -> bool {
    shape.height.is_multiple_of(2) && shape.width.is_multiple_of(2)
}

/// Most numbers of a network, or of one of its layers: 2 GiB, more than any adapter binds. Lengths and offsets of as many
/// are far from overflowing, on 32 bits too.
pub(crate) const MAX_FLOATS: u64 = 1 << 29;

/// Whether a layer's weights are too many.
fn is_too_large(inputs: usize, outputs: u32, kernel: u32) -> bool {
    let padded = |channels: u64| channels.next_multiple_of(4);
    let taps = u64::from(kernel).pow(2);
    let weights = padded(inputs as u64).checked_mul(padded(u64::from(outputs)));
    weights.and_then(|weights| weights.checked_mul(taps)).is_none_or(|weights| weights > MAX_FLOATS)
}

/// A list of layers, in order.
pub(crate) struct Sequence {
    layers: Vec<Box<dyn Layer>>,
}

impl Layer for Sequence {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        self.layers.iter().fold(x, |x, layer| layer.forward(recorder, x))
    }
}

impl Sequence {
    /// Builds the layers of `specs` for inputs of `shape`; their names begin with `prefix`. Returns the output's shape. A
    /// ReLU after a norm becomes part of it, and so does the pooling after that where an image's sides are even.
    ///
    /// # Errors
    /// [`ShapeError`] of the first layer that cannot take its input.
    pub fn build(
        specs: &[LayerSpec],
        prefix: &str,
        mut shape: Shape,
        declared: &mut Vec<Declared>,
    ) -> Result<(Self, Shape), ShapeError> {
        let mut layers: Vec<Box<dyn Layer>> = Vec::with_capacity(specs.len());
        for (i, spec) in specs.iter().enumerate() {
            let layer = format!("{prefix}{i}");
            let before = i.checked_sub(1).map(|i| &specs[i]);
            let is_norm =
                |spec: &LayerSpec| matches!(spec, LayerSpec::BatchNorm | LayerSpec::GroupNorm { .. });
            let follows = Follows {
                relu: specs.get(i + 1) == Some(&LayerSpec::Relu),
                pool: specs.get(i + 1..i + 3) == Some(&[LayerSpec::Relu, LayerSpec::MaxPool])
                    && is_even(shape),
            };
            let declare = &mut Declarations { layer: layer.clone(), declared };
            let refuse = |kind, reason: &str| {
                Err(ShapeError { layer: layer.clone(), kind, input: shape, reason: reason.to_owned() })
            };
            match spec {
                LayerSpec::Conv { out: 0, .. } => return refuse("conv", "it has no output channels"),
                LayerSpec::Conv { kernel, .. } if ![1, 3].contains(kernel) => {
                    return refuse("conv", "its kernel must be 1 or 3");
                }
                LayerSpec::Conv { out, kernel, .. } if is_too_large(shape.channels, *out, *kernel) => {
                    return refuse(
                        "conv",
                        &format!("{out} outputs of it have more than {MAX_FLOATS} weights"),
                    );
                }
                LayerSpec::Conv { out, kernel, bias } => {
                    layers.push(Box::new(conv::Conv::new(
                        shape,
                        *out as usize,
                        *kernel as usize,
                        *bias,
                        declare,
                    )));
                    shape.channels = *out as usize;
                }
                LayerSpec::BatchNorm => {
                    layers.push(Box::new(batch_norm::BatchNorm::new(shape.channels, follows, declare)));
                }
                LayerSpec::GroupNorm { groups } => {
                    let groups = *groups as usize;
                    if groups == 0 || !shape.channels.is_multiple_of(groups) {
                        return refuse("group_norm", &format!("{groups} groups do not divide its channels"));
                    }
                    layers.push(Box::new(group_norm::GroupNorm::new(
                        shape.channels,
                        groups,
                        follows,
                        declare,
                    )));
                }
                LayerSpec::Relu if before.is_some_and(is_norm) => {}
                LayerSpec::Relu => layers.push(Box::new(relu::Relu)),
                // The norm before it does it already.
                LayerSpec::MaxPool
                    if i >= 2
                        && is_norm(&specs[i - 2])
                        && before == Some(&LayerSpec::Relu)
                        && is_even(shape) =>
                {
                    shape = Shape { height: shape.height / 2, width: shape.width / 2, ..shape };
                }
                LayerSpec::MaxPool => {
                    if shape.height < 2 || shape.width < 2 {
                        return refuse("max_pool", "it needs at least 2×2 pixels");
                    }
                    layers.push(Box::new(max_pool::MaxPool));
                    shape = Shape { height: shape.height / 2, width: shape.width / 2, ..shape };
                }
                LayerSpec::GlobalAveragePool => {
                    layers.push(Box::new(global_average_pool::GlobalAveragePool));
                    shape = Shape { height: 1, width: 1, ..shape };
                }
                LayerSpec::Flatten => {
                    if (shape.height, shape.width) != (1, 1) {
                        return refuse("flatten", "it needs 1×1 pixels; put a global_average_pool before it");
                    }
                    layers.push(Box::new(Flatten));
                }
                LayerSpec::Dense { out } => {
                    if (shape.height, shape.width) != (1, 1) || *out == 0 {
                        return refuse("dense", "it needs 1×1 pixels and at least one output");
                    }
                    if is_too_large(shape.channels, *out, 1) {
                        return refuse(
                            "dense",
                            &format!("{out} outputs of it have more than {MAX_FLOATS} weights"),
                        );
                    }
                    layers.push(Box::new(dense::Dense::new(shape.channels, *out as usize, declare)));
                    shape.channels = *out as usize;
                }
                LayerSpec::Residual(branch) => {
                    let (branch, output) = Sequence::build(branch, &format!("{layer}."), shape, declared)?;
                    if output != shape {
                        return refuse("residual", &format!("its branch gives {output}"));
                    }
                    layers.push(Box::new(residual::Residual::new(branch)));
                }
            }
        }
        Ok((Self { layers }, shape))
    }
}
