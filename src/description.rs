//! The description of a run, for the page and for recorded runs.

use serde::{Deserialize, Serialize};

use crate::{
    average::{AverageSpec, MAX_AVERAGES},
    config::Experiment,
    data::Dataset,
    gpu::AdapterReport,
    network::Parameter,
    report::{Provenance, RAW},
    trainer::{MAX_PROBES, RECOMPUTE_IMAGES, Trainer},
};

/// Limits that no setting changes.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Limits {
    /// The most averages in a run.
    pub averages: usize,
    /// The most weights that can be probed at once.
    pub probes: usize,
    /// The most images in the pass that recomputes batch norm's statistics.
    pub recompute_images: usize,
}

/// The limits of this engine.
pub const LIMITS: Limits =
    Limits { averages: MAX_AVERAGES, probes: MAX_PROBES, recompute_images: RECOMPUTE_IMAGES };

/// The description of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Description {
    /// What computes it.
    pub adapter: AdapterReport,
    /// What computed the steps before the checkpoint that it was resumed from, if it was something else. The rest then
    /// agrees within rounding with a run that was not moved, and not bit by bit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(target_arch = "wasm32", tsify(optional))]
    pub moved_from: Option<AdapterReport>,
    /// The images.
    pub dataset: DatasetReport,
    /// The network's name.
    pub network: String,
    /// The number of its parameters.
    pub parameters: usize,
    /// Bytes on the adapter, including the data set.
    pub gpu_bytes: u64,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// The raw weights, then each average in the order of the bank.
    pub methods: Vec<Method>,
    /// Every trainable tensor, in the order of the network.
    pub tensors: Vec<TensorReport>,
}

/// A data set without its images.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct DatasetReport {
    /// Its name.
    pub name: String,
    /// Whether its images are procedural.
    pub synthetic: bool,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Names by label.
    pub classes: Vec<String>,
}

/// A method: the raw weights or an average.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Method {
    /// `raw`, or the average's name.
    pub name: String,
    /// The average itself, as the setting `ema` spells it; nothing for the raw weights, and
    /// in what earlier versions of the page stored.
    #[cfg_attr(target_arch = "wasm32", tsify(optional, type = "AverageSpec | null"))]
    pub average: Option<AverageSpec>,
}

/// A trainable tensor by PyTorch's name and shape.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct TensorReport {
    /// The name, such as `0.weight`.
    pub name: String,
    /// The shape, in PyTorch's order.
    pub shape: Vec<usize>,
}

impl DatasetReport {
    /// Describes a data set.
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            name: dataset.name.clone(),
            synthetic: dataset.synthetic,
            train: dataset.train.len(),
            test: dataset.test.len(),
            classes: dataset.class_names.clone(),
        }
    }
}

impl Description {
    /// Describes the run of `trainer` on `dataset`.
    pub fn of(trainer: &Trainer, dataset: &DatasetReport) -> Self {
        let raw = Method { name: RAW.to_owned(), average: None };
        let averages =
            trainer.averages().iter().map(|&spec| Method { name: spec.name(), average: Some(spec) });
        let tensor = |parameter: &Parameter| TensorReport {
            name: parameter.name.clone(),
            shape: parameter.shape.clone(),
        };
        Self {
            adapter: trainer.executor().adapter().clone(),
            moved_from: None,
            dataset: dataset.clone(),
            network: trainer.model().name.clone(),
            parameters: trainer.model().parameter_count(),
            gpu_bytes: trainer.memory().bytes,
            steps_per_epoch: trainer.steps_per_epoch(),
            total_steps: trainer.total_steps(),
            methods: std::iter::once(raw).chain(averages).collect(),
            tensors: trainer.model().trained().map(tensor).collect(),
        }
    }

    /// The origin of the run's numbers after `step` steps.
    pub fn provenance(&self, experiment: &Experiment, step: u64) -> Provenance {
        let Self { adapter, dataset, network, parameters, .. } = self;
        Provenance {
            dataset: dataset.name.clone(),
            synthetic: dataset.synthetic,
            train_images: dataset.train,
            test_images: dataset.test,
            network: network.clone(),
            parameters: *parameters,
            steps: step,
            batch: experiment.batch,
            seed: experiment.seed,
            adapter: adapter.to_string(),
        }
    }
}
