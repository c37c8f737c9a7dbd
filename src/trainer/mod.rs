//! A training run: steps, evaluations and their results.
//!
//! Everything a step needs lies on the GPU before the step begins. [`Trainer::train`] writes the rows of the coming steps
//! into the step table, encodes them all and submits once; it never waits for a result. Losses and followed weights go to
//! rings on the GPU that are read on request; a result is [`Pending`] until it has arrived.
//!
//! A run is built in four stages, each a function of the one before: it is described, planned, allocated and opened.
//!
//! - `describe`: a network and data that fit
//! - `planned`: the passes recorded and the memory known, and then allocated
//! - `open`: kernels compiled and bound, the first weights written
//! - `feed`: the settings of each step, and the images on the GPU
//! - `passes`: the passes as plans
//! - `steps`: training
//! - `parts`: one step, part by part
//! - `evaluation`: accuracy, loss and predictions of the raw weights and each average
//! - `classifier`: single pictures through the network
//! - `metrics`, `probe`: the two rings
//! - `state`: the state in a checkpoint; weights read back
//! - `change`: changes of settings during a run
//! - `nearest`: the nearest possible run, for settings that do not fit

mod change;
mod classifier;
mod describe;
mod evaluation;
mod feed;
#[cfg(test)]
mod layouts;
mod metrics;
mod nearest;
mod open;
mod parts;
mod passes;
mod pending;
mod planned;
mod probe;
mod state;
mod steps;

use std::{cell::Cell, collections::VecDeque};

pub use change::{Change, PreparedChange};
pub use classifier::Classifier;
pub use describe::RECOMPUTE_IMAGES;
pub use evaluation::{Evaluated, Evaluation, Predictions};
pub(crate) use feed::{BatchHeader, Flip};
pub use feed::{Images, Outline, gather};
pub use metrics::StepMetric;
pub use passes::{add_view, metrics, predict};
pub use pending::Pending;
pub use planned::PlannedTrainer;
pub use probe::{MAX_PROBES, PROBE_STEPS, Probe, ProbeSamples, probe};
pub use state::{TrainingState, is_finite};
pub use steps::MAX_STEPS_A_SUBMIT;

use feed::Feed;
use parts::Part;
use probe::Probes;

use crate::{
    average::{AverageSpec, EmaError, ModelEma},
    config::{ConfigError, Experiment},
    data::Dataset,
    executor::{BoundPlan, Buffers, Executor, Submission},
    gpu::GpuError,
    layers::kernels::Tiles,
    model::Model,
    network::ShapeError,
    plan::{MemoryReport, View},
};

/// Errors of a training run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrainError {
    /// The adapter.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The network.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The averages.
    #[error(transparent)]
    Ema(#[from] EmaError),
    /// Settings that are invalid, or cannot be changed during a run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Fewer training images than a batch.
    #[error(
        "a batch of {batch} images needs at least as many training images, but there are {images}; choose a smaller batch"
    )]
    BatchTooLarge {
        /// Images in a batch.
        batch: u32,
        /// Training images.
        images: usize,
    },
    /// Batch norm over one value per channel, whose variance is not defined.
    #[error(
        "layer {layer} (batch_norm) would have one value a channel to normalise, a batch of 1 image of 1×1 pixels; choose a \
         larger batch, or put the norm before the pooling"
    )]
    SingleValue {
        /// Index of the layer in the model.
        layer: String,
    },
    /// No test images.
    #[error("the data set {0} has no test images to evaluate on")]
    NoTestImages(String),
    /// A weight that the network does not have.
    #[error("{0}")]
    NoSuchWeight(String),
    /// A saved state of another network or bank.
    #[error("the saved state does not fit this run: {0}")]
    OtherState(String),
}

/// The raw weights or one of their averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The weights as the optimizer updates them.
    Raw,
    /// Average `k` of the bank.
    Ema(usize),
}

impl Weights {
    /// Index among the methods: 0 for the raw weights, `1 + k` for average `k`.
    fn place(self, averages: usize) -> Result<usize, EmaError> {
        match self {
            Self::Raw => Ok(0),
            Self::Ema(k) if k < averages => Ok(1 + k),
            Self::Ema(index) => Err(EmaError::NoSuchAverage { index, len: averages }),
        }
    }
}

/// Ranges that outlive a step.
struct Arenas {
    weights: View,
    gradients: View,
    moments: [View; 2],
    /// The slow weights of lookahead.
    slow: Option<View>,
    bank: View,
    /// Sums of each batch of an evaluation of the raw weights, followed by those of each average.
    results: View,
    /// Class and probability of each test image for the raw weights, followed by those of each average.
    predictions: View,
    metrics: View,
    /// Indices of the followed weights.
    probed: View,
    probes: View,
}

/// A training run on a GPU.
pub struct Trainer {
    executor: Executor,
    experiment: Experiment,
    model: Model,
    buffers: Buffers,
    arenas: Arenas,
    memory: MemoryReport,
    tiles: Tiles,
    train_feed: Feed,
    evaluate_feed: Feed,
    recompute_feed: Feed,
    train: BoundPlan,
    evaluate: Vec<BoundPlan>,
    recompute: Vec<Option<BoundPlan>>,
    /// Indices of the first dispatches of the parts of a step after the first.
    parts: [usize; 3],
    /// The part of a step that comes next.
    part: Part,
    outline: Outline,
    /// Properties of the training and test images.
    images: [Images; 2],
    step: u64,
    order: (u64, Vec<u32>),
    ema: ModelEma,
    disturbance: Option<f64>,
    in_flight: VecDeque<Submission>,
    metrics_read: Cell<u64>,
    probes: Probes,
}

impl Trainer {
    /// Builds the network, plans and allocates its memory, and uploads the data. Labels are redrawn here if the experiment
    /// has label noise; limits on the number of images must already be applied to `dataset`.
    ///
    /// # Errors
    /// [`TrainError`]: a network that does not fit, a batch larger than the data, an adapter that is too small.
    pub async fn new(
        executor: &Executor,
        experiment: &Experiment,
        dataset: &Dataset,
    ) -> Result<Self, TrainError> {
        PlannedTrainer::new(executor, experiment, dataset)?.allocate(dataset).await
    }

    /// Frees its memory on the adapter now, even while the trainer is still referenced: it can then neither train nor be
    /// read. Results that are already being read back still arrive. Dropping a trainer does the same.
    pub fn release(&self) {
        self.buffers.release();
        let recompute = self.recompute.iter().flatten();
        for plan in std::iter::once(&self.train).chain(&self.evaluate).chain(recompute) {
            plan.release();
        }
    }

    /// The configuration of the run.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Averages of the bank, in order.
    pub fn averages(&self) -> &[AverageSpec] {
        &self.experiment.ema
    }

    /// The raw weights and every average: the methods evaluated at each point of the history.
    pub fn methods(&self) -> Vec<Weights> {
        std::iter::once(Weights::Raw).chain((0..self.averages().len()).map(Weights::Ema)).collect()
    }

    /// The network.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The adapter and its queue.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Steps submitted so far.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Whole batches in the training data. The images left over are left out of an epoch, different ones each time.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.outline.train / self.experiment.batch as usize) as u64
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.experiment.total_steps(self.steps_per_epoch())
    }

    /// The memory allocated on the GPU, including the data set.
    pub fn memory(&self) -> &MemoryReport {
        &self.memory
    }

    /// The tiles of the convolution kernels measured to be fastest, if any were measured.
    pub fn tiles(&self) -> &Tiles {
        &self.tiles
    }

    /// Number of dispatches in a training step.
    pub fn dispatches_per_step(&self) -> usize {
        self.train.len()
    }

    /// Bytes that a training step reads and writes, by the definitions of its kernels.
    pub fn moved_per_step(&self) -> u64 {
        self.train.moved()
    }

    /// Multiplications and additions of a training step, by the definitions of its kernels.
    pub fn flops_per_step(&self) -> u64 {
        self.train.flops()
    }

    /// Puts average `k` in place of the raw weights for [`evaluate_current`](Self::evaluate_current).
    ///
    /// # Errors
    /// [`EmaError::AppliedTwice`], [`EmaError::NoSuchAverage`].
    pub fn apply(&mut self, k: usize) -> Result<(), TrainError> {
        Ok(self.ema.apply(k, self.experiment.ema.len())?)
    }

    /// Puts the raw weights back.
    ///
    /// # Errors
    /// [`EmaError::NotApplied`].
    pub fn restore(&mut self) -> Result<(), TrainError> {
        Ok(self.ema.restore()?)
    }
}
