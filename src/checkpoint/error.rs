use safetensors::tensor::Dtype;

use super::VERSION;
use crate::foreign::Foreign;

/// A problem that makes a file of weights unusable. Each message names the file and, where there is one, the tensor.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file can't be read.
    #[error("{file}: cannot be read: {reason}")]
    Read {
        /// The file.
        file: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// The file can't be written; an existing one is untouched.
    #[error("{file}: cannot be written: {reason}; an existing file is unchanged")]
    Write {
        /// The file.
        file: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// A file that can't be replaced was written in place, and that failed midway.
    #[error(
        "{file}: cannot be written: {reason}; nothing can take its place, as it is mounted, so it is incomplete: what was to \
         be saved is in {kept}"
    )]
    InPlace {
        /// The file.
        file: String,
        /// The file with the complete contents.
        kept: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// Another kind of file.
    #[error("{file}: this is {what}, but weights must be in a safetensors file. {}", .what.instead_of_weights())]
    Foreign {
        /// The file.
        file: String,
        /// The file's type.
        what: Foreign,
    },
    /// Several networks to choose from.
    #[error(
        "{file}: contains several networks, {found}; choose one by its prefix: --init \"{file}#{example}\""
    )]
    SeveralNetworks {
        /// The file.
        file: String,
        /// The prefixes of their names.
        found: String,
        /// One of them.
        example: String,
    },
    /// A prefix that no tensor has.
    #[error("{file}: no tensor's name begins with `{asked}`; prefixes of this network in the file: {found}")]
    NoSuchPrefix {
        /// The file.
        file: String,
        /// The requested prefix.
        asked: String,
        /// The prefixes in the file.
        found: String,
    },
    /// A negative variance.
    #[error(
        "{file}: `{tensor}` contains {value}, but a variance cannot be negative; the file is damaged or invalid"
    )]
    NegativeVariance {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// The first such value.
        value: f32,
    },
    /// A damaged file, or one of an unknown format.
    #[error("{file}: this is not a safetensors file, or it is damaged ({reason})")]
    NotSafetensors {
        /// The file.
        file: String,
        /// The problem.
        reason: String,
    },
    /// Weights without the rest of a run.
    #[error("{file}: contains only weights, no run to resume; use --init to start a new run from them")]
    NoRun {
        /// The file.
        file: String,
    },
    /// A checkpoint of a later program.
    #[error(
        "{file}: has checkpoint version {found}, but this program reads up to {VERSION}; use a newer Emascope"
    )]
    Newer {
        /// The file.
        file: String,
        /// Its version.
        found: u64,
    },
    /// Metadata of ours that can't be read.
    #[error("{file}: the checkpoint's metadata cannot be read: {reason}")]
    BadMetadata {
        /// The file.
        file: String,
        /// The problem.
        reason: String,
    },
    /// A tensor of another shape than the network's.
    #[error(
        "{file}: is from a different network: `{tensor}` has shape {found:?} there and {expected:?} in this network"
    )]
    Shape {
        /// The file.
        file: String,
        /// The first tensor that differs.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// Its shape in the network.
        expected: Vec<usize>,
    },
    /// A tensor of the network that the file lacks.
    #[error("{file}: is incomplete or from a different network: it has no `{tensor}` (shape {expected:?})")]
    Missing {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its shape in the network.
        expected: Vec<usize>,
    },
    /// A tensor of the file that the network lacks.
    #[error(
        "{file}: is from a different network: it has `{tensor}` (shape {found:?}), which this network lacks"
    )]
    Unexpected {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// A tensor of integers or of a rare float type.
    #[error("{file}: `{tensor}` is of type {found}; weights must be F32, F64, F16 or BF16")]
    Type {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its type.
        found: Dtype,
    },
    /// A run whose weights, averages or moments are infinite or NaN.
    #[error(
        "{file}: contains a run that diverged by step {step}: {what} are infinite or NaN; resume an earlier checkpoint, \
         or begin again with a lower --lr"
    )]
    Diverged {
        /// The file.
        file: String,
        /// Steps taken.
        step: u64,
        /// The values that are not finite.
        what: String,
    },
    /// Weights to start from that are infinite or NaN.
    #[error(
        "{file}: `{tensor}` contains values that are infinite or NaN, as after a run that diverged, so no training can \
         start from it"
    )]
    NotFinite {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
    },
    /// Another bank of averages.
    #[error(
        "{file}: contains the averages {found}, but the run has {expected}; leave out --ema to resume with its own"
    )]
    OtherAverages {
        /// The file.
        file: String,
        /// The averages of the file.
        found: String,
        /// The requested averages.
        expected: String,
    },
    /// Another data set.
    #[error(
        "{file}: was trained on {found}, but this is {expected}; use the same images (--data) and limits"
    )]
    OtherData {
        /// The file.
        file: String,
        /// The data of the checkpoint.
        found: String,
        /// The data of this run.
        expected: String,
    },
}
