//! A training run: steps, evaluations and their numbers.
//!
//! Everything a step needs lies on the GPU before the step begins. [`Trainer::train`] writes the rows of the coming steps
//! into the step table, encodes them all and submits once; it never waits for a result. Losses go to a ring on the GPU
//! that [`Trainer::metrics`] reads when asked.

mod feed;

use std::{cell::RefCell, collections::VecDeque};

use feed::{BatchHeader, Feed, Rows};
pub use feed::{Images, gather};

use crate::{
    config::{BufferPolicy, EmaSpec, Experiment},
    data::{CLASSES, Dataset, Split, redraw_labels},
    ema::{self, EmaError, EmaRates, ModelEma},
    gpu::{Buffers, Gpu, GpuError, Kernel, KernelTime, Readback, Recording},
    kernel,
    layers::{Pass, Recorder, ShapeError, kernels::softmax_cross_entropy},
    model::{INPUT, Model},
    optim::{AdamHeader, adam, learning_rate},
    plan::{Dispatch, Memory, Plan, Slot, View, read, read_write},
    random::permutation,
    report::{EvaluationPoint, MethodScore, RAW},
};

/// Most steps that go out in one submit.
pub const MAX_STEPS_A_SUBMIT: u32 = 32;

/// Submits that may wait on the GPU before a native [`Trainer::train`] waits for the oldest.
const MAX_IN_FLIGHT: usize = 3;

/// Steps whose metrics the ring keeps.
const RING: u64 = 4096;

/// Images of a pass that measures batch norm's buffers anew.
const RECOMPUTE_IMAGES: usize = 2048;

/// PyTorch's momentum of batch norm's running buffers.
const BATCH_NORM_MOMENTUM: f32 = 0.1;

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
    /// No test images.
    #[error("the data set {0} has no test images to evaluate on")]
    NoTestImages(String),
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

/// Result of a pass over the test images.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evaluation {
    /// Share of right predictions, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy.
    pub loss: f64,
}

/// Result of a training step on its own batch, before its update.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StepMetric {
    /// Step, from 1.
    pub step: u64,
    /// Mean loss of the batch.
    pub loss: f64,
    /// Share of right predictions in the batch, in percent.
    pub accuracy: f64,
}

/// All of a run that its configuration and data do not determine.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// Steps made.
    pub step: u64,
    /// The arena of weights: parameters and buffers.
    pub raw: Vec<f32>,
    /// The arena of each average.
    pub ema: Vec<Vec<f32>>,
    /// Adam's first moments, parameters alone.
    pub exp_avg: Vec<f32>,
    /// Adam's second moments, parameters alone.
    pub exp_avg_sq: Vec<f32>,
}

impl TrainingState {
    /// The state before the first step: averages equal to the weights `raw` (an arena), moments of `parameter_floats` zeros.
    pub fn begin(raw: Vec<f32>, averages: usize, parameter_floats: usize) -> Self {
        let zeros = vec![0.0; parameter_floats];
        Self { step: 0, ema: vec![raw.clone(); averages], raw, exp_avg: zeros.clone(), exp_avg_sq: zeros }
    }
}

/// Slots of the plans that bindings are exchanged in.
struct Arenas {
    weights: View,
    gradients: View,
    moments: [View; 2],
    bank: View,
    results: View,
    ring: View,
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
    in_flight: VecDeque<wgpu::SubmissionIndex>,
    metrics_read: RefCell<u64>,
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
        if dataset.train.len() < batch {
            return Err(TrainError::BatchTooLarge { batch: experiment.batch, images: dataset.train.len() });
        }
        if dataset.test.is_empty() {
            return Err(TrainError::NoTestImages(dataset.name.clone()));
        }
        let mut train_split = dataset.train.clone();
        redraw_labels(&mut train_split, experiment.label_noise, experiment.seed);

        let memory = Memory::default();
        let train_images = Images::new(&memory, "training", &train_split, dataset);
        let test_images = Images::new(&memory, "test", &dataset.test, dataset);
        let evaluate_rows = dataset.test.len().div_ceil(batch);
        let recomputes = experiment.ema.iter().any(|spec| spec.buffers == BufferPolicy::Recompute);
        let recompute_rows =
            if recomputes { (RECOMPUTE_IMAGES / batch).clamp(1, train_split.len() / batch) } else { 1 };
        let train_feed = Feed::new(&memory, "training", MAX_STEPS_A_SUBMIT as usize, batch);
        let evaluate_feed = Feed::new(&memory, "evaluation", evaluate_rows, batch);
        let recompute_feed = Feed::new(&memory, "recompute", recompute_rows, batch);

        let arena = |label, floats: usize| memory.fixed(label, 4 * floats as u64);
        let averages = experiment.ema.len();
        let result_bytes = (16 * evaluate_rows as u64).next_multiple_of(256);
        let arenas = Arenas {
            weights: arena("weights", model.arena_floats),
            gradients: arena("gradients", model.parameter_floats),
            moments: ["first moments", "second moments"].map(|label| arena(label, model.parameter_floats)),
            bank: arena("averages", averages * model.arena_floats),
            results: memory.fixed("evaluation results", (1 + averages as u64) * result_bytes),
            ring: memory.fixed("metrics", 16 * RING),
        };
        let results = View { bytes: 16 * evaluate_rows as u64, ..arenas.results };

        let record = |pass, feed: &Feed, images: &Images| {
            record(pass, gpu.adapter().software, &memory, &model, experiment, &arenas, feed, images, results)
        };
        let train_plan = record(Pass::Train, &train_feed, &train_images);
        let evaluate_plan = record(Pass::Evaluate, &evaluate_feed, &test_images);
        let recompute_plan = record(Pass::Recompute, &recompute_feed, &train_images);

        let buffers = Buffers::allocate(gpu, &memory).await?;
        train_images.upload(gpu, &buffers, &train_split);
        test_images.upload(gpu, &buffers, &dataset.test);

        let arena_bytes = 4 * model.arena_floats as u64;
        let substitutes = |which: Weights| match which {
            Weights::Raw => vec![],
            Weights::Ema(k) => vec![
                (arenas.weights.slot, (arenas.bank.slot, k as u64 * arena_bytes)),
                (arenas.results.slot, (arenas.results.slot, (1 + k as u64) * result_bytes)),
            ],
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
            images: [train_split.len(), dataset.test.len()],
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
            in_flight: VecDeque::new(),
            metrics_read: RefCell::default(),
        };
        trainer.fill_evaluation_tables(&train_split, &dataset.test);
        trainer.write_state(&trainer.initial_state());
        Ok(trainer)
    }

    /// The rows of evaluation and recompute never change: every image once, in order, as it is.
    fn fill_evaluation_tables(&self, train: &Split, test: &Split) {
        let batch = self.experiment.batch as usize;
        for (feed, len) in [(&self.evaluate_feed, test.len()), (&self.recompute_feed, train.len())] {
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

    /// State before the first step: weights from the seed, averages equal to them.
    fn initial_state(&self) -> TrainingState {
        let raw = self.model.initialise(self.experiment.seed);
        TrainingState::begin(raw, self.experiment.ema.len(), self.model.parameter_floats)
    }

    /// The configuration of the run.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
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

    /// Makes `steps` more steps: writes their rows, encodes them, submits. Returns at once, but for a native run with
    /// several submits in flight, which waits for the oldest.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`] while an average is applied; [`GpuError::Lost`], [`GpuError::Timeout`].
    pub fn train(&mut self, steps: u32) -> Result<(), TrainError> {
        self.ema.require_raw()?;
        self.gpu.check()?;
        let mut left = steps;
        while left > 0 {
            let count = left.min(MAX_STEPS_A_SUBMIT);
            let mut rows = Rows::new(self.experiment.batch as usize);
            for step in self.step + 1..=self.step + u64::from(count) {
                self.push_step(&mut rows, step);
            }
            self.train_feed.fill(&self.gpu, &self.buffers, &rows);
            self.in_flight.push_back(self.train.submit(&self.gpu, count as usize));
            self.step += u64::from(count);
            left -= count;
            if cfg!(not(target_arch = "wasm32")) && self.in_flight.len() > MAX_IN_FLIGHT {
                self.gpu.poll(true, self.in_flight.pop_front())?;
            }
        }
        if cfg!(target_arch = "wasm32") {
            self.in_flight.clear();
        }
        Ok(())
    }

    /// Everything that step `step` = 1, 2, … needs to know.
    fn push_step(&mut self, rows: &mut Rows, step: u64) {
        let experiment = &self.experiment;
        let (epoch, place) = ((step - 1) / self.steps_per_epoch(), (step - 1) % self.steps_per_epoch());
        if self.order.1.is_empty() || self.order.0 != epoch {
            let order = if experiment.shuffle {
                permutation(experiment.seed, epoch as u32, self.images[0])
            } else {
                (0..self.images[0] as u32).collect()
            };
            self.order = (epoch, order);
        }
        let batch = experiment.batch as usize;
        let first = place as usize * batch;
        let header = BatchHeader {
            step: step as u32,
            seed: experiment.seed,
            flip: experiment.augment.flip.into(),
            crop: experiment.augment.crop,
            momentum: BATCH_NORM_MOMENTUM,
            ..BatchHeader::default()
        };
        let lr = learning_rate(experiment, step, experiment.total_steps(self.steps_per_epoch()));
        let adam = AdamHeader::new(experiment, lr, step);
        rows.push(header, Some(adam), ema::rates(&experiment.ema, step), &self.order.1[first..first + batch]);
    }

    /// Waits until the GPU has finished everything submitted.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Timeout`].
    pub async fn finish(&self) -> Result<(), TrainError> {
        Ok(self.gpu.finished().await?)
    }

    /// Test accuracy and loss of the given weights as of now, in the order asked for.
    ///
    /// # Errors
    /// [`EmaError::NoSuchAverage`], [`GpuError`].
    pub async fn evaluate(&self, which: &[Weights]) -> Result<Vec<Evaluation>, TrainError> {
        let readback = self.submit_evaluation(which)?;
        Ok(self.evaluations(&readback.take().await?))
    }

    /// Test accuracy and loss of the weights in place: the raw ones, or those of the applied average.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn evaluate_current(&self) -> Result<Evaluation, TrainError> {
        let which = self.ema.applied().map_or(Weights::Raw, Weights::Ema);
        Ok(self.evaluate(&[which]).await?[0])
    }

    /// Submits evaluations; the answer comes when the GPU has worked through everything before it.
    ///
    /// # Errors
    /// [`EmaError::NoSuchAverage`], [`GpuError::Lost`].
    pub fn submit_evaluation(&self, which: &[Weights]) -> Result<Readback, TrainError> {
        self.gpu.check()?;
        let results = &self.arenas.results;
        let bytes = results.bytes / (1 + self.experiment.ema.len() as u64);
        let mut ranges = Vec::with_capacity(which.len());
        for &which in which {
            let place = match which {
                Weights::Raw => 0,
                Weights::Ema(k) if k < self.experiment.ema.len() => 1 + k,
                Weights::Ema(index) => {
                    return Err(EmaError::NoSuchAverage { index, len: self.experiment.ema.len() }.into());
                }
            };
            if let Some(recompute) = place.checked_sub(1).and_then(|k| self.recompute[k].as_ref()) {
                self.replay_from_start(&self.recompute_feed, recompute);
            }
            self.replay_from_start(&self.evaluate_feed, &self.evaluate[place]);
            ranges.push((self.buffers.get(results.slot), place as u64 * bytes, bytes));
        }
        Ok(Readback::start(&self.gpu, &ranges))
    }

    fn replay_from_start(&self, feed: &Feed, recording: &Recording) {
        self.buffers.write(&self.gpu, feed.cursor.slot, 0, &[0_u32; 4]);
        recording.submit(&self.gpu, feed.rows());
    }

    /// What the bytes of a [`submit_evaluation`](Self::submit_evaluation) say.
    pub fn evaluations(&self, bytes: &[u8]) -> Vec<Evaluation> {
        let entries: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(bytes);
        let region = (self.arenas.results.bytes / 16) as usize / (1 + self.experiment.ema.len());
        let each = entries.chunks_exact(region).map(|entries| {
            let entries = &entries[..self.evaluate_feed.rows()];
            let sum = |i: usize| entries.iter().map(|entry| f64::from(entry[i])).sum::<f64>();
            Evaluation { accuracy: 100.0 * sum(1) / sum(2), loss: sum(0) / sum(2) }
        });
        each.collect()
    }

    /// The raw weights and every average: what a point of the history evaluates.
    pub fn methods(&self) -> Vec<Weights> {
        std::iter::once(Weights::Raw).chain((0..self.experiment.ema.len()).map(Weights::Ema)).collect()
    }

    /// The point of the history that evaluations of all [`methods`](Self::methods) after step `step` make.
    pub fn point(&self, step: u64, evaluations: &[Evaluation]) -> EvaluationPoint {
        let names = std::iter::once(RAW.to_owned()).chain(self.experiment.ema.iter().map(EmaSpec::name));
        let scores = names.zip(evaluations);
        let methods =
            scores.map(|(name, &Evaluation { accuracy, loss })| MethodScore { name, accuracy, loss });
        EvaluationPoint {
            step,
            epoch: step as f64 / self.steps_per_epoch() as f64,
            methods: methods.collect(),
        }
    }

    /// Metrics of the steps submitted since the last call, of the last 4,096 at most. Waits for them.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn metrics(&self) -> Result<Vec<StepMetric>, TrainError> {
        match self.submit_metrics() {
            Some((step, readback)) => Ok(self.unpack_metrics(step, &readback.take().await?)),
            None => Ok(Vec::new()),
        }
    }

    /// Asks for the metrics of the steps submitted so far, if any are new; the answer, for
    /// [`unpack_metrics`](Self::unpack_metrics), comes when the GPU has made them.
    pub fn submit_metrics(&self) -> Option<(u64, Readback)> {
        let ring = &self.arenas.ring;
        let new = *self.metrics_read.borrow() < self.step;
        new.then(|| (self.step, Readback::of_views(&self.gpu, &self.buffers, &[*ring])))
    }

    /// What the ring, as it was after step `last`, says of the steps not unpacked before.
    pub fn unpack_metrics(&self, last: u64, bytes: &[u8]) -> Vec<StepMetric> {
        let entries: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(bytes);
        let first = (*self.metrics_read.borrow()).max(last.saturating_sub(RING)) + 1;
        if first > last || last > self.step {
            // Asked for before a reset, or by someone who was slower.
            return Vec::new();
        }
        self.metrics_read.replace(last);
        let metric = |step| {
            let [loss, right, count, _] = entries[(step % RING) as usize].map(f64::from);
            StepMetric { step, loss: loss / count, accuracy: 100.0 * right / count }
        };
        (first..=last).map(metric).collect()
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

    /// Goes back to step 0: the same first weights, the same data.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`].
    pub fn reset(&mut self) -> Result<(), TrainError> {
        self.load_state(&self.initial_state())
    }

    /// Reads everything back that a checkpoint needs.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`], [`GpuError`].
    pub async fn state(&self) -> Result<TrainingState, TrainError> {
        self.ema.require_raw()?;
        let whole = |view: &View| (self.buffers.get(view.slot), 0, view.bytes);
        let Arenas { weights, moments: [m, v], bank, .. } = &self.arenas;
        let averages = self.experiment.ema.len();
        let mut ranges = vec![whole(weights), whole(m), whole(v)];
        if averages > 0 {
            ranges.push(whole(bank));
        }
        let bytes = Readback::start(&self.gpu, &ranges).take().await?;
        let floats: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        let (raw, rest) = floats.split_at(self.model.arena_floats);
        let (exp_avg, rest) = rest.split_at(self.model.parameter_floats);
        let (exp_avg_sq, bank) = rest.split_at(self.model.parameter_floats);
        Ok(TrainingState {
            step: self.step,
            raw: raw.to_vec(),
            ema: bank.chunks_exact(self.model.arena_floats).map(<[f32]>::to_vec).collect(),
            exp_avg: exp_avg.to_vec(),
            exp_avg_sq: exp_avg_sq.to_vec(),
        })
    }

    /// Goes on from a saved state.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`]; [`TrainError::OtherState`] for a state of another network or bank.
    pub fn load_state(&mut self, state: &TrainingState) -> Result<(), TrainError> {
        self.ema.require_raw()?;
        let Model { arena_floats, parameter_floats, .. } = self.model;
        let averages = vec![arena_floats; self.experiment.ema.len()];
        let ours = (arena_floats, averages, parameter_floats, parameter_floats);
        let lengths = state.ema.iter().map(Vec::len).collect();
        let theirs = (state.raw.len(), lengths, state.exp_avg.len(), state.exp_avg_sq.len());
        if ours != theirs {
            return Err(TrainError::OtherState(format!(
                "it has {} values and {} averages, the run has {} and {}",
                theirs.0,
                theirs.1.len(),
                ours.0,
                ours.1.len()
            )));
        }
        self.write_state(state);
        self.step = state.step;
        self.metrics_read.replace(state.step);
        Ok(())
    }

    /// Begins at step 0 with the given raw weights; the averages begin equal to them.
    ///
    /// # Errors
    /// As [`load_state`](Self::load_state).
    pub fn load_initial(&mut self, raw: Vec<f32>) -> Result<(), TrainError> {
        self.load_state(&TrainingState::begin(raw, self.experiment.ema.len(), self.model.parameter_floats))
    }

    fn write_state(&self, state: &TrainingState) {
        let Arenas { weights, moments: [m, v], bank, .. } = &self.arenas;
        let write = |view: &View, at: usize, floats: &[f32]| {
            self.buffers.write(&self.gpu, view.slot, 4 * at as u64, floats);
        };
        write(weights, 0, &state.raw);
        write(m, 0, &state.exp_avg);
        write(v, 0, &state.exp_avg_sq);
        for (k, average) in state.ema.iter().enumerate() {
            write(bank, k * self.model.arena_floats, average);
        }
    }

    /// Averages of the bank, in order.
    pub fn averages(&self) -> &[EmaSpec] {
        &self.experiment.ema
    }

    /// Times each dispatch of a training step by the adapter's clock, over a step that counts like any other. `None`
    /// where the adapter has no such clock.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub async fn time_step(&mut self) -> Result<Option<Vec<KernelTime>>, TrainError> {
        self.ema.require_raw()?;
        let mut rows = Rows::new(self.experiment.batch as usize);
        self.push_step(&mut rows, self.step + 1);
        self.train_feed.fill(&self.gpu, &self.buffers, &rows);
        let times = self.train.time_each(&self.gpu).await?;
        self.step += u64::from(times.is_some());
        Ok(times)
    }
}

/// Writes a pass down, from the step table to the update or the result.
#[allow(clippy::too_many_arguments, reason = "called once for each pass, all of them from one place")]
fn record(
    pass: Pass,
    software: bool,
    memory: &Memory,
    model: &Model,
    experiment: &Experiment,
    arenas: &Arenas,
    feed: &Feed,
    images: &Images,
    results: View,
) -> Plan {
    let batch = experiment.batch as usize;
    let section = feed.batch_section();
    let mut recorder =
        Recorder::new(pass, software, memory, &model.parameters, [arenas.weights, arenas.gradients, section]);
    let labels = memory.lease("labels", batch);
    let x = recorder.tensor("x", INPUT.batch(batch), false);
    recorder.plan.extend([feed.advance(), feed.gather(images, x.view(), labels.view())]);
    let logits = model.forward(&mut recorder, x);
    if pass == Pass::Recompute {
        return recorder.plan;
    }
    let outcome = memory.lease("outcome", 2 * batch);
    let dlogits = recorder.tensor("dlogits", logits.image, true);
    let inputs = [logits.view(), labels.view(), section];
    // An evaluation measures the plain loss.
    let smoothing = if pass == Pass::Train { experiment.label_smoothing } else { 0.0 };
    recorder.plan.push(softmax_cross_entropy(CLASSES, smoothing, inputs, [outcome.view(), dlogits.view()]));
    let ring = if pass == Pass::Train { arenas.ring } else { results };
    recorder.plan.push(metrics(outcome.view(), section, ring));
    if pass == Pass::Train {
        drop(logits);
        recorder.backward(dlogits);
        let parameters = arenas.weights.floats(0, model.parameter_floats);
        recorder.plan.push(adam(parameters, arenas.gradients, arenas.moments, feed.adam_section()));
        if !experiment.ema.is_empty() {
            recorder.plan.push(ema::update(
                arenas.weights,
                parameters.bytes,
                arenas.bank,
                feed.ema_section(),
            ));
        }
    }
    recorder.plan
}

/// `shaders/metrics.wgsl`.
pub fn metrics(outcome: View, batch: View, ring: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("metrics");
    Dispatch::in_workgroups(&KERNEL, &[], [read(outcome), read(batch), read_write(ring)], 1)
}
