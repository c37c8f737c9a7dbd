//! A built network: its layers, and the arena that holds their parameters.

use std::ops::Range;

use crate::{
    data::CLASSES,
    layers::{Declarations, Declared, Recorder, Sequence, Tensor},
    layout::TENSOR_ALIGNMENT,
    network::{Group, INPUT, Initial, MAX_FLOATS, ModelSpec, Parameter, ParameterKind, Shape, ShapeError},
    random::{Stream, pcg4d, unit},
};

/// A network whose layers' shapes fit, with the layout of its arena.
///
/// The arena of weights holds the parameters, then batch norm's running buffers; the arenas of gradients and of Adam's
/// moments hold the parameters alone, at the same offsets.
pub struct Model {
    /// Its name in reports.
    pub name: String,
    /// Every tensor of the arena, in the layers' order.
    pub parameters: Vec<Parameter>,
    /// Floats of the arena that are parameters.
    pub parameter_floats: usize,
    /// Floats of the arena: parameters and buffers.
    pub arena_floats: usize,
    /// The first batch norm over a single pixel per image, which has no variance in a batch of one.
    pub batch_norm_of_a_pixel: Option<String>,
    initials: Vec<Initial>,
    layers: Sequence,
}

impl Model {
    /// Builds the layers and lays out the arena.
    ///
    /// # Errors
    /// [`ShapeError`] names the layer that cannot take its input, or an output that is not one logit per class.
    pub fn new(spec: &ModelSpec) -> Result<Self, ShapeError> {
        let mut declarations = Declarations::default();
        let layers = Sequence::build(&spec.layers, "", INPUT, &mut declarations)?;
        let output = layers.output();
        let Declarations { tensors: mut declared, batch_norm_of_a_pixel } = declarations;
        if output != (Shape { height: 1, width: 1, channels: CLASSES }) {
            return Err(ShapeError {
                layer: spec.layers.len().to_string(),
                kind: "loss",
                input: output,
                reason: format!("it needs 1×1×{CLASSES}, one logit a class"),
            });
        }
        let aligned = |one: &Declared| one.parameter.len.next_multiple_of(TENSOR_ALIGNMENT);
        if declared.iter().map(|one| aligned(one) as u64).sum::<u64>() > MAX_FLOATS {
            return Err(ShapeError {
                layer: spec.layers.len().to_string(),
                kind: "network",
                input: output,
                reason: format!("the layers together have more than {MAX_FLOATS} weights"),
            });
        }
        let mut floats = 0;
        let mut parameter_floats = 0;
        let mut ordered: Vec<&mut Parameter> = declared.iter_mut().map(|one| &mut one.parameter).collect();
        ordered.sort_by_key(|parameter| (parameter.buffer, parameter.group));
        for parameter in ordered {
            parameter.offset = floats;
            floats += parameter.len.next_multiple_of(TENSOR_ALIGNMENT);
            if !parameter.buffer {
                parameter_floats = floats;
            }
        }
        let initials = declared.iter().map(|one| one.initial).collect();
        let parameters = declared.into_iter().map(|one| one.parameter).collect();
        Ok(Self {
            name: spec.name.clone(),
            parameters,
            parameter_floats,
            arena_floats: floats,
            batch_norm_of_a_pixel,
            initials,
            layers,
        })
    }

    /// The tensors that are trained, in the layers' order.
    pub fn trained(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.is_trained())
    }

    /// The range of each group of parameters in the arena, in the order of [`Group::TRAINED`].
    pub fn groups(&self) -> [Range<usize>; Group::TRAINED.len()] {
        let end = |group: Group| {
            let of_it = self.trained().filter(|parameter| parameter.group <= group);
            of_it.map(|one| (one.offset + one.len).next_multiple_of(TENSOR_ALIGNMENT)).max().unwrap_or(0)
        };
        let mut start = 0;
        Group::TRAINED.map(|group| {
            let range = start..end(group);
            start = range.end;
            range
        })
    }

    /// The weights of the first convolution, if there is one: the only filters over colours.
    pub fn filters(&self) -> Option<&Parameter> {
        self.parameters.iter().find(|one| matches!(one.kind, ParameterKind::Conv | ParameterKind::Patches))
    }

    /// Number of trained parameters.
    pub fn parameter_count(&self) -> usize {
        self.trained().map(Parameter::count).sum()
    }

    /// The arena before the first step: PyTorch's default initialisation, drawn from `seed`. Element `e` (in PyTorch's
    /// order) of parameter `p` (without buffers) is a hash of (seed, p, e), so the seed alone determines it. Filters that whiten images
    /// are 0 until [`whiten`](Self::whiten).
    pub fn initialise(&self, seed: u32) -> Vec<f32> {
        let mut arena = vec![0.0; self.arena_floats];
        let mut p = 0;
        for (parameter, initial) in self.parameters.iter().zip(&self.initials) {
            let uniform = |bound: f64| {
                let draw = |e| {
                    let word = pcg4d([seed, p, e, Stream::Initialise as u32])[0];
                    ((2.0 * unit(word) - 1.0) * bound) as f32
                };
                (0..parameter.count() as u32).map(draw).collect()
            };
            let values: Vec<f32> = match *initial {
                Initial::Constant(value) => vec![value; parameter.count()],
                Initial::Uniform(bound) => uniform(bound),
                Initial::Whitening => vec![0.0; parameter.count()],
                Initial::Dirac(bound) => {
                    let mut values: Vec<f32> = uniform(bound);
                    let &[_, inputs, kernel, _] = &parameter.shape[..] else {
                        unreachable!("{} is not a convolution's", parameter.name)
                    };
                    let (taps, middle) = (kernel * kernel, kernel / 2 * (kernel + 1));
                    for (o, filter) in values.chunks_exact_mut(inputs * taps).take(inputs).enumerate() {
                        filter.fill(0.0);
                        filter[o * taps + middle] = 1.0;
                    }
                    values
                }
            };
            parameter.from_pytorch(&values, &mut arena);
            p += u32::from(!parameter.buffer);
        }
        arena
    }

    /// Writes the filters that whiten the training images (see [`whitening`](crate::data::whitening())) into the arena.
    pub fn whiten(&self, filters: &[f32], arena: &mut [f32]) {
        let wanted =
            self.parameters.iter().zip(&self.initials).filter(|(_, initial)| **initial == Initial::Whitening);
        wanted.for_each(|(parameter, _)| parameter.from_pytorch(filters, arena));
    }

    /// Records the forward pass, from a batch of images to its logits.
    pub fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        self.layers.forward(recorder, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Norm, Preset};

    #[test]
    fn presets_build_with_the_known_number_of_parameters() {
        let count = |preset, norm| Model::new(&ModelSpec::preset(preset, norm)).unwrap().parameter_count();
        assert_eq!(count(Preset::Tiny, Norm::Batch), 72_954);
        assert_eq!(count(Preset::Tiny, Norm::None), 72_730);
        assert_eq!(count(Preset::Resnet9, Norm::Group), 6_573_130);
        assert_eq!(
            count(Preset::Airbench, Norm::Batch),
            1_971_640 - 24 * 12,
            "the filters that whiten are not trained"
        );
    }

    #[test]
    fn the_arena_is_aligned_and_buffers_come_last() {
        let model = Model::new(&ModelSpec::preset(Preset::Tiny, Norm::Batch)).unwrap();
        assert!(model.parameters.iter().all(|parameter| parameter.offset.is_multiple_of(TENSOR_ALIGNMENT)));
        assert!(model.parameters.iter().all(|p| p.buffer == (p.offset >= model.parameter_floats)));
        assert_eq!(model.parameters[1].name, "1.weight");
        assert_eq!(model.parameters[3].name, "1.running_mean");
    }

    #[test]
    fn a_layer_that_does_not_fit_is_named_with_both_shapes() {
        let build = |layers: &str| {
            let text = format!(r#"{{"name": "mine", "layers": {layers}}}"#);
            Model::new(&serde_json::from_str(&text).unwrap()).err().unwrap().to_string()
        };
        let error = build(r#"[{"conv": {"out": 6}}, {"group_norm": {"groups": 4}}]"#);
        assert!(error.contains("layer 1 (group_norm)") && error.contains("32×32×6"), "{error}");
        let error = build(r#"[{"residual": [{"conv": {"out": 8}}]}]"#);
        assert!(error.contains("32×32×3") && error.contains("32×32×8"), "{error}");
        let error = build(r#"["global_average_pool", {"residual": ["relu", "max_pool"]}]"#);
        assert!(error.contains("layer 1.1 (max_pool)"), "{error}");
        let error = build(r#"["global_average_pool", "flatten", {"dense": {"out": 9}}]"#);
        assert!(error.contains("(loss)") && error.contains("1×1×9"), "{error}");
        for second in [
            r#""gelu", {"conv": {"out": 24, "kernel": 2, "whiten": true}}"#,
            r#"{"conv": {"out": 9, "kernel": 2, "whiten": true}}"#,
        ] {
            let error = build(&format!("[{second}]"));
            assert!(error.contains("it must be the first layer") && error.contains("24 outputs"), "{error}");
        }
        let error = build(r#"["global_max_pool", {"conv": {"out": 10, "kernel": 2}}]"#);
        assert!(error.contains("2×2 pixels"), "{error}");
        let error = build(r#"[{"conv": {"out": 10, "kernel": 4}}]"#);
        assert!(error.contains("its kernel must be 1, 2 or 3"), "{error}");
        let error = build(r#"["flatten"]"#);
        assert!(error.contains("global_average_pool"), "{error}");
    }

    #[test]
    fn a_network_too_large_for_any_adapter_is_refused_before_its_size_overflows() {
        let build = |layers: &str| {
            let text = format!(
                r#"{{"name": "mine", "layers": [{layers} "global_average_pool", "flatten", {{"dense": {{"out": 10}}}}]}}"#
            );
            Model::new(&serde_json::from_str(&text).unwrap()).err().unwrap().to_string()
        };
        let error = build(r#"{"conv": {"out": 4294967295}},"#);
        assert!(error.contains("layer 0 (conv)") && error.contains("4294967295 outputs"), "{error}");
        let error = build(r#"{"conv": {"out": 60000, "kernel": 1}}, {"conv": {"out": 60000, "kernel": 1}},"#);
        assert!(error.contains("layer 1 (conv)") && error.contains("32×32×60000"), "{error}");
        let error = build(&r#"{"conv": {"out": 7000}},"#.repeat(3));
        assert!(error.contains("together have more than"), "{error}");
        let error = build(r#""global_average_pool", {"dense": {"out": 4294967295}},"#);
        assert!(error.contains("layer 1 (dense)"), "{error}");
    }

    #[test]
    fn the_first_filters_of_a_dirac_convolution_pass_their_channel_on() {
        let layers = r#"[{"conv": {"out": 5, "bias": false, "dirac": true}},
            {"conv": {"out": 10, "bias": false, "dirac": true}}, "global_average_pool"]"#;
        let spec = serde_json::from_str(&format!(r#"{{"name": "mine", "layers": {layers}}}"#)).unwrap();
        let model = Model::new(&spec).unwrap();
        let arena = model.initialise(0);
        for (parameter, inputs) in model.parameters.iter().zip([3, 5]) {
            let values = parameter.to_pytorch(&arena);
            for (o, filter) in values.chunks_exact(9 * inputs).enumerate() {
                if o < inputs {
                    let expected = |i: usize| if i == 9 * o + 4 { 1.0 } else { 0.0 };
                    assert!(filter.iter().enumerate().all(|(i, &w)| w == expected(i)), "{o}: {filter:?}");
                } else {
                    let bound = 1.0 / (9.0 * inputs as f32).sqrt();
                    assert!(filter.iter().all(|w| *w != 0.0 && w.abs() <= bound), "{o}: {filter:?}");
                }
            }
        }
    }

    #[test]
    fn first_weights_fill_their_range_and_depend_on_the_seed() {
        let model = Model::new(&ModelSpec::preset(Preset::Tiny, Norm::Batch)).unwrap();
        let weights = |seed| model.parameters[0].to_pytorch(&model.initialise(seed));
        let bound = 1.0 / 27.0_f32.sqrt();
        assert!(weights(0).iter().all(|w| w.abs() <= bound));
        assert!(
            weights(0).iter().any(|w| *w > 0.95 * bound) && weights(0).iter().any(|w| *w < -0.95 * bound)
        );
        assert_ne!(weights(0), weights(1));
    }
}
