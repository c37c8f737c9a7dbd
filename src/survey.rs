//! A network layer by layer: shapes, weights and arithmetic, as far as its layers fit.

use serde::Serialize;

use crate::{
    layers::{Declarations, Sequence},
    model::Model,
    network::{INPUT, ModelSpec},
};

/// What a network is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Survey {
    /// The network, in the form of a settings file's `model`.
    #[cfg_attr(target_arch = "wasm32", tsify(type = "{ name: string; layers: unknown[] }"))]
    pub model: ModelSpec,
    /// Its layers in order, up to the first that cannot take its input.
    pub layers: Vec<LayerReport>,
    /// Trained numbers in all.
    pub parameters: usize,
    /// Multiply–adds of a forward pass of one image; a training step has about three times as many.
    pub multiply_adds: u64,
    /// Why it cannot be trained, if it cannot.
    pub error: Option<Misfit>,
}

/// A layer for the shape of its input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct LayerReport {
    /// Rows, columns and channels of its output.
    pub output: [usize; 3],
    /// Trained numbers.
    pub parameters: usize,
    /// Multiply–adds of its convolutions and products for one image; element-wise arithmetic is not counted.
    pub multiply_adds: u64,
}

/// The layer that does not fit, counted from 0; the number of layers if the output does not suit the loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Misfit {
    /// Its index.
    pub layer: usize,
    /// The reason, in English.
    pub reason: String,
}

impl Survey {
    /// Builds the layers of `model` one after the other.
    pub fn of(model: ModelSpec) -> Self {
        let mut layers = Vec::with_capacity(model.layers.len());
        let (mut shape, mut error) = (INPUT, None);
        for (layer, spec) in model.layers.iter().enumerate() {
            let mut declarations = Declarations::default();
            match Sequence::build(std::slice::from_ref(spec), "", shape, &mut declarations) {
                Ok(sequence) => {
                    let output = sequence.output();
                    layers.push(LayerReport {
                        output: [output.height, output.width, output.channels],
                        parameters: declarations.parameters(),
                        multiply_adds: declarations.weights() * (output.height * output.width) as u64,
                    });
                    shape = output;
                }
                Err(shape_error) => {
                    error = Some(Misfit { layer, reason: shape_error.reason });
                    break;
                }
            }
        }
        if error.is_none()
            && let Err(shape_error) = Model::new(&model)
        {
            error = Some(Misfit { layer: model.layers.len(), reason: shape_error.reason });
        }
        let parameters = layers.iter().map(|layer| layer.parameters).sum();
        let multiply_adds = layers.iter().map(|layer| layer.multiply_adds).sum();
        Self { model, layers, parameters, multiply_adds, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Norm, Preset};

    #[test]
    fn presets_have_their_published_sizes() {
        let survey = |preset| Survey::of(ModelSpec::preset(preset, Norm::Batch));
        let tiny = survey(Preset::Tiny);
        assert_eq!((tiny.parameters, tiny.error.clone()), (72_954, None));
        assert_eq!(tiny.layers.len(), tiny.model.layers.len());
        assert_eq!(
            tiny.layers[0],
            LayerReport { output: [32, 32, 16], parameters: 432, multiply_adds: 442_368 }
        );
        // Two operations a multiply–add, in three passes.
        let megaflops = |survey: &Survey| (6.0 * survey.multiply_adds as f64 / 1e6).round();
        let others = [Preset::Small, Preset::Resnet9].map(|preset| megaflops(&survey(preset)));
        assert_eq!((megaflops(&tiny), others), (59.0, [232.0, 2276.0]));
        for preset in [Preset::Tiny, Preset::Small, Preset::Resnet9] {
            let model = Model::new(&ModelSpec::preset(preset, Norm::Group)).unwrap();
            let survey = Survey::of(ModelSpec::preset(preset, Norm::Group));
            assert_eq!(survey.parameters, model.parameter_count());
        }
    }

    #[test]
    fn the_layers_before_one_that_does_not_fit_are_reported() {
        let model =
            |layers: &str| serde_json::from_str(&format!(r#"{{"name": "x", "layers": {layers}}}"#)).unwrap();
        let odd = Survey::of(model(r#"[{"conv": {"out": 6}}, {"group_norm": {"groups": 4}}, "relu"]"#));
        assert_eq!(odd.layers.len(), 1);
        assert_eq!(odd.error.as_ref().unwrap().layer, 1);
        let reason = odd.error.unwrap().reason;
        assert!(reason.contains("group"), "{reason}");
        let long = Survey::of(model(r#"["global_average_pool", "flatten", {"dense": {"out": 12}}]"#));
        assert_eq!((long.layers.len(), long.parameters, long.multiply_adds), (3, 48, 36));
        assert_eq!(long.error.unwrap().layer, 3);
    }
}
