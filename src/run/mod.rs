//! A training run, as both the command line and the page drive it.
//!
//! A [`Run`] is a trainer with its context: the images it trains on, the evaluations so far, the training loss since
//! the last one, when the next is due, and the checkpoint to save or to resume. Nothing in it waits for the GPU.
//! Numbers from the GPU are requested ([`Asked`]), awaited without a borrow of the run, and handed back to it
//! ([`Answer`]): the command line blocks on the answer, while the page's worker submits more steps.
//!
//! ```text
//! let asked = run.submit_evaluation()?;   // borrows the run
//! let answer = asked.take().await?;       // borrows nothing
//! let tested = run.evaluated(answer);     // borrows the run
//! ```
//!
//! - `asked`: requested numbers, and the run that they belong to
//! - `losses`: training loss since the last evaluation
//! - `save`: checkpoints, written and read
//! - [`script`]: the run as a PyTorch program
//! - [`log`]: events as lines of JSON
//! - [`recorded`]: a whole run as one file, for browsers that cannot train (native only)

mod asked;
pub mod log;
mod losses;
#[cfg(not(target_arch = "wasm32"))]
pub mod recorded;
mod save;
pub mod script;

pub use asked::{Answer, Asked};
pub use losses::Losses;
pub use save::{AskedCheckpoint, Checkpoint, Saved};

use crate::{
    average::Memory,
    checkpoint::{Fingerprint, LossSum},
    config::Experiment,
    data::Dataset,
    description::{DatasetReport, Description},
    gpu::AdapterReport,
    model::Model,
    report::{EvaluationPoint, Provenance, SummaryRow, summarise},
    trainer::{
        Evaluated, PreparedChange, Probe, ProbeSamples, StepMetric, TrainError, Trainer, TrainingState,
    },
};
use asked::Stamp;

/// The data set within the experiment's limits.
pub fn limited(experiment: &Experiment, mut dataset: Dataset) -> Dataset {
    let limit = |limit: Option<u32>| limit.map(|images| images as usize);
    dataset.limit(limit(experiment.limit_train), limit(experiment.limit_test));
    dataset
}

/// A trainer, the images it trains on, and its results so far.
pub struct Run {
    trainer: Trainer,
    dataset: DatasetReport,
    fingerprint: Fingerprint,
    history: Vec<EvaluationPoint>,
    losses: Losses,
    stamp: Stamp,
    /// What computed the steps before the checkpoint, if it was something else.
    moved_from: Option<AdapterReport>,
}

/// An evaluation of every method.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Its results.
    pub evaluated: Evaluated,
    /// Mean training loss of the steps since the previous evaluation; NaN if there are none.
    pub train_loss: f64,
}

impl Run {
    /// A run of `trainer`, from its current step. `dataset` has the images that it was made for, within their limits.
    pub fn new(trainer: Trainer, dataset: &Dataset) -> Self {
        let losses = Losses::since(trainer.step(), LossSum::default());
        Self {
            trainer,
            dataset: DatasetReport::of(dataset),
            fingerprint: Fingerprint::of(dataset),
            history: Vec::new(),
            losses,
            stamp: Stamp::default(),
            moved_from: None,
        }
    }

    /// Resumes a checkpoint, whose `state` has been checked ([`Saved::state`]).
    ///
    /// # Errors
    /// See [`Trainer::load_state`].
    pub fn resume(
        mut trainer: Trainer,
        dataset: &Dataset,
        saved: Saved,
        state: &TrainingState,
    ) -> Result<Self, TrainError> {
        trainer.load_state(state)?;
        let metadata = saved.into_metadata();
        let losses = Losses::since(metadata.step, metadata.since_evaluation);
        let here = trainer.executor().adapter();
        let moved_from = metadata.adapter.filter(|adapter| !adapter.computes_like(here));
        Ok(Self { history: metadata.history, losses, moved_from, ..Self::new(trainer, dataset) })
    }

    /// The trainer, for reading.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The settings.
    pub fn experiment(&self) -> &Experiment {
        self.trainer.experiment()
    }

    /// The network.
    pub fn model(&self) -> &Model {
        self.trainer.model()
    }

    /// Steps submitted so far.
    pub fn step(&self) -> u64 {
        self.trainer.step()
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.trainer.total_steps()
    }

    /// The evaluations so far.
    pub fn history(&self) -> &[EvaluationPoint] {
        &self.history
    }

    /// One row per method, over the whole run.
    pub fn summary(&self) -> Vec<SummaryRow> {
        summarise(&self.history)
    }

    /// The memory of each average at the current step.
    pub fn averages(&self) -> Vec<Memory> {
        let step = self.step();
        self.trainer.averages().iter().map(|spec| Memory::after(spec, step)).collect()
    }

    /// A description of the run.
    pub fn describe(&self) -> Description {
        let description = Description::of(&self.trainer, &self.dataset);
        Description { moved_from: self.moved_from.clone(), ..description }
    }

    /// What computed the steps before the checkpoint, if it was something else.
    pub fn moved_from(&self) -> Option<&AdapterReport> {
        self.moved_from.as_ref()
    }

    /// The origin of the current numbers.
    pub fn provenance(&self) -> Provenance {
        self.describe().provenance(self.experiment(), self.step())
    }

    /// The step after which the next evaluation comes.
    pub fn next_evaluation(&self) -> u64 {
        self.evaluation_after(self.step())
    }

    /// Whether the current step is one to evaluate after and has not been evaluated yet: at the end of a stretch of
    /// training, and in a run that was saved while an evaluation was interrupted.
    pub fn evaluation_is_due(&self) -> bool {
        let step = self.step();
        self.has_unevaluated_steps() && self.evaluation_after(step.saturating_sub(1)) == step
    }

    /// Whether steps were made, and their losses read, since the last evaluation.
    pub fn has_unevaluated_steps(&self) -> bool {
        self.losses.sum().steps > 0
    }

    fn evaluation_after(&self, step: u64) -> u64 {
        self.experiment().next_evaluation(step, self.trainer.steps_per_epoch())
    }

    /// Submits `steps` more steps; see [`Trainer::train`].
    ///
    /// # Errors
    /// See [`Trainer::train`].
    pub fn train(&mut self, steps: u32) -> Result<(), TrainError> {
        self.trainer.train(steps)
    }

    /// Requests the metrics of the steps submitted since the last call; `None` if there are none.
    pub fn submit_metrics(&self) -> Option<Asked<Vec<StepMetric>>> {
        self.trainer.submit_metrics().map(|metrics| self.asked(metrics))
    }

    /// Takes in metrics that have arrived and returns them; those from before a reset are dropped.
    pub fn read(&mut self, metrics: Answer<Vec<StepMetric>>) -> Vec<StepMetric> {
        let Some(metrics) = metrics.of_run(self.stamp) else { return Vec::new() };
        self.losses.read(&metrics);
        metrics
    }

    /// Records these weights from the next step on; see [`Trainer::probe`].
    ///
    /// # Errors
    /// See [`Trainer::probe`].
    pub fn probe(&mut self, probes: &[Probe]) -> Result<(), TrainError> {
        self.trainer.probe(probes)?;
        self.stamp.choices += 1;
        Ok(())
    }

    /// Requests the probed weights of the steps submitted since the last call; `None` if there are none.
    pub fn submit_probes(&self) -> Option<Asked<ProbeSamples>> {
        self.trainer.submit_probes().map(|samples| self.asked(samples))
    }

    /// Returns values of probed weights that have arrived; `None` if the probes have changed since.
    pub fn sampled(&self, samples: Answer<ProbeSamples>) -> Option<ProbeSamples> {
        samples.of_choice(self.stamp)
    }

    /// Submits an evaluation of every method.
    ///
    /// # Errors
    /// See [`Trainer::submit_evaluation`].
    pub fn submit_evaluation(&mut self) -> Result<Asked<Evaluated>, TrainError> {
        let evaluated = self.trainer.submit_evaluation(&self.trainer.methods())?;
        self.losses.evaluating(self.step());
        Ok(self.asked(evaluated))
    }

    /// Adds an evaluation that has arrived to the history; one from before a reset is dropped. The metrics of the steps
    /// before it must have been read.
    pub fn evaluated(&mut self, evaluated: Answer<Evaluated>) -> Option<Tested> {
        evaluated.of_run(self.stamp).map(|evaluated| self.take_evaluation(evaluated))
    }

    /// Evaluates every method in pieces of about `part` of time each, and waits after each piece. Returns `None`, with
    /// the run unchanged, once `go_on` is false after a piece.
    ///
    /// # Errors
    /// See [`Trainer::evaluate_in_parts`].
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn evaluate_in_parts(
        &mut self,
        part: std::time::Duration,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Tested>, TrainError> {
        let methods = self.trainer.methods();
        let evaluated = self.trainer.evaluate_in_parts(&methods, part, go_on).await?;
        Ok(evaluated.map(|evaluated| self.take_evaluation(evaluated)))
    }

    fn take_evaluation(&mut self, evaluated: Evaluated) -> Tested {
        self.history.push(evaluated.point());
        Tested { train_loss: self.losses.evaluated(), evaluated }
    }

    /// Requests the contents of a checkpoint of the current step.
    ///
    /// # Errors
    /// See [`Trainer::submit_state`].
    pub fn submit_checkpoint(&self) -> Result<AskedCheckpoint, TrainError> {
        AskedCheckpoint::of(self)
    }

    /// Goes back to step 0 with the same seed and an empty history. Pending answers are dropped when they arrive.
    ///
    /// # Errors
    /// See [`Trainer::reset`].
    pub fn reset(&mut self) -> Result<(), TrainError> {
        self.trainer.reset()?;
        self.history.clear();
        self.losses = Losses::default();
        self.stamp.resets += 1;
        self.moved_from = None;
        Ok(())
    }

    /// Applies other settings from the next step on; see [`Trainer::check_change`].
    ///
    /// # Errors
    /// See [`Trainer::make_change`].
    pub fn make_change(&mut self, prepared: PreparedChange) -> Result<(), TrainError> {
        self.trainer.make_change(prepared)
    }

    /// Makes the next step learn wrong labels; see [`Trainer::disturb`].
    pub fn disturb(&mut self, factor: f64) {
        self.trainer.disturb(factor);
    }

    fn asked<T>(&self, pending: crate::trainer::Pending<T>) -> Asked<T> {
        Asked::new(self.stamp, pending)
    }
}
