//! One file per layer: its shapes, its parameters, which following layers it fuses, and its dispatches.
//!
//! A layer is built at its `Site`: it checks its input, declares its parameters and fuses the layers after it where it can.
//! It records its forward pass into a [`Recorder`] and puts a closure on the recorder's tape that records its backward
//! pass. Tensors are reference-counted: what a closure captured lives until the backward pass has used it, and all other
//! memory is free for the next layer, except the flipped weights and the parts of their gradients, which the whole backward
//! pass shares.
//!
//! A new layer is a file, a name in [`LayerSpec`], a row in `build` and one in [`kernels`].

mod add;
pub(crate) mod conv;
mod copy;
mod dense;
mod flatten;
mod gelu;
mod global_average_pool;
mod global_max_pool;
mod max_pool;
mod norm;
mod profile;
mod recorder;
mod relu;
mod residual;
mod scale;
mod site;
mod softmax_cross_entropy;
pub(crate) mod sums;

pub use profile::Profile;
pub use recorder::{Pass, Recorder, Tensor};
pub(crate) use site::{Declarations, Declared};

use site::Site;

use crate::network::{LayerSpec, Shape, ShapeError};

/// The kernels as functions from shapes and views to a dispatch, shared by the layers and by the kernels' own tests.
pub mod kernels {
    pub use super::{
        add::*, conv::*, copy::*, gelu::*, global_average_pool::*, global_max_pool::*, max_pool::*, norm::*,
        profile::KernelSet, relu::*, scale::*, softmax_cross_entropy::*, sums::*,
    };
}

/// A layer that was built for the shape of its input.
pub(crate) trait Layer {
    /// Shape of a sample of the output, after the fused layers.
    fn output(&self) -> Shape;

    /// Number of layers after it that are fused with it.
    fn fused(&self) -> usize {
        0
    }

    /// Records the forward pass and puts the backward pass on the tape.
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor;
}

/// Builds the layer of a specification at its site.
fn build(spec: &LayerSpec, site: &mut Site<'_>) -> Result<Box<dyn Layer>, ShapeError> {
    Ok(match *spec {
        LayerSpec::Conv { out, kernel, bias, dirac, whiten } => {
            Box::new(conv::Conv::new(out, kernel, bias, [dirac, whiten], site)?)
        }
        LayerSpec::BatchNorm { scale, momentum, epsilon } => {
            Box::new(norm::BatchNorm::new(scale, momentum, epsilon, site)?)
        }
        LayerSpec::GroupNorm { groups } => Box::new(norm::GroupNorm::new(groups, site)?),
        LayerSpec::Relu => Box::new(relu::Relu::new(site)),
        LayerSpec::Gelu => Box::new(gelu::Gelu::new(site)),
        LayerSpec::MaxPool => Box::new(max_pool::MaxPool::new(site)?),
        LayerSpec::GlobalAveragePool => Box::new(global_average_pool::GlobalAveragePool::new(site)),
        LayerSpec::GlobalMaxPool => Box::new(global_max_pool::GlobalMaxPool::new(site)),
        LayerSpec::Flatten => Box::new(flatten::Flatten::new(site)?),
        LayerSpec::Dense { out, bias } => Box::new(dense::Dense::new(out, bias, site)?),
        LayerSpec::Scale { by } => Box::new(scale::Scale::new(by, site)?),
        LayerSpec::Residual(ref branch) => Box::new(residual::Residual::new(branch, site)?),
    })
}

/// A list of layers, in order.
pub(crate) struct Sequence {
    layers: Vec<Box<dyn Layer>>,
    output: Shape,
}

impl Sequence {
    /// Builds the layers of `specs` for inputs of `shape`; their names begin with `prefix`.
    ///
    /// # Errors
    /// [`ShapeError`] of the first layer that cannot take its input.
    pub fn build(
        specs: &[LayerSpec],
        prefix: &str,
        shape: Shape,
        declarations: &mut Declarations,
    ) -> Result<Self, ShapeError> {
        let mut sequence = Self { layers: Vec::with_capacity(specs.len()), output: shape };
        let mut i = 0;
        while let Some(spec) = specs.get(i) {
            let name = format!("{prefix}{i}");
            let mut site = Site::new(name, sequence.output, &specs[i + 1..], declarations);
            let layer = build(spec, &mut site)?;
            i += 1 + layer.fused();
            sequence.output = layer.output();
            sequence.layers.push(layer);
        }
        Ok(sequence)
    }

    /// Shape of a sample of the last output.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// Records every layer's forward pass.
    pub fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        self.layers.iter().fold(x, |x, layer| layer.forward(recorder, x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::INPUT;

    /// How many layers each of the layers that are built takes in.
    fn fused(layers: &str) -> Vec<usize> {
        let specs: Vec<LayerSpec> = serde_json::from_str(layers).unwrap();
        let sequence = Sequence::build(&specs, "", INPUT, &mut Declarations::default()).unwrap();
        sequence.layers.iter().map(|layer| layer.fused()).collect()
    }

    #[test]
    fn a_norm_takes_in_the_relu_after_it_and_the_pooling_after_that() {
        assert_eq!(fused(r#"[{"conv": {"out": 4}}, "batch_norm", "relu", "max_pool", "relu"]"#), [0, 2, 0]);
        assert_eq!(fused(r#"[{"group_norm": {"groups": 3}}, "relu", "relu", "batch_norm"]"#), [1, 0, 0]);
        assert_eq!(fused(r#"["batch_norm", "max_pool", "relu"]"#), [0, 0, 0]);
    }
}
