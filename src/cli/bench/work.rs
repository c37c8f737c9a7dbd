//! `emascope bench --export`: a training step as a file, for other programs to reproduce.

use std::collections::HashMap;
use std::path::Path;

use emascope::average::AverageSpec;
use emascope::checkpoint::{self, NamedTensor, file_of, module};
use emascope::config::{Augment, Experiment};
use emascope::data::{Dataset, IMAGE_SIDE};
use emascope::executor::Executor;
use emascope::trainer::Trainer;
use pollster::block_on;
use safetensors::Dtype;
use serde::Serialize;

/// The key of our JSON in the file's metadata.
const METADATA_KEY: &str = "work";

/// Steps whose losses the file holds.
const STEPS: u32 = 5;

/// The file's metadata.
#[derive(Serialize)]
struct Work {
    network: String,
    batch: u32,
    learning_rate: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    averages: Vec<f64>,
    /// Losses of training steps on the batch; the first is before any update.
    losses: Vec<f64>,
}

/// Writes initial weights under PyTorch's names, one batch (`x`: `[batch, 3, 32, 32]`, normalised; `labels`) and, as
/// metadata, the settings and the losses of five steps on that batch.
pub fn export(
    executor: &Executor,
    experiment: &Experiment,
    mut dataset: Dataset,
    file: &Path,
) -> anyhow::Result<()> {
    checkpoint::Tried::replacing(file)?;
    dataset.limit(Some(experiment.batch as usize), None);
    let experiment = Experiment { augment: Augment::NONE, shuffle: false, ..experiment.clone() };
    let mut trainer = block_on(Trainer::new(executor, &experiment, &dataset))?;
    let state = block_on(trainer.state())?;
    trainer.train(STEPS)?;
    let losses = block_on(trainer.metrics())?.iter().map(|metric| metric.loss).collect();
    let work = Work {
        network: experiment.preset.to_string(),
        batch: experiment.batch,
        learning_rate: experiment.lr,
        beta1: experiment.beta1,
        beta2: experiment.beta2,
        eps: experiment.eps,
        averages: experiment.ema.iter().filter_map(AverageSpec::beta).collect(),
        losses,
    };
    let mut tensors = module("", trainer.model(), &state.raw, 0);
    tensors.extend(batch(&dataset));
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), serde_json::to_string(&work)?)]);
    Ok(checkpoint::write_file(file, &file_of(&tensors, Some(metadata)))?)
}

/// The training images, normalised but not augmented, and their labels.
fn batch(dataset: &Dataset) -> [NamedTensor; 2] {
    let (mean, deviation) = dataset.channel_statistics();
    let (split, pixels) = (&dataset.train, IMAGE_SIDE * IMAGE_SIDE);
    let value = |(i, &byte): (usize, &u8)| {
        let channel = i / pixels % 3;
        ((f64::from(byte) / 255.0 - mean[channel]) / deviation[channel]) as f32
    };
    let x = split.images.iter().enumerate().map(value).flat_map(f32::to_le_bytes).collect();
    let labels = split.labels.iter().map(|&label| i64::from(label)).flat_map(i64::to_le_bytes).collect();
    [
        ("x".to_owned(), Dtype::F32, vec![split.len(), 3, IMAGE_SIDE, IMAGE_SIDE], x),
        ("labels".to_owned(), Dtype::I64, vec![split.len()], labels),
    ]
}
