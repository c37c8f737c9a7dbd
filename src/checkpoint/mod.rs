//! Checkpoints: safetensors with PyTorch's names and layouts, so that either side opens the other's files.
//!
//! | tensors | what |
//! | --- | --- |
//! | `raw.0.weight`, … | the weights and batch norm's buffers |
//! | `ema.0.98.0.weight`, … | each average, under its name with the first `-` as a `.` |
//! | `adam.exp_avg.0.weight`, `adam.exp_avg_sq.0.weight`, … | Adam's moments of the trained weights |
//!
//! What follows a prefix is a state dict of the `nn.Sequential` with the same modules, `num_batches_tracked` of batch norm
//! included, so after removing the prefix `load_state_dict` takes it strictly. Everything else that resuming needs stands as
//! JSON in the file's metadata under the key `emascope`. Nothing random needs saving: random numbers are hashes of the
//! seed and the step.

mod error;
#[cfg(not(target_arch = "wasm32"))]
mod file;
mod fingerprint;
mod tensors;

use std::collections::HashMap;
use std::iter;

pub use error::CheckpointError;
#[cfg(not(target_arch = "wasm32"))]
pub use file::{Tried, read_file, write_file};
pub use fingerprint::Fingerprint;
pub use tensors::{NamedTensor, file_of, module};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{EmaSpec, Experiment};
use crate::model::Model;
use crate::report::{EvaluationPoint, null_is_nan};
use crate::trainer::TrainingState;
use tensors::{Tensors, not_safetensors, tensor};

/// Version of the format that this program writes, and the newest it reads.
pub const VERSION: u64 = 1;

/// The key of our JSON in a file's metadata. There is only this one, so equal states give equal bytes.
const METADATA_KEY: &str = "emascope";

const RAW: &str = "raw.";
const EXP_AVG: &str = "adam.exp_avg.";
const EXP_AVG_SQ: &str = "adam.exp_avg_sq.";

/// Training loss since the last evaluation, so that the next one reports the same mean after resuming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossSum {
    /// Sum over the steps; not a number in files of runs that diverged.
    #[serde(deserialize_with = "null_is_nan")]
    pub sum: f64,
    /// Number of steps.
    pub steps: u64,
}

/// What a checkpoint holds beside tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Version of the format.
    pub version: u64,
    /// Every knob of the run.
    pub experiment: Experiment,
    /// Optimizer steps taken.
    pub step: u64,
    /// Updates of each average.
    pub ema_updates: Vec<u64>,
    /// The evaluations so far.
    pub history: Vec<EvaluationPoint>,
    /// Training loss since the last of them.
    pub since_evaluation: LossSum,
    /// The data trained on.
    pub dataset: Fingerprint,
}

/// The prefix of an average's tensors: `ema.0.98.`.
pub fn ema_prefix(spec: &EmaSpec) -> String {
    spec.name().replacen('-', ".", 1) + "."
}

/// A checkpoint as bytes. Equal arguments give equal bytes.
///
/// # Panics
/// If `state` is not of the network, or has not an average for each of the experiment.
pub fn to_bytes(metadata: &Metadata, model: &Model, state: &TrainingState) -> Vec<u8> {
    assert_eq!(state.ema.len(), metadata.experiment.ema.len(), "number of averages");
    let prefixes = metadata.experiment.ema.iter().map(ema_prefix);
    let arenas = iter::once((RAW.to_owned(), &state.raw)).chain(prefixes.zip(&state.ema));
    let mut tensors: Vec<NamedTensor> =
        arenas.flat_map(|(prefix, arena)| module(&prefix, model, arena, state.step)).collect();
    for (prefix, moment) in [(EXP_AVG, &state.exp_avg), (EXP_AVG_SQ, &state.exp_avg_sq)] {
        tensors.extend(model.trained().map(|parameter| tensor(prefix, parameter, moment)));
    }
    let text = serde_json::to_string(metadata).expect("metadata is JSON");
    file_of(&tensors, Some(HashMap::from([(METADATA_KEY.to_owned(), text)])))
}

/// The weights of an arena after step `step` as a plain state dict, which `load_state_dict` takes strictly.
pub fn state_dict(model: &Model, arena: &[f32], step: u64) -> Vec<u8> {
    // The entry that PyTorch's own saving adds, and some readers ask for.
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    file_of(&module("", model, arena, step), Some(format))
}

/// The metadata of a checkpoint, which says what network to build before its tensors can be read.
///
/// # Errors
/// [`CheckpointError`] for another kind of file, a newer version, or weights without a run.
pub fn metadata(file: &str, bytes: &[u8]) -> Result<Metadata, CheckpointError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| not_safetensors(file, &error))?;
    let text = header.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY));
    let text = text.ok_or_else(|| CheckpointError::NoRun { file: file.to_owned() })?;
    let bad = |error: serde_json::Error| CheckpointError::BadMetadata {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let value: Value = serde_json::from_str(text).map_err(bad)?;
    match value["version"].as_u64() {
        Some(found) if found > VERSION => Err(CheckpointError::Newer { file: file.to_owned(), found }),
        _ => serde_json::from_value(value).map_err(bad),
    }
}

/// The state of a run to go on from, checked against what the run is now configured to be.
///
/// # Errors
/// [`CheckpointError`] for tensors of another network, other averages, other data, or a run that diverged.
pub fn state(
    file: &str,
    bytes: &[u8],
    metadata: &Metadata,
    experiment: &Experiment,
    model: &Model,
    data: &Fingerprint,
) -> Result<TrainingState, CheckpointError> {
    let tensors = Tensors::open(file, bytes)?;
    let raw = tensors.arena(RAW, model.parameters.iter(), model.arena_floats)?;
    tensors.no_others(RAW, &model.parameters)?;
    if metadata.experiment.ema != experiment.ema {
        let list = |specs: &[EmaSpec]| {
            let specs: Vec<String> = specs.iter().map(|spec| format!("`{spec}`")).collect();
            if specs.is_empty() { "none".to_owned() } else { specs.join(" ") }
        };
        let (found, expected) = (list(&metadata.experiment.ema), list(&experiment.ema));
        return Err(CheckpointError::OtherAverages { file: file.to_owned(), found, expected });
    }
    if !metadata.dataset.same_images(data) {
        let (found, expected) = (metadata.dataset.to_string(), data.to_string());
        return Err(CheckpointError::OtherData { file: file.to_owned(), found, expected });
    }
    let averages = experiment.ema.iter();
    let ema =
        averages.map(|spec| tensors.arena(&ema_prefix(spec), model.parameters.iter(), model.arena_floats));
    let state = TrainingState {
        step: metadata.step,
        raw,
        ema: ema.collect::<Result<_, _>>()?,
        exp_avg: tensors.arena(EXP_AVG, model.trained(), model.parameter_floats)?,
        exp_avg_sq: tensors.arena(EXP_AVG_SQ, model.trained(), model.parameter_floats)?,
    };
    state.not_finite(&experiment.ema).map_or(Ok(state), |what| {
        Err(CheckpointError::Diverged { file: file.to_owned(), step: metadata.step, what })
    })
}

/// Weights to start a run from: a state dict of the network as PyTorch saves it, or the raw weights of a checkpoint.
/// Returns the arena of weights.
///
/// # Errors
/// [`CheckpointError`] for another kind of file, tensors of another network, and values that are no numbers.
pub fn initial_weights(file: &str, bytes: &[u8], model: &Model) -> Result<Vec<f32>, CheckpointError> {
    let tensors = Tensors::open(file, bytes)?;
    let prefix = if tensors.tensors.keys().any(|name| name.starts_with(RAW)) { RAW } else { "" };
    let arena = tensors.arena(prefix, model.parameters.iter(), model.arena_floats)?;
    tensors.no_others(prefix, &model.parameters)?;
    let broken =
        model.parameters.iter().find(|one| one.to_pytorch(&arena).iter().any(|value| !value.is_finite()));
    broken.map_or(Ok(arena), |parameter| {
        let tensor = format!("{prefix}{}", parameter.name);
        Err(CheckpointError::NotFinite { file: file.to_owned(), tensor })
    })
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::Dtype;

    use super::tensors::floats_of;
    use super::*;
    use crate::config::Norm;
    use crate::report::MethodScore;

    #[test]
    fn a_figure_comes_back_to_the_last_bit() {
        let loss = f64::from(2.301_792_1_f32);
        let text = serde_json::to_string(&loss).unwrap();
        assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), loss.to_bits(), "{text}");
    }

    fn experiment(norm: Norm) -> Experiment {
        let ema = vec![EmaSpec::new(0.98), "0.9,warmup=ramp".parse().unwrap()];
        Experiment { norm, ema, ..Experiment::default() }
    }

    fn fingerprint() -> Fingerprint {
        Fingerprint { name: "synthetic".to_owned(), train: 256, test: 100, crc32: 7 }
    }

    /// A run whose every value is another number.
    fn run(experiment: &Experiment) -> (Model, Metadata, TrainingState) {
        let model = Model::new(&experiment.model_spec()).unwrap();
        let mut next = 0.0;
        let mut arena = |buffers: bool| {
            let floats = if buffers { model.arena_floats } else { model.parameter_floats };
            let mut arena = vec![0.0; floats];
            for parameter in model.parameters.iter().filter(|parameter| buffers || !parameter.buffer) {
                let values: Vec<f32> = (0..parameter.count()).map(|k| next + k as f32).collect();
                parameter.from_pytorch(&values, &mut arena);
                next += 0.25;
            }
            arena
        };
        let state = TrainingState {
            step: 12,
            raw: arena(true),
            ema: experiment.ema.iter().map(|_| arena(true)).collect(),
            exp_avg: arena(false),
            exp_avg_sq: arena(false),
        };
        let score = MethodScore { name: "raw".to_owned(), accuracy: 10.1, loss: 2.3 };
        let metadata = Metadata {
            version: VERSION,
            experiment: experiment.clone(),
            step: 12,
            ema_updates: vec![12, 12],
            history: vec![EvaluationPoint { step: 4, epoch: 1.0, early: false, methods: vec![score] }],
            since_evaluation: LossSum { sum: 0.1 + 0.2, steps: 2 },
            dataset: fingerprint(),
        };
        (model, metadata, state)
    }

    fn load(bytes: &[u8], experiment: &Experiment) -> Result<TrainingState, CheckpointError> {
        let metadata = metadata("a file", bytes)?;
        let model = Model::new(&experiment.model_spec()).unwrap();
        state("a file", bytes, &metadata, experiment, &model, &fingerprint())
    }

    /// A file of the given tensors, without metadata.
    fn file(tensors: &[NamedTensor]) -> Vec<u8> {
        file_of(tensors, None)
    }

    /// A state dict without counters, as other programs may write it.
    fn plain(model: &Model, arena: &[f32]) -> Vec<NamedTensor> {
        model.parameters.iter().map(|parameter| tensor("", parameter, arena)).collect()
    }

    #[test]
    fn every_number_comes_back() {
        for norm in [Norm::Batch, Norm::Group, Norm::None] {
            let experiment = experiment(norm);
            let (model, metadata, state) = run(&experiment);
            let bytes = to_bytes(&metadata, &model, &state);
            assert_eq!(super::metadata("a file", &bytes).unwrap(), metadata);
            assert_eq!(load(&bytes, &experiment).unwrap(), state);
            assert_eq!(initial_weights("a file", &bytes, &model).unwrap(), state.raw);
            assert_eq!(to_bytes(&metadata, &model, &state), bytes, "equal states, equal bytes");
        }
    }

    #[test]
    fn names_and_shapes_are_pytorchs() {
        let (model, metadata, state) = run(&experiment(Norm::Batch));
        let bytes = to_bytes(&metadata, &model, &state);
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.tensor("raw.3.weight").unwrap().shape(), [16, 16, 3, 3]);
        assert_eq!(tensors.tensor("ema.0.98.22.weight").unwrap().shape(), [10, 64]);
        assert_eq!(tensors.tensor("ema.0.9-ramp.1.running_var").unwrap().shape(), [16]);
        assert_eq!(tensors.tensor("adam.exp_avg_sq.22.bias").unwrap().shape(), [10]);
        assert!(tensors.tensor("adam.exp_avg.1.running_var").is_err());
        let counter = tensors.tensor("raw.1.num_batches_tracked").unwrap();
        assert_eq!(
            (counter.dtype(), counter.shape(), counter.data()),
            (Dtype::I64, &[][..], &12_i64.to_le_bytes()[..])
        );
        // The first weight of output channel 1 follows the 3·3·3 of channel 0.
        let weight = floats_of(&tensors.tensor("raw.0.weight").unwrap()).unwrap();
        assert_eq!(weight[27], model.parameters[0].to_pytorch(&state.raw)[27]);
    }

    #[test]
    fn other_networks_averages_data_and_versions_are_refused() {
        let ours = experiment(Norm::Batch);
        let (model, metadata, state) = run(&ours);
        let bytes = to_bytes(&metadata, &model, &state);
        let refusal = |experiment: &Experiment| load(&bytes, experiment).unwrap_err().to_string();

        let small = Experiment { preset: crate::config::Preset::Small, ..ours.clone() };
        assert_eq!(
            refusal(&small),
            "a file: is of another network: `raw.0.weight` has shape [16, 3, 3, 3] there and [32, 3, 3, 3] in this network"
        );
        let said = refusal(&experiment(Norm::None));
        assert!(said.contains("`raw.0.bias` (shape [16])") && said.contains("has no"), "{said}");
        let said = refusal(&experiment(Norm::Group));
        assert!(said.contains("`raw.1.running_mean`") && said.contains("lacks"), "{said}");
        let fewer = Experiment { ema: vec![EmaSpec::new(0.98)], ..ours.clone() };
        assert!(
            refusal(&fewer)
                .contains("holds the averages `0.98` `0.9,warmup=ramp`, but the run asks for `0.98`")
        );

        let other = Metadata { dataset: Fingerprint { crc32: 8, ..fingerprint() }, ..metadata.clone() };
        let said = load(&to_bytes(&other, &model, &state), &ours).unwrap_err().to_string();
        assert!(said.contains("was trained on synthetic (256 training and 100 test images"), "{said}");
        let newer = Metadata { version: VERSION + 1, ..metadata };
        let said = load(&to_bytes(&newer, &model, &state), &ours).unwrap_err().to_string();
        assert!(said.contains("version 2") && said.contains("newer Emascope"), "{said}");
    }

    #[test]
    fn state_dicts_of_any_float_type_begin_a_run() {
        let (model, _, state) = run(&experiment(Norm::Batch));
        assert_eq!(
            initial_weights("a file", &state_dict(&model, &state.raw, 12), &model).unwrap(),
            state.raw
        );
        let mut dict = plain(&model, &state.raw);
        assert_eq!(initial_weights("a file", &file(&dict), &model).unwrap(), state.raw);
        assert!(matches!(metadata("a file", &file(&dict)), Err(CheckpointError::NoRun { .. })));

        let values = model.parameters[1].to_pytorch(&state.raw);
        type Convert = fn(f32) -> Vec<u8>;
        let types: [(Dtype, Convert); 3] = [
            (Dtype::F64, |value| f64::from(value).to_le_bytes().to_vec()),
            (Dtype::F16, |value| half::f16::from_f32(value).to_le_bytes().to_vec()),
            (Dtype::BF16, |value| half::bf16::from_f32(value).to_le_bytes().to_vec()),
        ];
        for (dtype, convert) in types {
            dict[1].1 = dtype;
            dict[1].3 = values.iter().flat_map(|&value| convert(value)).collect();
            assert_eq!(initial_weights("a file", &file(&dict), &model).unwrap(), state.raw, "{dtype}");
        }
        dict[1].1 = Dtype::I32;
        dict[1].3 = vec![0; 4 * values.len()];
        let said = initial_weights("a file", &file(&dict), &model).unwrap_err().to_string();
        assert!(said.contains("`1.weight` is of type I32"), "{said}");
    }

    #[test]
    fn weights_that_are_no_numbers_do_not_begin_a_run() {
        let (model, _, mut state) = run(&experiment(Norm::Batch));
        state.raw[model.parameters[2].offset] = f32::NAN;
        let said =
            initial_weights("a file", &file(&plain(&model, &state.raw)), &model).unwrap_err().to_string();
        assert!(said.contains("`1.bias` holds values that are infinite or not numbers"), "{said}");
    }

    #[test]
    fn a_run_that_diverged_is_called_so() {
        let experiment = experiment(Norm::Batch);
        let (model, mut metadata, state) = run(&experiment);
        let said = |metadata: &Metadata, state: &TrainingState| {
            load(&to_bytes(metadata, &model, state), &experiment).unwrap_err().to_string()
        };
        metadata.since_evaluation.sum = f64::NAN;
        let at = model.parameters[2].offset;
        let mut broken = state.clone();
        broken.raw[at] = f32::NAN;
        let text = said(&metadata, &broken);
        assert!(text.contains("diverged by step 12: the raw weights are") && text.contains("--lr"), "{text}");
        let mut broken = state.clone();
        broken.ema[1][at] = f32::INFINITY;
        assert!(said(&metadata, &broken).contains("the values of ema-0.9-ramp are"));
        let mut broken = state;
        broken.exp_avg_sq[at] = f32::INFINITY;
        assert!(said(&metadata, &broken).contains("Adam's moments are"));
    }

    #[test]
    fn damaged_files_are_errors() {
        let experiment = experiment(Norm::Batch);
        let (model, metadata, state) = run(&experiment);
        let bytes = to_bytes(&metadata, &model, &state);
        for damaged in [&b""[..], b"hello", &[255; 64], &bytes[..bytes.len() - 1], &bytes[..1000]] {
            let error = load(damaged, &experiment).unwrap_err();
            assert!(matches!(error, CheckpointError::NotSafetensors { .. }), "{error}");
            assert!(error.to_string().starts_with("a file: this is no safetensors file"), "{error}");
        }
    }
}
