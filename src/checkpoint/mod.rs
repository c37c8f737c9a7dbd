//! Checkpoints: safetensors with PyTorch's names and layouts, so that either side opens the other's files.
//!
//! | tensors | contents |
//! | --- | --- |
//! | `raw.0.weight`, … | the weights and batch norm's buffers |
//! | `ema.0.98.0.weight`, … | each average, under its name, with the first `-` replaced by `.` |
//! | `lookahead.0.weight`, … | the slow weights of lookahead, in runs with it |
//! | `adam.exp_avg.0.weight`, `adam.exp_avg_sq.0.weight`, … | Adam's moments of the trained weights; with SGD, the first are its momentum and the second 0 |
//!
//! Without the prefix, the names are those of a state dict of the `nn.Sequential` with the same modules, including
//! batch norm's `num_batches_tracked`, so `load_state_dict` accepts them strictly. The rest of the run is JSON in the
//! file's metadata under the key `emascope`. No random state is saved: random numbers are hashes of the seed and the
//! step.

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
use crate::gpu::AdapterReport;
use crate::model::Model;
use crate::report::{EvaluationPoint, null_is_nan};
use crate::trainer::TrainingState;
use tensors::{Tensors, tensor};

/// Version of the format that this program writes, and the newest it reads.
pub const VERSION: u64 = 1;

/// The key of our JSON in a file's metadata. It is the only one, so equal states give equal bytes.
const METADATA_KEY: &str = "emascope";

const RAW: &str = "raw.";
const SLOW: &str = "lookahead.";
const EXP_AVG: &str = "adam.exp_avg.";
const EXP_AVG_SQ: &str = "adam.exp_avg_sq.";

/// Training loss since the last evaluation, so that the next one reports the same mean after resuming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossSum {
    /// Sum over the steps; NaN in files of runs that diverged.
    #[serde(deserialize_with = "null_is_nan")]
    pub sum: f64,
    /// Number of steps.
    pub steps: u64,
}

/// The contents of a checkpoint other than tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Version of the format.
    pub version: u64,
    /// The settings of the run.
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
    /// What computed the last step; unknown in earlier files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterReport>,
}

/// The prefix of an average's tensors: `ema.0.98.`.
fn ema_prefix(spec: &AverageSpec) -> String {
    spec.name().replacen('-', ".", 1) + "."
}

/// A checkpoint as bytes. Equal arguments give equal bytes.
///
/// # Panics
/// If `state` is of another network, or does not have one average for each in the experiment.
pub fn to_bytes(metadata: &Metadata, model: &Model, state: &TrainingState) -> Vec<u8> {
    assert_eq!(state.ema.len(), metadata.experiment.ema.len(), "number of averages");
    let prefixes = metadata.experiment.ema.iter().map(ema_prefix);
    let slow = state.slow.iter().map(|slow| (SLOW.to_owned(), slow));
    let arenas = iter::once((RAW.to_owned(), &state.raw)).chain(prefixes.zip(&state.ema)).chain(slow);
    let mut tensors: Vec<NamedTensor> =
        arenas.flat_map(|(prefix, arena)| module(&prefix, model, arena, state.step)).collect();
    for (prefix, moment) in [(EXP_AVG, &state.exp_avg), (EXP_AVG_SQ, &state.exp_avg_sq)] {
        tensors.extend(model.trained().map(|parameter| tensor(prefix, parameter, moment)));
    }
    let text = serde_json::to_string(metadata).expect("metadata is JSON");
    file_of(&tensors, Some(HashMap::from([(METADATA_KEY.to_owned(), text)])))
}

/// The weights of an arena after step `step` as a plain state dict, which `load_state_dict` accepts strictly.
pub fn state_dict(model: &Model, arena: &[f32], step: u64) -> Vec<u8> {
    // The entry that PyTorch's own writer adds and some readers require.
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    file_of(&module("", model, arena, step), Some(format))
}

/// The metadata of a checkpoint. It describes the network, which must be built before the tensors can be read.
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

/// The state of a saved run, checked against the settings, the network and the data of the run to resume.
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
    let slow = (experiment.lookahead > 0)
        .then(|| tensors.arena(SLOW, model.parameters.iter(), model.arena_floats))
        .transpose()?;
    let state = TrainingState {
        step: metadata.step,
        raw,
        ema: ema.collect::<Result<_, _>>()?,
        slow,
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
    /// The prefix of their names in the file, such as `module.`, `ema.0.98.` or nothing.
    pub prefix: String,
    /// The arena of weights.
    pub raw: Vec<f32>,
}

/// Reads weights to start a run from: a state dict of the network as PyTorch saves it, with or without wrappers, or a
/// network of a checkpoint. `prefix` (with or without its final dot) chooses one of several; without it a checkpoint
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
mod tests;
