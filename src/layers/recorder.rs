//! A pass while it is recorded, and the tensors in it.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    conv::{ConvOp, ConvWeights},
    profile::Profile,
    sums::Parts,
};
use crate::{
    layout::{Conv, Image},
    network::Parameter,
    plan::{Dispatch, Lease, Memory, Plan, Storage, View},
};

/// What a recorded pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Forward with batch statistics, and a tape for the backward pass.
    Train,
    /// Forward with batch statistics alone: measures batch norm's buffers again.
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
    pub(super) fn reshaped(self, image: Image) -> Self {
        assert_eq!(image.size(), self.image.size(), "reshaping keeps the size");
        Self { image, ..self }
    }
}

/// Records the way back through a layer: from the gradient of its output to that of its input, or `None` where the way ends.
pub(super) type Backward = Box<dyn FnOnce(&mut Recorder<'_>, Tensor) -> Option<Tensor>>;

/// A pass while it is recorded.
pub struct Recorder<'a> {
    /// What the pass is for.
    pub pass: Pass,
    /// What suits the adapter.
    pub profile: &'a Profile,
    /// Convolutions recorded so far.
    pub convolutions: BTreeSet<(ConvOp, Conv)>,
    /// Where tensors come from.
    pub memory: Memory,
    /// The model's parameters and buffers.
    pub parameters: &'a [Parameter],
    /// The arena of weights.
    pub weights: View,
    /// The weights as the convolutions load them.
    pub(super) conv_weights: ConvWeights,
    /// The arena of gradients.
    pub gradients: View,
    /// Parts of weight gradients that are yet to be added up.
    pub(super) parts: Parts,
    /// The batch's part of the step state.
    pub batch: View,
    /// The dispatches so far.
    pub plan: Plan,
    pub(super) tape: Vec<Backward>,
}

impl<'a> Recorder<'a> {
    /// An empty recording.
    pub fn new(
        pass: Pass,
        profile: &'a Profile,
        memory: &Memory,
        parameters: &'a [Parameter],
        [weights, gradients, batch]: [View; 3],
    ) -> Self {
        let memory = memory.clone();
        let mut plan = Plan::new();
        let original = weights.floats(0, gradients.bytes as usize / 4);
        let conv_weights = ConvWeights::new(profile, &memory, original, &mut plan);
        Self {
            pass,
            profile,
            convolutions: BTreeSet::new(),
            memory,
            parameters,
            weights,
            conv_weights,
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
        self.flip_weights();
        let tape = std::mem::take(&mut self.tape);
        self.unwind(tape, dy);
        self.add_parts();
    }

    pub(super) fn unwind(&mut self, tape: Vec<Backward>, dy: Tensor) -> Option<Tensor> {
        tape.into_iter().rev().try_fold(dy, |dy, backward| backward(self, dy))
    }

    pub(super) fn push(&mut self, dispatch: Dispatch) {
        self.plan.push(dispatch);
    }

    /// Leaves behind how to turn the gradient of this layer's output into that of its input; `None` ends the way back.
    pub(super) fn on_backward(
        &mut self,
        backward: impl FnOnce(&mut Recorder<'_>, Tensor) -> Option<Tensor> + 'static,
    ) {
        if self.pass == Pass::Train {
            self.tape.push(Box::new(backward));
        }
    }

    pub(super) fn scratch(&self, label: &str, floats: usize) -> Lease {
        self.memory.lease(label, floats, Storage::Buffer)
    }

    /// As [`scratch`](Self::scratch), where tensors live.
    pub(super) fn tensor_scratch(&self, label: &str, floats: usize) -> Lease {
        self.memory.lease(label, floats, self.profile.storage)
    }

    /// The place of a parameter in an arena.
    pub(super) fn place(&self, arena: View, id: usize) -> View {
        let parameter = &self.parameters[id];
        arena.floats(parameter.offset, parameter.len)
    }

    pub(super) fn weight(&self, id: usize) -> View {
        self.place(self.weights, id)
    }

    pub(super) fn gradient(&self, id: usize) -> View {
        self.place(self.gradients, id)
    }
}
