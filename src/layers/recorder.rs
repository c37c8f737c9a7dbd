//! A pass as it is being recorded, and its tensors.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    conv::{ConvOp, ConvWeights},
    profile::Profile,
    sums::Parts,
};
use crate::{
    layout::{ConvShape, Image},
    network::Parameter,
    plan::{Dispatch, Lease, Memory, Plan, Storage, View},
};

/// Purpose of a recorded pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Forward with batch statistics, and a tape for the backward pass.
    Train,
    /// Forward only, with batch statistics: recomputes batch norm's buffers.
    Recompute,
    /// Forward with the running statistics.
    Evaluate,
}

/// A batch of activations, or their gradient.
#[derive(Clone)]
pub struct Tensor {
    /// Shape, including the batch.
    pub image: Image,
    /// Whether a layer before it has parameters, so that its gradient is needed.
    pub needs_gradient: bool,
    lease: Rc<Lease>,
}

impl Tensor {
    /// The memory it occupies.
    pub fn view(&self) -> View {
        self.lease.view()
    }

    /// The same memory in another shape.
    pub(super) fn reshaped(self, image: Image) -> Self {
        assert_eq!(image.size(), self.image.size(), "reshaping keeps the size");
        Self { image, ..self }
    }
}

/// Records a layer's backward pass: from the gradient of its output to that of its input, or `None` if that is not needed.
pub(super) type Backward = Box<dyn FnOnce(&mut Recorder<'_>, Tensor) -> Option<Tensor>>;

/// A pass as it is being recorded.
pub struct Recorder<'a> {
    /// Purpose of the pass.
    pub pass: Pass,
    /// How to record for the adapter.
    pub profile: &'a Profile,
    /// Convolutions recorded so far.
    pub convolutions: BTreeSet<(ConvOp, ConvShape)>,
    /// Memory for tensors.
    pub memory: Memory,
    /// The model's parameters and buffers.
    pub parameters: &'a [Parameter],
    /// The arena of weights.
    pub weights: View,
    /// The weights as the convolutions load them.
    pub(super) conv_weights: ConvWeights,
    /// The arena of gradients.
    pub gradients: View,
    /// Parts of weight gradients that are not yet added up.
    pub(super) parts: Parts,
    /// The batch header of the current step.
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

    /// Puts the backward pass of this layer on the tape: from the gradient of its output to that of its input, or `None` if
    /// that is not needed.
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

    /// Like [`scratch`](Self::scratch), in the storage of tensors.
    pub(super) fn tensor_scratch(&self, label: &str, floats: usize) -> Lease {
        self.memory.lease(label, floats, self.profile.storage)
    }

    /// The range of a parameter in an arena.
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
