//! Checkpoints: safetensors with PyTorch's names and layouts, so that either side opens the other's files.
//!
//! | tensors | what |
//! | --- | --- |
//! | `raw.0.weight`, … | the weights and batch norm's buffers |
//! | `ema.0.98.0.weight`, … | each average, under its name with the first `-` as a `.` |
//! | `adam.exp_avg.0.weight`, `adam.exp_avg_sq.0.weight`, … | Adam's moments of the trained weights |
//!
//! After the prefix it is a state dict of the `nn.Sequential` with the same modules, `num_batches_tracked` of batch norm
//! included, so after removing the prefix `load_state_dict` takes it strictly. Everything else that resuming needs stands as
//! JSON in the file's metadata under the key `emascope`. Nothing random needs saving: random numbers are hashes of the
//! seed and the step.

mod error;
#[cfg(not(target_arch = "wasm32"))]
mod file;
mod fingerprint;
mod prefix;
mod tensors;

use std::collections::HashMap;
use std::iter;

pub use error::CheckpointError;
#[cfg(not(target_arch = "wasm32"))]
pub use file::{Tried, read_file, write_file};
pub use fingerprint::Fingerprint;
pub use tensors::{NamedTensor, file_of, module};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::average::AverageSpec;
use crate::config::Experiment;
use crate::model::Model;
use crate::report::{EvaluationPoint, null_is_nan};
use crate::trainer::TrainingState;
use tensors::{Tensors, tensor};

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
pub fn ema_prefix(spec: &AverageSpec) -> String {
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
    let header = tensors::header(file, bytes)?;
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
        let list = |specs: &[AverageSpec]| {
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

/// Weights to start a run from.
#[derive(Debug)]
pub struct InitialWeights {
    /// What stood before their names in the file, such as `module.`, `ema.0.98.` or nothing.
    pub prefix: String,
    /// The arena of weights.
    pub raw: Vec<f32>,
}

/// Weights to start a run from: a state dict of the network as PyTorch saves it, whatever wrappers it was in, or a network
/// of a checkpoint. `prefix` (with or without its last point) chooses one where there are several; without it a checkpoint
/// gives its raw weights.
///
/// # Errors
/// [`CheckpointError`] for another kind of file, tensors of another network, several networks to choose from, and values
/// that can't be weights.
pub fn initial_weights(
    file: &str,
    bytes: &[u8],
    model: &Model,
    prefix: Option<&str>,
) -> Result<InitialWeights, CheckpointError> {
    let tensors = Tensors::open(file, bytes)?;
    let prefix = prefix::choose(&tensors, &model.parameters, prefix)?;
    let raw = tensors.arena(&prefix, model.parameters.iter(), model.arena_floats)?;
    tensors.no_others(&prefix, &model.parameters)?;
    for parameter in &model.parameters {
        let (file, tensor) = (file.to_owned(), format!("{prefix}{}", parameter.name));
        let values = parameter.to_pytorch(&raw);
        if values.iter().any(|value| !value.is_finite()) {
            return Err(CheckpointError::NotFinite { file, tensor });
        }
        if parameter.name.ends_with("running_var")
            && let Some(&value) = values.iter().find(|&&value| value < 0.0)
        {
            return Err(CheckpointError::NegativeVariance { file, tensor, value });
        }
    }
    Ok(InitialWeights { prefix, raw })
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::Dtype;

    use safetensors::SafeTensors;

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
        let ema = vec![AverageSpec::new(0.98), "0.9,warmup=ramp".parse().unwrap()];
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

    /// The weights of a file, or its error.
    fn initial(prefix: Option<&str>, bytes: &[u8], model: &Model) -> Result<Vec<f32>, CheckpointError> {
        initial_weights("a file", bytes, model, prefix).map(|weights| weights.raw)
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
            assert_eq!(initial(None, &bytes, &model).unwrap(), state.raw);
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
            "a file: is from a different network: `raw.0.weight` has shape [16, 3, 3, 3] there and [32, 3, 3, 3] in this network"
        );
        let said = refusal(&experiment(Norm::None));
        assert!(said.contains("`raw.0.bias` (shape [16])") && said.contains("has no"), "{said}");
        let said = refusal(&experiment(Norm::Group));
        assert!(said.contains("`raw.1.running_mean`") && said.contains("lacks"), "{said}");
        let fewer = Experiment { ema: vec![AverageSpec::new(0.98)], ..ours.clone() };
        assert!(
            refusal(&fewer)
                .contains("contains the averages `0.98` `0.9,warmup=ramp`, but the run has `0.98`")
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
        assert_eq!(initial(None, &state_dict(&model, &state.raw, 12), &model).unwrap(), state.raw);
        let mut dict = plain(&model, &state.raw);
        assert_eq!(initial(None, &file(&dict), &model).unwrap(), state.raw);
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
            assert_eq!(initial(None, &file(&dict), &model).unwrap(), state.raw, "{dtype}");
        }
        dict[1].1 = Dtype::I32;
        dict[1].3 = vec![0; 4 * values.len()];
        let said = initial(None, &file(&dict), &model).unwrap_err().to_string();
        assert!(said.contains("`1.weight` is of type I32"), "{said}");
    }

    #[test]
    fn weights_that_are_no_numbers_do_not_begin_a_run() {
        let (model, _, mut state) = run(&experiment(Norm::Batch));
        state.raw[model.parameters[2].offset] = f32::NAN;
        let said = initial(None, &file(&plain(&model, &state.raw)), &model).unwrap_err().to_string();
        assert!(said.contains("`1.bias` contains values that are infinite or NaN"), "{said}");
    }

    /// A network whose names begin with `prefix`, among other tensors.
    fn wrapped(model: &Model, arenas: &[(&str, &[f32])], others: &[NamedTensor]) -> Vec<u8> {
        let networks = arenas.iter().flat_map(|(prefix, arena)| module(prefix, model, arena, 7));
        file(&networks.chain(others.iter().cloned()).collect::<Vec<_>>())
    }

    fn other(name: &str, dtype: Dtype, shape: Vec<usize>, bytes: &[u8]) -> NamedTensor {
        (name.to_owned(), dtype, shape, bytes.to_vec())
    }

    #[test]
    fn wrappers_are_taken_off_in_any_nesting() {
        let (model, _, state) = run(&experiment(Norm::Batch));
        let others = [
            other("n_averaged", Dtype::I64, vec![], &[0; 8]),
            other("initted", Dtype::BOOL, vec![], &[1]),
            other("step", Dtype::F32, vec![1], &[0; 4]),
            other("nothing", Dtype::F32, vec![0, 3], &[]),
        ];
        for prefix in ["", "module.", "_orig_mod.", "model.", "module._orig_mod.", "state_dict.model.module."]
        {
            let bytes = wrapped(&model, &[(prefix, &state.raw)], &others);
            let weights = initial_weights("a file", &bytes, &model, None).unwrap();
            assert_eq!((weights.prefix.as_str(), &weights.raw), (prefix, &state.raw));
        }
        // A second network in the file, or a part of one, is not a reason to ask.
        let small = Experiment { preset: crate::config::Preset::Small, ..experiment(Norm::Batch) };
        let (teacher, _, teaching) = run(&small);
        let mut tensors = module("teacher.", &teacher, &teaching.raw, 7);
        tensors.extend(module("student.", &model, &state.raw, 7));
        assert_eq!(initial(None, &file(&tensors), &model).unwrap(), state.raw);
        let said = initial(Some("teacher"), &file(&tensors), &model).unwrap_err().to_string();
        assert!(said.contains("`teacher.0.weight` has shape"), "{said}");
    }

    #[test]
    fn one_of_several_networks_is_chosen_by_its_prefix() {
        let (model, metadata, state) = run(&experiment(Norm::Batch));
        let bytes =
            wrapped(&model, &[("online_model.", &state.raw), ("ema_model.module.", &state.ema[0])], &[]);
        let said = initial(None, &bytes, &model).unwrap_err().to_string();
        assert!(said.contains("`ema_model.module.`, `online_model.`") && said.contains("--init"), "{said}");
        for asked in ["ema_model", "ema_model.", "ema_model.module", "ema_model.module."] {
            assert_eq!(initial(Some(asked), &bytes, &model).unwrap(), state.ema[0], "{asked}");
        }
        let said = initial(Some("ema"), &bytes, &model).unwrap_err().to_string();
        assert!(said.contains("begins with `ema.`") && said.contains("`online_model.`"), "{said}");
        let both = wrapped(&model, &[("", &state.raw), ("ema.", &state.ema[0])], &[]);
        assert!(matches!(initial(None, &both, &model), Err(CheckpointError::SeveralNetworks { .. })));

        let ours = to_bytes(&metadata, &model, &state);
        assert_eq!(initial(None, &ours, &model).unwrap(), state.raw);
        for (asked, arena) in
            [("raw", &state.raw), ("ema.0.98", &state.ema[0]), ("ema-0.9-ramp", &state.ema[1])]
        {
            assert_eq!(initial(Some(asked), &ours, &model).unwrap(), *arena, "{asked}");
        }
        assert!(matches!(initial(Some("ema"), &ours, &model), Err(CheckpointError::SeveralNetworks { .. })));
        let said = initial(Some("ema.0.5"), &ours, &model).unwrap_err().to_string();
        assert!(
            said.contains("`ema.0.98.`, `ema.0.9-ramp.`") || said.contains("`ema.0.9-ramp.`, `ema.0.98.`"),
            "{said}"
        );

        // Without buffers, moments look like weights.
        let (model, metadata, state) = run(&experiment(Norm::Group));
        let bytes = to_bytes(&metadata, &model, &state);
        let said = initial(Some("nothing"), &bytes, &model).unwrap_err().to_string();
        assert!(said.contains("`raw.`") && !said.contains("adam"), "{said}");
    }

    /// A file with this header and these bytes after it.
    fn raw_file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    #[test]
    fn unusual_files_are_read_or_called_what_they_are() {
        let (model, _, mut state) = run(&experiment(Norm::Batch));
        let whole = file(&plain(&model, &state.raw));
        let length = u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
        let header = std::str::from_utf8(&whole[8..8 + length]).unwrap().trim_end();
        let data = &whole[8 + length..];
        let with = |metadata: &str| {
            raw_file(&header.replacen('{', &format!("{{\"__metadata__\":{metadata},"), 1), data)
        };
        assert_eq!(initial(None, &with("{}"), &model).unwrap(), state.raw);
        assert_eq!(initial(None, &raw_file(&format!("{header}   "), data), &model).unwrap(), state.raw);
        let said = |bytes: &[u8]| initial(None, bytes, &model).unwrap_err().to_string();
        assert!(said(&with("{\"epoch\":3}")).contains("`epoch` is 3, but only text"));
        assert!(said(&[&whole[..], &[0; 5]].concat()).contains("5 bytes follow its last tensor"));
        assert!(said(&whole[..whole.len() - 5]).contains("cut short: 5 bytes"));
        assert!(said(&whole[..length / 2]).contains("cut short: its header"));
        let tensor = r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
        assert!(said(&raw_file(&format!("{{{tensor},{tensor}}}"), &[0; 4])).contains("`a` appears twice"));

        let mut dict = plain(&model, &state.raw);
        let bias = dict.last_mut().unwrap();
        (bias.1, bias.3) = (Dtype::F8_E4M3, vec![0; 10]);
        assert!(said(&file(&dict)).contains("`22.bias` is of type F8_E4M3"));
        let variance = model.parameters.iter().find(|one| one.name == "18.running_var").unwrap();
        variance.from_pytorch(&vec![-1.0; variance.count()], &mut state.raw);
        assert!(
            said(&file(&plain(&model, &state.raw))).contains("`18.running_var` contains -1, but a variance")
        );

        for (bytes, word) in [
            (
                &b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0archive/data.pkl"[..],
                "save_file",
            ),
            (b"\x80\x04\x95", "a Python pickle"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
            (b"<!doctype html>", "web page"),
            (b"GGUF\x03\0\0\0", "GGUF"),
        ] {
            assert!(said(bytes).contains(word), "{}", said(bytes));
            assert!(matches!(metadata("a file", bytes), Err(CheckpointError::Foreign { .. })));
        }
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
            assert!(error.to_string().starts_with("a file: this is not a safetensors file"), "{error}");
        }
    }
}
