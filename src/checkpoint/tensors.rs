//! Named tensors in PyTorch's layout, to and from the bytes of a safetensors file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use safetensors::tensor::{Dtype, Metadata, TensorView};
use safetensors::{SafeTensorError, SafeTensors, serialize};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::CheckpointError;
use crate::foreign::Foreign;
use crate::model::Model;
use crate::network::Parameter;

/// Batch norm's integer counter in PyTorch, which is not averaged.
const COUNTER: &str = "num_batches_tracked";

/// Entries that averaging libraries store with weights: AveragedModel, ema-pytorch, timm and others.
const BOOKKEEPING: [&str; 6] = ["n_averaged", "initted", "step", "num_updates", "decay", "updates"];

/// Name, type, shape and bytes.
pub type NamedTensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// A safetensors file as bytes. Equal arguments with at most one entry of metadata give equal bytes.
///
/// # Panics
/// If the bytes of a tensor do not match its type and shape.
pub fn file_of(tensors: &[NamedTensor], metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).expect("as many bytes as the shape says"))
    });
    serialize(views, metadata).expect("views are valid")
}

/// The state dict of the module whose weights are `arena`, after `step` steps; every name begins with `prefix`.
pub fn module(prefix: &str, model: &Model, arena: &[f32], step: u64) -> Vec<NamedTensor> {
    let mut tensors = Vec::new();
    for parameter in &model.parameters {
        tensors.push(tensor(prefix, parameter, arena));
        if let Some(module) = parameter.name.strip_suffix("running_var") {
            let counter = step.to_le_bytes().to_vec();
            tensors.push((format!("{prefix}{module}{COUNTER}"), Dtype::I64, vec![], counter));
        }
    }
    tensors
}

pub(super) fn tensor(prefix: &str, parameter: &Parameter, arena: &[f32]) -> NamedTensor {
    let bytes = parameter.to_pytorch(arena).into_iter().flat_map(f32::to_le_bytes).collect();
    (format!("{prefix}{}", parameter.name), Dtype::F32, parameter.shape.clone(), bytes)
}

/// An open file of tensors; `file` is its name in errors.
pub(super) struct Tensors<'a> {
    pub file: &'a str,
    pub tensors: BTreeMap<String, TensorView<'a>>,
}

impl<'a> Tensors<'a> {
    pub fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        header(file, bytes)?;
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| not_safetensors(file, error.to_string()))?;
        Ok(Self { file, tensors: tensors.tensors().into_iter().collect() })
    }

    /// Reads the tensors of `parameters` under `prefix` into an arena of `floats`.
    pub fn arena<'p>(
        &self,
        prefix: &str,
        parameters: impl Iterator<Item = &'p Parameter>,
        floats: usize,
    ) -> Result<Vec<f32>, CheckpointError> {
        let mut found = Vec::new();
        for parameter in parameters {
            let tensor = format!("{prefix}{}", parameter.name);
            let (file, expected) = (self.file.to_owned(), parameter.shape.clone());
            let Some(view) = self.tensors.get(&tensor) else {
                return Err(CheckpointError::Missing { file, tensor, expected });
            };
            if view.shape() != expected {
                return Err(CheckpointError::Shape { file, tensor, found: view.shape().to_vec(), expected });
            }
            found.push((parameter, view));
        }
        // Allocated only now, so that a small file that names a large network takes no memory for it.
        let mut arena = vec![0.0; floats];
        for (parameter, view) in found {
            let Some(values) = floats_of(view) else {
                let (file, tensor) = (self.file.to_owned(), format!("{prefix}{}", parameter.name));
                return Err(CheckpointError::Type { file, tensor, found: view.dtype() });
            };
            parameter.from_pytorch(&values, &mut arena);
        }
        Ok(arena)
    }

    /// Fails if a tensor under `prefix` is not in `parameters`.
    pub fn no_others(&self, prefix: &str, parameters: &[Parameter]) -> Result<(), CheckpointError> {
        let known = |name: &str| name.ends_with(COUNTER) || parameters.iter().any(|one| one.name == name);
        let stranger = self.tensors.iter().find(|(name, view)| {
            name.strip_prefix(prefix).is_some_and(|name| !known(name) && !is_bookkeeping(name, view))
        });
        stranger.map_or(Ok(()), |(tensor, view)| {
            let (file, tensor) = (self.file.to_owned(), tensor.clone());
            Err(CheckpointError::Unexpected { file, tensor, found: view.shape().to_vec() })
        })
    }
}

/// Whether a tensor is a counter or a flag, or is empty.
fn is_bookkeeping(name: &str, view: &TensorView<'_>) -> bool {
    let count = view.shape().iter().product::<usize>();
    count == 0 || count == 1 && (floats_of(view).is_none() || BOOKKEEPING.contains(&name))
}

/// The header of a file, checked against its length.
///
/// # Errors
/// [`CheckpointError::Foreign`] and [`CheckpointError::NotSafetensors`].
pub(super) fn header(file: &str, bytes: &[u8]) -> Result<Metadata, CheckpointError> {
    if let Some(what) = Foreign::recognise(bytes).filter(|&what| what != Foreign::Safetensors) {
        return Err(CheckpointError::Foreign { file: file.to_owned(), what });
    }
    let (length, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|error| not_safetensors(file, reason(bytes, &error)))?;
    // Of several tensors with one name, the library takes the last.
    let Names { repeated } = serde_json::from_slice(&bytes[8..8 + length]).unwrap_or_default();
    if let Some(tensor) = repeated {
        return Err(not_safetensors(file, format!("`{tensor}` appears twice")));
    }
    Ok(metadata)
}

/// The problem with a file, as far as its header can be read.
fn reason(bytes: &[u8], error: &SafeTensorError) -> String {
    let length = bytes.first_chunk().map_or(u64::MAX, |&length| u64::from_le_bytes(length));
    let rest = bytes.get(8..).unwrap_or_default();
    if matches!(error, SafeTensorError::InvalidHeaderLength) {
        return format!("it is cut short: its header has {length} bytes, but only {} are there", rest.len());
    }
    let text = usize::try_from(length).ok().and_then(|length| rest.get(..length));
    // Not parsed into a tree, which takes ten times the memory of the text.
    type Entries<'a> = BTreeMap<String, &'a RawValue>;
    let Some(header) = text.and_then(|text| serde_json::from_slice::<Entries<'_>>(text).ok()) else {
        return error.to_string();
    };
    let metadata = header.get("__metadata__").and_then(|raw| serde_json::from_str(raw.get()).ok());
    let mut entries = metadata.into_iter().flat_map(Entries::into_iter);
    if let Some((key, value)) = entries.find(|(_, value)| !value.get().starts_with('"')) {
        return format!("its metadata entry `{key}` is {value}, but only text is allowed");
    }
    let end_of = |tensor: &&RawValue| Some(serde_json::from_str::<Span>(tensor.get()).ok()?.data_offsets.1);
    let end = header.values().filter_map(end_of).max();
    let (end, there) = (end.unwrap_or(0), rest.len() as u64 - length);
    match error {
        SafeTensorError::MetadataIncompleteBuffer if there > end => {
            format!("{} bytes follow its last tensor", there - end)
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            format!("it is cut short: {} bytes of its tensors are missing", end - there)
        }
        _ => error.to_string(),
    }
}

/// The range of a tensor's bytes.
#[derive(Deserialize)]
struct Span {
    data_offsets: (u64, u64),
}

/// Reads a JSON object for its first repeated key.
#[derive(Default)]
struct Names {
    repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let (mut seen, mut names) = (HashSet::new(), Names::default());
                while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                    if !seen.insert(name.clone()) {
                        names.repeated.get_or_insert(name);
                    }
                }
                Ok(names)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

fn not_safetensors(file: &str, reason: String) -> CheckpointError {
    CheckpointError::NotSafetensors { file: file.to_owned(), reason }
}

/// The values of a tensor as F32, rounded to nearest from F64; `None` for a type that is not a float.
pub(super) fn floats_of(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = view.data();
    Some(match view.dtype() {
        Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
        Dtype::F16 => {
            data.as_chunks().0.iter().map(|&bytes| half::f16::from_le_bytes(bytes).to_f32()).collect()
        }
        Dtype::BF16 => {
            data.as_chunks().0.iter().map(|&bytes| half::bf16::from_le_bytes(bytes).to_f32()).collect()
        }
        _ => return None,
    })
}
