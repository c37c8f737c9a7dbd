//! A training run: what the command line and the page both drive.
//!
//! A [`Run`] is a trainer with what surrounds it: which images it trains on, the evaluations so far, the training loss since
//! the last of them, when the next is due, and the checkpoint to save or to resume. Nothing in it waits for the GPU. What
//! needs the GPU's answer is asked for ([`Asked`]), awaited without a borrow of the run, and handed back to it
//! ([`Answer`]): the command line blocks on the answer, the page's worker submits more steps meanwhile.
//!
//! ```text
//! let asked = run.submit_evaluation()?;   // borrows the run
//! let answer = asked.take().await?;       // borrows nothing
//! let tested = run.evaluated(answer);     // borrows the run
//! ```
//!
//! - `asked`: numbers on their way, and which run they belong to
//! - `losses`: training loss since the last evaluation
//! - `save`: checkpoints, written and read
//! - [`script`]: the network as a PyTorch program
//! - [`log`]: one JSON object a line for each event
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

/// A trainer, the images it trains on, and what has come of it.
pub struct Run {
    trainer: Trainer,
    dataset: DatasetReport,
    fingerprint: Fingerprint,
    history: Vec<EvaluationPoint>,
    losses: Losses,
    stamp: Stamp,
}

/// An evaluation of every method.
#[derive(Clone, Debug)]
pub struct Tested {
    /// What came of it.
    pub evaluated: Evaluated,
    /// Mean training loss of the steps since the evaluation before; not a number if there are none.
    pub train_loss: f64,
}

impl Run {
    /// A run of `trainer`, which stands where it begins. `dataset` are the images it was made for, within their limits.
    pub fn new(trainer: Trainer, dataset: &Dataset) -> Self {
        let losses = Losses::since(trainer.step(), LossSum::default());
        Self {
            trainer,
            dataset: DatasetReport::of(dataset),
            fingerprint: Fingerprint::of(dataset),
            history: Vec::new(),
            losses,
            stamp: Stamp::default(),
        }
    }

    /// Goes on from a checkpoint, whose `state` was found to fit ([`Saved::state`]).
    ///
    /// # Errors
    /// As [`Trainer::load_state`].
    pub fn resume(
        mut trainer: Trainer,
        dataset: &Dataset,
        saved: Saved,
        state: &TrainingState,
    ) -> Result<Self, TrainError> {
        trainer.load_state(state)?;
        let metadata = saved.into_metadata();
        let losses = Losses::since(metadata.step, metadata.since_evaluation);
        Ok(Self { history: metadata.history, losses, ..Self::new(trainer, dataset) })
    }

    /// The trainer. What it is asked directly changes nothing of the run.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// Every knob.
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

    /// One row a method, over the whole run.
    pub fn summary(&self) -> Vec<SummaryRow> {
        summarise(&self.history)
    }

    /// What each average remembers at the step reached.
    pub fn averages(&self) -> Vec<Memory> {
        let step = self.step();
        self.trainer.averages().iter().map(|spec| Memory::after(spec, step)).collect()
    }

    /// What the run is made of.
    pub fn describe(&self) -> Description {
        Description::of(&self.trainer, &self.dataset)
    }

    /// What the numbers of now come from.
    pub fn provenance(&self) -> Provenance {
        self.describe().provenance(self.experiment(), self.step())
    }

    /// The step after which the next evaluation comes.
    pub fn next_evaluation(&self) -> u64 {
        self.evaluation_after(self.step())
    }

    /// Whether the step reached is one to evaluate after, and that has not been done: at the end of a stretch of training,
    /// and in a run that was saved while an evaluation was cut short.
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

    /// Submits `steps` more steps, as [`Trainer::train`].
    ///
    /// # Errors
    /// The same.
    pub fn train(&mut self, steps: u32) -> Result<(), TrainError> {
        self.trainer.train(steps)
    }

    /// Asks for the metrics of the steps submitted since the last call; nothing if there are none.
    pub fn submit_metrics(&self) -> Option<Asked<Vec<StepMetric>>> {
        self.trainer.submit_metrics().map(|metrics| self.asked(metrics))
    }

    /// Takes metrics that have arrived, and returns them: none if they are of a run before a reset.
    pub fn read(&mut self, metrics: Answer<Vec<StepMetric>>) -> Vec<StepMetric> {
        let Some(metrics) = metrics.of_run(self.stamp) else { return Vec::new() };
        self.losses.read(&metrics);
        metrics
    }

    /// Follows these weights from the next step on, as [`Trainer::probe`].
    ///
    /// # Errors
    /// The same.
    pub fn probe(&mut self, probes: &[Probe]) -> Result<(), TrainError> {
        self.trainer.probe(probes)?;
        self.stamp.choices += 1;
        Ok(())
    }

    /// Asks for the followed weights of the steps submitted since the last call; nothing if there are none.
    pub fn submit_probes(&self) -> Option<Asked<ProbeSamples>> {
        self.trainer.submit_probes().map(|samples| self.asked(samples))
    }

    /// Takes the values of followed weights that have arrived, and returns them: nothing if others are followed since.
    pub fn sampled(&self, samples: Answer<ProbeSamples>) -> Option<ProbeSamples> {
        samples.of_choice(self.stamp)
    }

    /// Submits an evaluation of every method.
    ///
    /// # Errors
    /// As [`Trainer::submit_evaluation`].
    pub fn submit_evaluation(&mut self) -> Result<Asked<Evaluated>, TrainError> {
        let evaluated = self.trainer.submit_evaluation(&self.trainer.methods())?;
        self.losses.evaluating(self.step());
        Ok(self.asked(evaluated))
    }

    /// Takes an evaluation that has arrived into the history: nothing if it is of a run before a reset. The metrics of the
    /// steps before it have to be read by then.
    pub fn evaluated(&mut self, evaluated: Answer<Evaluated>) -> Option<Tested> {
        evaluated.of_run(self.stamp).map(|evaluated| self.take_evaluation(evaluated))
    }

    /// Evaluates every method at once, waiting after every so much work for about `part` of time; gives up where `go_on`
    /// then says no, and the run is as it was.
    ///
    /// # Errors
    /// As [`Trainer::evaluate_in_parts`].
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

    /// Asks for everything that a checkpoint of now holds.
    ///
    /// # Errors
    /// As [`Trainer::submit_state`].
    pub fn submit_checkpoint(&self) -> Result<AskedCheckpoint, TrainError> {
        AskedCheckpoint::of(self)
    }

    /// Back to step 0 with the same seed and an empty history. Answers that are on their way belong to no run.
    ///
    /// # Errors
    /// As [`Trainer::reset`].
    pub fn reset(&mut self) -> Result<(), TrainError> {
        self.trainer.reset()?;
        self.history.clear();
        self.losses = Losses::default();
        self.stamp.resets += 1;
        Ok(())
    }

    /// Goes on with other settings from the next step ([`Trainer::check_change`]).
    ///
    /// # Errors
    /// As [`Trainer::make_change`].
    pub fn make_change(&mut self, prepared: PreparedChange) -> Result<(), TrainError> {
        self.trainer.make_change(prepared)
    }

    /// The next step learns wrong labels, as [`Trainer::disturb`].
    pub fn disturb(&mut self, factor: f64) {
        self.trainer.disturb(factor);
    }

    fn asked<T>(&self, pending: crate::trainer::Pending<T>) -> Asked<T> {
        Asked::new(self.stamp, pending)
    }
}
