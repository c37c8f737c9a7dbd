//! A run whose network is built and whose memory is known, before anything is allocated.

use std::collections::BTreeSet;

use super::{
    Arenas, TrainError, Trainer, Weights, evaluation,
    evaluation::Outputs,
    feed::{Feed, Images, Outline},
    metrics, probe,
    record::{Passes, Recorded},
    steps::MAX_STEPS_A_SUBMIT,
};
use crate::{
    average::{BufferPolicy, ModelEma},
    config::Experiment,
    data::{Dataset, redraw_labels},
    gpu::{Buffers, Gpu, Recording},
    layers::{
        Pass,
        kernels::{ConvOp, KernelSet, Tiles},
    },
    layout::Conv,
    model::Model,
    plan::{Memory, MemoryReport, Plan, Slot, View},
};

/// What the buffer of the bank is called.
pub(super) const AVERAGES: &str = "averages";

/// Images of a pass that measures batch norm's buffers anew.
const RECOMPUTE_IMAGES: usize = 2048;

/// A run that can tell what it will take, and be allocated.
pub struct PlannedTrainer {
    gpu: Gpu,
    experiment: Experiment,
    outline: Outline,
    model: Model,
    memory: Memory,
    arenas: Arenas,
    /// Of the training and test images.
    images: [Images; 2],
    train_feed: Feed,
    evaluate_feed: Feed,
    recompute_feed: Feed,
    train: Recorded,
    evaluate: Recorded,
    recompute: Recorded,
    tiles: Tiles,
    steps_per_epoch: u64,
}

impl PlannedTrainer {
    /// Builds the network of `experiment` for `dataset` and writes its passes down.
    ///
    /// # Errors
    /// [`TrainError`]: a network that does not fit, a batch larger than the data.
    pub fn new(gpu: &Gpu, experiment: &Experiment, dataset: &Dataset) -> Result<Self, TrainError> {
        Self::with_tiles(gpu, experiment, dataset, Tiles::new())
    }

    /// As [`new`](Self::new), with the given tiles where a graphics card runs those convolutions.
    ///
    /// # Errors
    /// As there.
    pub fn with_tiles(
        gpu: &Gpu,
        experiment: &Experiment,
        dataset: &Dataset,
        tiles: Tiles,
    ) -> Result<Self, TrainError> {
        Self::of_outline(gpu, experiment, Outline::of(dataset), tiles)
    }

    /// The same for images that need not be here.
    pub(super) fn of_outline(
        gpu: &Gpu,
        experiment: &Experiment,
        outline: Outline,
        tiles: Tiles,
    ) -> Result<Self, TrainError> {
        let model = Model::new(&experiment.model_spec())?;
        let batch = experiment.batch as usize;
        let [train_len, test_len] = [outline.train, outline.test];
        if train_len < batch {
            return Err(TrainError::BatchTooLarge { batch: experiment.batch, images: train_len });
        }
        if let (1, Some(layer)) = (batch, &model.batch_norm_of_a_pixel) {
            return Err(TrainError::SingleValue { layer: layer.clone() });
        }
        if test_len == 0 {
            return Err(TrainError::NoTestImages(outline.name));
        }

        let memory = Memory::default();
        let images = [("training", train_len), ("test", test_len)]
            .map(|(label, len)| Images::new(&memory, label, len, &outline, gpu.largest_binding()));
        let evaluate_rows = test_len.div_ceil(batch);
        let recomputes = experiment.ema.iter().any(|spec| spec.buffers == BufferPolicy::Recompute);
        let recompute_rows =
            if recomputes { (RECOMPUTE_IMAGES / batch).clamp(1, train_len / batch) } else { 1 };
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
            bank: arena(AVERAGES, averages * model.arena_floats),
            results: outputs.results(&memory),
            predictions: outputs.predictions(&memory),
            metrics: metrics::ring(&memory),
            probed: probe::indices(&memory),
            probes: probe::ring(&memory),
        };
        let kernels = KernelSet::for_adapter(gpu.adapter());
        let passes =
            Passes { kernels, tiles: &tiles, memory: &memory, model: &model, experiment, arenas: &arenas };
        let train = passes.record(Pass::Train, &train_feed, &images[0]);
        let evaluate = passes.record(Pass::Evaluate, &evaluate_feed, &images[1]);
        let recompute = passes.record(Pass::Recompute, &recompute_feed, &images[0]);
        Ok(Self {
            gpu: gpu.clone(),
            experiment: experiment.clone(),
            outline,
            model,
            memory,
            arenas,
            images,
            train_feed,
            evaluate_feed,
            recompute_feed,
            train,
            evaluate,
            recompute,
            tiles,
            steps_per_epoch: (train_len / batch) as u64,
        })
    }

    /// The convolutions of all passes.
    pub fn convolutions(&self) -> BTreeSet<(ConvOp, Conv)> {
        let passes = [&self.train, &self.evaluate, &self.recompute];
        passes.iter().flat_map(|pass| pass.convolutions.iter().copied()).collect()
    }

    /// The dispatches of a training step, and the memory they are over.
    pub fn step(&self) -> (&Plan, &Memory) {
        (&self.train.plan, &self.memory)
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.experiment.total_steps(self.steps_per_epoch)
    }

    /// What [`allocate`](Self::allocate) will take.
    pub fn memory(&self) -> MemoryReport {
        self.memory.report()
    }

    /// Allocates, uploads the images of `dataset`, which is the one planned for, and compiles the kernels.
    ///
    /// # Errors
    /// [`GpuError::Limit`](crate::gpu::GpuError::Limit), [`GpuError::OutOfMemory`](crate::gpu::GpuError::OutOfMemory).
    pub async fn allocate(self, dataset: &Dataset) -> Result<Trainer, TrainError> {
        let trainer = self.allocate_without_images().await?;
        let Trainer { gpu, experiment, buffers, images: [train, test], .. } = &trainer;
        let mut train_labels = dataset.train.labels.clone();
        redraw_labels(&mut train_labels, experiment.label_noise, experiment.seed);
        train.upload(gpu, buffers, &dataset.train.images, &train_labels);
        test.upload(gpu, buffers, &dataset.test.images, &dataset.test.labels);
        Ok(trainer)
    }

    /// The same before the images are uploaded.
    pub(super) async fn allocate_without_images(self) -> Result<Trainer, TrainError> {
        let Self { gpu, experiment, outline, model, memory, arenas, images, .. } = self;
        let buffers = Buffers::allocate(&gpu, &memory).await?;

        let arena_bytes = 4 * model.arena_floats as u64;
        let substitutes = |which: Weights| match which {
            Weights::Raw => vec![],
            Weights::Ema(k) => {
                let behind = |view: View| (view.slot, (view.slot, (1 + k as u64) * evaluation::stride(view)));
                let average = (arenas.bank.slot, k as u64 * arena_bytes);
                vec![(arenas.weights.slot, average), behind(arenas.results), behind(arenas.predictions)]
            }
        };
        // The recompute pass is the first half of the training pass.
        #[cfg(target_arch = "wasm32")]
        gpu.compile(self.train.plan.iter().chain(&self.evaluate.plan)).await;
        let bind = |plan: &Plan, substitutes: &[(Slot, (Slot, u64))]| {
            Recording::new(&gpu, plan, &buffers, substitutes)
        };
        let averages = experiment.ema.len();
        let train = bind(&self.train.plan, &[]);
        let which = std::iter::once(Weights::Raw).chain((0..averages).map(Weights::Ema));
        let evaluate = which.map(|which| bind(&self.evaluate.plan, &substitutes(which))).collect();
        let recompute = (0..averages).map(|k| {
            let wanted = experiment.ema[k].buffers == BufferPolicy::Recompute;
            wanted.then(|| bind(&self.recompute.plan, &substitutes(Weights::Ema(k))))
        });
        let recompute = recompute.collect();

        let trainer = Trainer {
            memory: memory.report(),
            tiles: self.tiles,
            outline,
            images,
            gpu,
            experiment,
            model,
            buffers,
            arenas,
            train_feed: self.train_feed,
            evaluate_feed: self.evaluate_feed,
            recompute_feed: self.recompute_feed,
            train,
            evaluate,
            recompute,
            step: 0,
            order: (0, Vec::new()),
            ema: ModelEma::default(),
            disturbance: None,
            in_flight: Default::default(),
            metrics_read: Default::default(),
            probes: Default::default(),
        };
        trainer.fill_evaluation_tables();
        trainer.write_state(&trainer.initial_state());
        Ok(trainer)
    }
}
