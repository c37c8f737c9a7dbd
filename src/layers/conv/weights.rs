//! The weights as the convolutions load them: from a copy if tensors are textures, and flipped for the backward pass.

use super::{
    super::{Profile, Recorder, copy::copy},
    ConvOp, conv_flip,
};
use crate::{
    layers::kernels::KernelSet,
    layout::ConvShape,
    plan::{Lease, Memory, Plan, Storage, View},
};

/// The arena of parameters, in the forms that a pass needs.
pub struct ConvWeights {
    loaded: View,
    _copy: Option<Lease>,
    /// Convolutions whose input gradient is needed, and the first float of their weights.
    flips: Vec<(ConvShape, usize)>,
    /// Their flipped weights, at the same offsets.
    flipped: Option<Lease>,
}

impl ConvWeights {
    /// The weights of the arena `original`; if tensors are textures, `plan` begins with a copy of it.
    pub fn new(profile: &Profile, memory: &Memory, original: View, plan: &mut Plan) -> Self {
        let copied = (profile.storage == Storage::Texels).then(|| {
            let copied = memory.lease("weights as texels", original.bytes as usize / 4, Storage::Texels);
            plan.push(copy(original, copied.view()));
            copied
        });
        Self {
            loaded: copied.as_ref().map_or(original, Lease::view),
            _copy: copied,
            flips: Vec::new(),
            flipped: None,
        }
    }
}

impl Recorder<'_> {
    /// The kernel variant and tile for a convolution.
    pub(super) fn conv_kernels(&mut self, op: ConvOp, shape: ConvShape) -> KernelSet {
        self.convolutions.insert((op, shape));
        match self.profile.kernels {
            KernelSet::Tiled(None) => KernelSet::Tiled(self.profile.tiles.get(&(op, shape)).copied()),
            kernels => kernels,
        }
    }

    /// The range that the convolutions load a parameter from.
    pub(super) fn loaded(&self, id: usize) -> View {
        self.place(self.conv_weights.loaded, id)
    }

    /// Requests that the weights of a convolution be flipped before the backward pass.
    pub(super) fn wants_flipped(&mut self, shape: ConvShape, id: usize) {
        self.conv_weights.flips.push((shape, self.parameters[id].offset));
    }

    /// Flips the weights that the backward pass needs.
    pub(in crate::layers) fn flip_weights(&mut self) {
        let ConvWeights { loaded, flips, flipped, .. } = &mut self.conv_weights;
        let floats = loaded.bytes as usize / 4;
        let lease = self.memory.lease_apart("flipped weights", floats, self.profile.storage);
        self.plan.extend(conv_flip(flips, *loaded, lease.view()));
        *flipped = Some(lease);
    }

    /// The flipped weights of a convolution.
    pub(super) fn flipped(&self, id: usize) -> View {
        let flipped = self.conv_weights.flipped.as_ref().expect("the backward pass has begun");
        self.place(flipped.view(), id)
    }
}
