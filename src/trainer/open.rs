//! A planned run opened on its buffers: kernels compiled and bound, the first weights written.

use super::{
    Trainer, Weights, evaluation,
    feed::{BatchHeader, Flip, Outline, Rows},
    parts::Part,
    planned::RunPlan,
};
use crate::{
    average::{BufferPolicy, ModelEma, Rates},
    config::{TestView, Tta},
    executor::{BoundPlan, Buffers, Executor},
    plan::{Plan, Slot, View},
};

impl Trainer {
    /// Opens the run of `plan` on the `buffers` allocated for its memory.
    pub(super) async fn open(executor: Executor, plan: RunPlan, buffers: Buffers) -> Self {
        let RunPlan { blueprint, arenas, .. } = plan;
        let averages = &blueprint.experiment.ema;
        let arena_bytes = 4 * blueprint.model.arena_floats as u64;
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
        if let Executor::Gpu(gpu) = &executor {
            gpu.compile(plan.train.plan.iter().chain(&plan.evaluate.plan)).await;
        }
        let bind = |plan: &Plan, substitutes: &[(Slot, (Slot, u64))]| {
            BoundPlan::new(&executor, plan, &buffers, substitutes)
        };
        let train = bind(&plan.train.plan, &[]);
        let which = std::iter::once(Weights::Raw).chain((0..averages.len()).map(Weights::Ema));
        let evaluate = which.map(|which| bind(&plan.evaluate.plan, &substitutes(which))).collect();
        let recompute = averages.iter().enumerate().map(|(k, spec)| {
            let wanted = spec.buffers == BufferPolicy::Recompute;
            wanted.then(|| bind(&plan.recompute.plan, &substitutes(Weights::Ema(k))))
        });
        let recompute = recompute.collect();

        let trainer = Self {
            memory: plan.memory.report(),
            tiles: plan.profile.tiles,
            outline: blueprint.outline,
            images: plan.images,
            executor,
            experiment: blueprint.experiment,
            model: blueprint.model,
            buffers,
            arenas,
            train_feed: plan.train_feed,
            evaluate_feed: plan.evaluate_feed,
            recompute_feed: plan.recompute_feed,
            train,
            evaluate,
            recompute,
            parts: plan.train.parts,
            part: Part::default(),
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
        trainer
    }

    /// The rows of evaluation and recompute passes never change: every image, in order, without augmentation; in an evaluation
    /// once for each of its views.
    fn fill_evaluation_tables(&self) {
        let batch = self.experiment.batch as usize;
        let Outline { train, test, .. } = self.outline;
        let views = self.experiment.tta.views();
        for (feed, len, views) in
            [(&self.evaluate_feed, test, views), (&self.recompute_feed, train, Tta::None.views())]
        {
            let mut rows = Rows::new(batch);
            let indices: Vec<u32> = (0..len as u32).collect();
            for (i, indices) in (0..).zip(indices.chunks(batch).take(feed.rows() / views.len())) {
                // A running mean with weight 1 / (i + 1) is the mean of all: PyTorch's cumulative momentum.
                let momentum = 1.0 / (i + 1) as f32;
                for (view, &TestView { mirrored, offset, share }) in (0..).zip(views) {
                    let flip = if mirrored { Flip::Always } else { Flip::Never } as u32;
                    let header = BatchHeader {
                        step: i,
                        momentum,
                        flip,
                        reflect: 1,
                        offset,
                        view,
                        share,
                        ..BatchHeader::default()
                    };
                    rows.push(header, None, Rates::default(), indices);
                }
            }
            feed.fill(&self.executor, &self.buffers, &rows);
        }
    }
}
