//! A run whose passes are recorded and whose memory is known, before anything is allocated.

use std::collections::BTreeSet;

use super::{
    Arenas, TrainError, Trainer,
    describe::{Blueprint, describe},
    evaluation::Outputs,
    feed::{Feed, Images, Outline},
    metrics,
    passes::{PassPlan, Passes},
    probe,
    steps::MAX_STEPS_A_SUBMIT,
};
use crate::{
    config::Experiment,
    data::{Dataset, redraw_labels},
    executor::{Buffers, Executor},
    layers::{
        Pass, Profile,
        kernels::{ConvOp, Tiles},
    },
    layout::ConvShape,
    plan::{Memory, MemoryReport, Plan},
};

/// Label of the bank's buffer.
pub(super) const AVERAGES: &str = "averages";

/// The passes of a run and the memory they use.
pub(super) struct RunPlan {
    pub blueprint: Blueprint,
    pub profile: Profile,
    pub memory: Memory,
    pub arenas: Arenas,
    /// Properties of the training and test images.
    pub images: [Images; 2],
    pub train_feed: Feed,
    pub evaluate_feed: Feed,
    pub recompute_feed: Feed,
    pub train: PassPlan,
    pub evaluate: PassPlan,
    pub recompute: PassPlan,
}

/// Records the passes of a run for an adapter of this profile, which binds at most `largest_binding` bytes at once.
pub(super) fn plan(blueprint: Blueprint, profile: Profile, largest_binding: u64) -> RunPlan {
    let Blueprint { experiment, outline, model } = &blueprint;
    let (batch, evaluate_rows) = (blueprint.batch(), blueprint.evaluate_rows());
    let memory = Memory::default();
    let images = [("training", outline.train), ("test", outline.test)]
        .map(|(label, len)| Images::new(&memory, label, len, outline, largest_binding));
    let train_feed = Feed::new(&memory, "training", MAX_STEPS_A_SUBMIT as usize, batch);
    let views = experiment.tta.views().len();
    let evaluate_feed = Feed::new(&memory, "evaluation", evaluate_rows * views, batch);
    let recompute_feed = Feed::new(&memory, "recompute", blueprint.recompute_rows(), batch);

    let arena = |label, floats: usize| memory.fixed(label, 4 * floats as u64);
    let averages = experiment.ema.len();
    let outputs = Outputs { rows: evaluate_rows, batch, methods: 1 + averages };
    let arenas = Arenas {
        weights: arena("weights", model.arena_floats),
        gradients: arena("gradients", model.parameter_floats),
        moments: ["first moments", "second moments"].map(|label| arena(label, model.parameter_floats)),
        slow: (experiment.lookahead > 0).then(|| arena("slow weights", model.arena_floats)),
        bank: arena(AVERAGES, averages * model.arena_floats),
        results: outputs.results(&memory),
        predictions: outputs.predictions(&memory),
        metrics: metrics::ring(&memory),
        probed: probe::indices(&memory),
        probes: probe::ring(&memory),
    };
    let passes = Passes { profile: &profile, memory: &memory, model, experiment, arenas: &arenas };
    let train = passes.record(Pass::Train, &train_feed, &images[0]);
    let evaluate = passes.record(Pass::Evaluate, &evaluate_feed, &images[1]);
    let recompute = passes.record(Pass::Recompute, &recompute_feed, &images[0]);
    RunPlan {
        blueprint,
        profile,
        memory,
        arenas,
        images,
        train_feed,
        evaluate_feed,
        recompute_feed,
        train,
        evaluate,
        recompute,
    }
}

/// A run on an adapter, before any memory is allocated.
pub struct PlannedTrainer {
    executor: Executor,
    plan: RunPlan,
}

impl PlannedTrainer {
    /// Builds the network of `experiment` for `dataset` and records its passes.
    ///
    /// # Errors
    /// [`TrainError`]: a network that does not fit, a batch larger than the data.
    pub fn new(executor: &Executor, experiment: &Experiment, dataset: &Dataset) -> Result<Self, TrainError> {
        Self::with_tiles(executor, experiment, dataset, Tiles::new())
    }

    /// Like [`new`](Self::new), with the given tiles for these convolutions on a graphics card.
    ///
    /// # Errors
    /// See [`new`](Self::new).
    pub fn with_tiles(
        executor: &Executor,
        experiment: &Experiment,
        dataset: &Dataset,
        tiles: Tiles,
    ) -> Result<Self, TrainError> {
        let outline = Outline::of(dataset, experiment.model_spec().whitens());
        Self::of_outline(executor, experiment, outline, tiles)
    }

    /// Like [`with_tiles`](Self::with_tiles), for images that are not loaded yet.
    pub(super) fn of_outline(
        executor: &Executor,
        experiment: &Experiment,
        outline: Outline,
        tiles: Tiles,
    ) -> Result<Self, TrainError> {
        let blueprint = describe(experiment, outline)?;
        let profile = executor.profile(tiles);
        Ok(Self { executor: executor.clone(), plan: plan(blueprint, profile, executor.largest_binding()) })
    }

    /// The convolutions of all passes.
    pub fn convolutions(&self) -> BTreeSet<(ConvOp, ConvShape)> {
        let passes = [&self.plan.train, &self.plan.evaluate, &self.plan.recompute];
        passes.iter().flat_map(|pass| pass.convolutions.iter().copied()).collect()
    }

    /// The dispatches of a training step, and the memory they use.
    pub fn step(&self) -> (&Plan, &Memory) {
        (&self.plan.train.plan, &self.plan.memory)
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.plan.blueprint.experiment.total_steps(self.plan.blueprint.steps_per_epoch())
    }

    /// The memory that [`allocate`](Self::allocate) will need.
    pub fn memory(&self) -> MemoryReport {
        self.plan.memory.report()
    }

    /// Allocates the buffers, uploads the images of `dataset`, which must be the one planned for, and compiles the kernels.
    ///
    /// # Errors
    /// [`GpuError::Limit`](crate::gpu::GpuError::Limit), [`GpuError::OutOfMemory`](crate::gpu::GpuError::OutOfMemory).
    pub async fn allocate(self, dataset: &Dataset) -> Result<Trainer, TrainError> {
        let trainer = self.allocate_without_images().await?;
        let Trainer { executor, experiment, buffers, images: [train, test], .. } = &trainer;
        let mut train_labels = dataset.train.labels.clone();
        redraw_labels(&mut train_labels, experiment.label_noise, experiment.seed);
        train.upload(executor, buffers, &dataset.train.images, &train_labels);
        test.upload(executor, buffers, &dataset.test.images, &dataset.test.labels);
        Ok(trainer)
    }

    /// Like [`allocate`](Self::allocate), but without uploading the images.
    pub(super) async fn allocate_without_images(self) -> Result<Trainer, TrainError> {
        let buffers = Buffers::allocate(&self.executor, &self.plan.memory).await?;
        Ok(Trainer::open(self.executor, self.plan, buffers).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::synthetic,
        network::{Norm, Preset},
        plan::Storage,
        processor::Processor,
    };

    #[test]
    fn the_processor_has_every_kernel_of_its_plans() {
        let dataset = synthetic(0, 64, 64);
        let processor = Processor::with_threads(1);
        for norm in [Norm::Batch, Norm::Group, Norm::None] {
            for preset in [Preset::Tiny, Preset::Resnet9, Preset::Airbench] {
                let experiment = Experiment { preset, norm, batch: 32, ..Experiment::default() };
                let blueprint = describe(&experiment, Outline::of(&dataset, false)).unwrap();
                let plan = plan(blueprint, Profile::processor(), 1 << 30);
                let passes = [&plan.train, &plan.evaluate, &plan.recompute];
                for dispatch in passes.iter().flat_map(|pass| &pass.plan) {
                    assert!(processor.executes(dispatch), "{}", dispatch.kernel.name);
                }
            }
        }
    }

    #[test]
    fn airbench_has_the_published_work_in_a_training_image() {
        let dataset = synthetic(0, 64, 64);
        let experiment = Experiment { preset: Preset::Airbench, batch: 32, ..Experiment::default() };
        let blueprint = describe(&experiment, Outline::of(&dataset, false)).unwrap();
        let plan = plan(blueprint, Profile::processor(), 1 << 30);
        let forward: u64 = plan.evaluate.plan.iter().map(|dispatch| dispatch.flops).sum();
        // Forward, and as much again for each of the two gradients; two operations a multiplication with its addition.
        let training = 3.0 * forward as f64 / 32.0 / 1e6;
        assert!((training - 709.0).abs() < 0.5, "{training} MFLOP");
    }

    #[test]
    fn every_kernel_takes_the_textures_that_a_software_adapter_binds() {
        let dataset = synthetic(0, 64, 64);
        for norm in [Norm::Batch, Norm::Group, Norm::None] {
            for preset in [Preset::Tiny, Preset::Resnet9, Preset::Airbench] {
                let experiment = Experiment { preset, norm, batch: 32, ..Experiment::default() };
                let blueprint = describe(&experiment, Outline::of(&dataset, false)).unwrap();
                let plan = plan(blueprint, Profile::software(), 1 << 30);
                let mut textures = 0;
                for dispatch in
                    [&plan.train, &plan.evaluate, &plan.recompute].iter().flat_map(|pass| &pass.plan)
                {
                    for (binding, (_, view)) in dispatch.bindings.iter().enumerate() {
                        if view.slot.storage() == Storage::Texels {
                            let name = dispatch.kernel.name;
                            assert!(dispatch.kernel.takes_texels(binding), "{name}, binding {binding}");
                            textures += 1;
                        }
                    }
                }
                assert!(textures > 100, "{preset}, {norm}: {textures}");
            }
        }
    }
}
