//! A training run: steps, evaluations and their numbers.
//!
//! Everything a step needs lies on the GPU before the step begins. [`Trainer::train`] writes the rows of the coming steps
//! into the step table, encodes them all and submits once; it never waits for a result. Losses and followed weights go to
//! rings on the GPU that are read when asked; what is read is [`Pending`] until it has arrived.
//!
//! - `feed`: what a step needs to know, and the images on the GPU
//! - `record`: the passes as plans
//! - `steps`: training
//! - `evaluation`: accuracy, loss and predictions of the raw weights and each average
//! - `metrics`, `probe`: the two rings
//! - `state`: what a checkpoint holds; weights read back
//! - `change`: other settings in the middle of a run

mod change;
mod evaluation;
mod feed;
mod metrics;
mod pending;
mod probe;
mod record;
mod state;
mod steps;

use std::{cell::Cell, collections::VecDeque};

pub use change::{Change, PreparedChange};
pub use evaluation::{Evaluated, Evaluation, Predictions};
pub use feed::{Images, gather};
pub use metrics::StepMetric;
pub use pending::Pending;
pub use probe::{MAX_PROBES, PROBE_STEPS, Probe, ProbeSamples, probe};
pub use record::{metrics, predict};
pub use state::TrainingState;
pub use steps::MAX_STEPS_A_SUBMIT;

use evaluation::Outputs;
use feed::{BatchHeader, Feed, Rows};
use probe::Probes;
use record::Passes;

use crate::{
    config::{BufferPolicy, ConfigError, EmaSpec, Experiment},
    data::{Dataset, redraw_labels},
    ema::{EmaError, EmaRates, ModelEma},
    gpu::{Buffers, Gpu, GpuError, Recording},
    layers::{Pass, ShapeError, kernels::ConvKernels},
    model::Model,
    plan::{Memory, Plan, Slot, View},
};

/// Images of a pass that measures batch norm's buffers anew.
const RECOMPUTE_IMAGES: usize = 2048;

/// What goes wrong in a training run.
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
    /// Settings that cannot be, or cannot be from now on.
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
    /// Batch norm over one value a channel, whose variance is not defined.
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
    /// As the optimizer left them.
    Raw,
    /// Average `k` of the bank.
    Ema(usize),
}

impl Weights {
    /// Place among the methods: the raw weights are 0, average `k` is `1 + k`.
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
    bank: View,
    /// Sums of each batch of an evaluation; of the raw weights, each average's lie behind.
    results: View,
    /// Class and probability of each test image; of the raw weights, each average's lie behind.
    predictions: View,
    metrics: View,
    /// Which weights are followed.
    probed: View,
    probes: View,
}

/// A training run on a GPU.
pub struct Trainer {
    gpu: Gpu,
    experiment: Experiment,
    model: Model,
    buffers: Buffers,
    arenas: Arenas,
    gpu_bytes: u64,
    unshared_bytes: u64,
    train_feed: Feed,
    evaluate_feed: Feed,
    recompute_feed: Feed,
    train: Recording,
    evaluate: Vec<Recording>,
    recompute: Vec<Option<Recording>>,
    images: [usize; 2],
    step: u64,
    order: (u64, Vec<u32>),
    ema: ModelEma,
    disturbance: Option<f64>,
    in_flight: VecDeque<wgpu::SubmissionIndex>,
    metrics_read: Cell<u64>,
    probes: Probes,
}

impl Trainer {
    /// Builds the network, plans its memory, allocates it and uploads the data. Labels are redrawn here where the
    /// experiment asks for label noise; limits on the number of images apply to `dataset` before.
    ///
    /// # Errors
    /// [`TrainError`]: a network that does not fit, a batch larger than the data, an adapter that is too small.
    pub async fn new(gpu: &Gpu, experiment: &Experiment, dataset: &Dataset) -> Result<Self, TrainError> {
        let model = Model::new(&experiment.model_spec())?;
        let batch = experiment.batch as usize;
        let images = [dataset.train.len(), dataset.test.len()];
        if images[0] < batch {
            return Err(TrainError::BatchTooLarge { batch: experiment.batch, images: images[0] });
        }
        if let (1, Some(layer)) = (batch, &model.batch_norm_of_a_pixel) {
            return Err(TrainError::SingleValue { layer: layer.clone() });
        }
        if images[1] == 0 {
            return Err(TrainError::NoTestImages(dataset.name.clone()));
        }

        let memory = Memory::default();
        let train_images = Images::new(&memory, "training", &dataset.train, dataset);
        let test_images = Images::new(&memory, "test", &dataset.test, dataset);
        let evaluate_rows = images[1].div_ceil(batch);
        let recomputes = experiment.ema.iter().any(|spec| spec.buffers == BufferPolicy::Recompute);
        let recompute_rows =
            if recomputes { (RECOMPUTE_IMAGES / batch).clamp(1, images[0] / batch) } else { 1 };
        let train_feed = Feed::new(&memory, "training", MAX_STEPS_A_SUBMIT as usize, batch);
        let evaluate_feed = Feed::new(&memory, "evaluation", evaluate_rows, batch);
        let recompute_feed = Feed::new(&memory, "recompute", recompute_rows, batch);

        let arena = |label, floats: usize| memory.fixed(label, 4 * floats as u64);
        let averages = experiment.ema.len();
        let outputs = Outputs { rows: evaluate_rows, batch, methods: 1 + averages };
        let arenas = Arenas {
            weights: arena("weights", model.arena_floats),
            gradients: arena("gradients", model.parameter_floats),
            moments: ["first moments", "second moments"].map(|label| arena(label, model.parameter_floats)),
            bank: arena("averages", averages * model.arena_floats),
            results: outputs.results(&memory),
            predictions: outputs.predictions(&memory),
            metrics: metrics::ring(&memory),
            probed: probe::indices(&memory),
            probes: probe::ring(&memory),
        };
        let kernels = ConvKernels::for_adapter(gpu.adapter());
        let passes = Passes { kernels, memory: &memory, model: &model, experiment, arenas: &arenas };
        let train_plan = passes.record(Pass::Train, &train_feed, &train_images);
        let evaluate_plan = passes.record(Pass::Evaluate, &evaluate_feed, &test_images);
        let recompute_plan = passes.record(Pass::Recompute, &recompute_feed, &train_images);

        let buffers = Buffers::allocate(gpu, &memory).await?;
        let mut train_labels = dataset.train.labels.clone();
        redraw_labels(&mut train_labels, experiment.label_noise, experiment.seed);
        train_images.upload(gpu, &buffers, &dataset.train.images, &train_labels);
        test_images.upload(gpu, &buffers, &dataset.test.images, &dataset.test.labels);

        let arena_bytes = 4 * model.arena_floats as u64;
        let substitutes = |which: Weights| match which {
            Weights::Raw => vec![],
            Weights::Ema(k) => {
                let behind = |view: View| (view.slot, (view.slot, (1 + k as u64) * evaluation::stride(view)));
                let average = (arenas.bank.slot, k as u64 * arena_bytes);
                vec![(arenas.weights.slot, average), behind(arenas.results), behind(arenas.predictions)]
            }
        };
        let bind = |plan: &Plan, substitutes: &[(Slot, (Slot, u64))]| {
            Recording::new(gpu, plan, &buffers, substitutes)
        };
        let train = bind(&train_plan, &[]);
        let which = std::iter::once(Weights::Raw).chain((0..averages).map(Weights::Ema));
        let evaluate = which.map(|which| bind(&evaluate_plan, &substitutes(which))).collect();
        let recompute = (0..averages).map(|k| {
            let wanted = experiment.ema[k].buffers == BufferPolicy::Recompute;
            wanted.then(|| bind(&recompute_plan, &substitutes(Weights::Ema(k))))
        });
        let recompute = recompute.collect();

        let trainer = Self {
            gpu: gpu.clone(),
            experiment: experiment.clone(),
            gpu_bytes: memory.bytes(),
            unshared_bytes: memory.unshared_bytes(),
            images,
            model,
            buffers,
            arenas,
            train_feed,
            evaluate_feed,
            recompute_feed,
            train,
            evaluate,
            recompute,
            step: 0,
            order: (0, Vec::new()),
            ema: ModelEma::default(),
            disturbance: None,
            in_flight: VecDeque::new(),
            metrics_read: Cell::default(),
            probes: Probes::default(),
        };
        trainer.fill_evaluation_tables();
        trainer.write_state(&trainer.initial_state());
        Ok(trainer)
    }

    /// The rows of evaluation and recompute never change: every image once, in order, as it is.
    fn fill_evaluation_tables(&self) {
        let batch = self.experiment.batch as usize;
        let [train, test] = self.images;
        for (feed, len) in [(&self.evaluate_feed, test), (&self.recompute_feed, train)] {
            let mut rows = Rows::new(batch);
            let indices: Vec<u32> = (0..len as u32).collect();
            for (i, indices) in (0..).zip(indices.chunks(batch).take(feed.rows())) {
                // A running mean with weight 1 / (i + 1) is the mean of all: PyTorch's cumulative momentum.
                let header =
                    BatchHeader { step: i, momentum: 1.0 / (i + 1) as f32, ..BatchHeader::default() };
                rows.push(header, None, EmaRates::default(), indices);
            }
            feed.fill(&self.gpu, &self.buffers, &rows);
        }
    }

    /// The configuration of the run.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Averages of the bank, in order.
    pub fn averages(&self) -> &[EmaSpec] {
        &self.experiment.ema
    }

    /// The raw weights and every average: what a point of the history evaluates.
    pub fn methods(&self) -> Vec<Weights> {
        std::iter::once(Weights::Raw).chain((0..self.averages().len()).map(Weights::Ema)).collect()
    }

    /// The network.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The adapter and its queue.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Steps submitted so far.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Whole batches in the training data; what is left over is left out of an epoch, by another draw each time.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.images[0] / self.experiment.batch as usize) as u64
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.experiment.total_steps(self.steps_per_epoch())
    }

    /// Bytes allocated on the GPU, data set included.
    pub fn gpu_bytes(&self) -> u64 {
        self.gpu_bytes
    }

    /// Bytes that activations would take if none shared memory.
    pub fn unshared_gpu_bytes(&self) -> u64 {
        self.unshared_bytes
    }

    /// Dispatches a training step makes.
    pub fn dispatches_per_step(&self) -> usize {
        self.train.len()
    }

    /// Multiplications and additions of a training step, by the definitions of its kernels.
    pub fn flops_per_step(&self) -> u64 {
        self.train.flops()
    }

    /// Puts average `k` in the place of the raw weights for [`evaluate_current`](Self::evaluate_current).
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
