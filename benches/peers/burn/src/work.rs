//! The file of `emascope bench --export`: initial weights under PyTorch's names, one batch, and what to do with it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::TensorData;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

/// What is to be done, from the metadata.
#[derive(Deserialize)]
pub struct Task {
    pub network: String,
    pub batch: usize,
    pub learning_rate: f64,
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    /// β of each moving average.
    pub averages: Vec<f32>,
    /// Of five steps, the first before any update.
    pub losses: Vec<f64>,
}

pub struct Work {
    pub task: Task,
    bytes: Vec<u8>,
}

impl Work {
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let (_, header) = SafeTensors::read_metadata(&bytes)?;
        let task = header.metadata().as_ref().and_then(|all| all.get("work"));
        let task: Task = serde_json::from_str(task.context("the metadata names no work")?)?;
        Ok(Self { task, bytes })
    }

    /// A tensor of numbers of 32 bits.
    pub fn floats(&self, name: &str) -> Result<TensorData> {
        let (bytes, shape) = self.tensor(name, Dtype::F32)?;
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Ok(TensorData::new(values, shape))
    }

    /// A tensor of integers of 64 bits.
    pub fn integers(&self, name: &str) -> Result<TensorData> {
        let (bytes, shape) = self.tensor(name, Dtype::I64)?;
        let values: Vec<i64> = bytes.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect();
        Ok(TensorData::new(values, shape))
    }

    fn tensor(&self, name: &str, dtype: Dtype) -> Result<(Vec<u8>, Vec<usize>)> {
        let all = SafeTensors::deserialize(&self.bytes)?;
        let tensor = all.tensor(name).with_context(|| format!("the work holds no {name}"))?;
        ensure!(tensor.dtype() == dtype, "{name} is {:?}, not {dtype:?}", tensor.dtype());
        Ok((tensor.data().to_vec(), tensor.shape().to_vec()))
    }
}
