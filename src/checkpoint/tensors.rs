//! Named tensors in PyTorch's layout, to and from the bytes of a safetensors file.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use super::CheckpointError;
use crate::model::{Model, Parameter};

/// PyTorch's integer counter of batch norm, which no average applies to.
const COUNTER: &str = "num_batches_tracked";

/// Name, type, shape and bytes.
pub type NamedTensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// A safetensors file as bytes. Equal arguments with at most one entry of metadata give equal bytes.
///
/// # Panics
/// If a tensor has not as many bytes as its type and shape say.
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

/// A file of tensors that is open; `file` in its errors is the name it was opened by.
pub(super) struct Tensors<'a> {
    file: &'a str,
    pub tensors: BTreeMap<String, TensorView<'a>>,
}

impl<'a> Tensors<'a> {
    pub fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| not_safetensors(file, &error))?;
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
        // Only now: a small file that names a large network takes no memory for it.
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

    /// Fails if there is a tensor under `prefix` that is none of `parameters`.
    pub fn no_others(&self, prefix: &str, parameters: &[Parameter]) -> Result<(), CheckpointError> {
        let known = |name: &str| name.ends_with(COUNTER) || parameters.iter().any(|one| one.name == name);
        let stranger =
            self.tensors.iter().find(|(name, _)| name.strip_prefix(prefix).is_some_and(|n| !known(n)));
        stranger.map_or(Ok(()), |(tensor, view)| {
            let (file, tensor) = (self.file.to_owned(), tensor.clone());
            Err(CheckpointError::Unexpected { file, tensor, found: view.shape().to_vec() })
        })
    }
}

pub(super) fn not_safetensors(file: &str, reason: &dyn std::fmt::Display) -> CheckpointError {
    CheckpointError::NotSafetensors { file: file.to_owned(), reason: reason.to_string() }
}

/// The values of a tensor as F32, rounded to nearest where they were F64; nothing for a type that holds no floats.
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
