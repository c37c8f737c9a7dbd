//! Checkpoints of a run: asked for while steps go on, and read to go on from.

use super::{Losses, Run};
use crate::{
    checkpoint::{self, CheckpointError, Fingerprint, Metadata},
    config::Experiment,
    model::Model,
    trainer::{Pending, StepMetric, TrainError, TrainingState},
};

/// A checkpoint on its way from the GPU. Waiting for it borrows nothing.
pub struct AskedCheckpoint {
    metadata: Metadata,
    losses: Losses,
    /// Of the steps whose losses the run has not read yet.
    unread: Option<Pending<Vec<StepMetric>>>,
    state: Pending<TrainingState>,
}

/// All of a run that another one can go on from.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    metadata: Metadata,
    state: TrainingState,
}

impl AskedCheckpoint {
    pub(super) fn of(run: &Run) -> Result<Self, TrainError> {
        let Run { trainer, fingerprint, history, losses, .. } = run;
        let step = trainer.step();
        let metadata = Metadata {
            version: checkpoint::VERSION,
            experiment: trainer.experiment().clone(),
            step,
            ema_updates: trainer.averages().iter().map(|spec| spec.updates(step)).collect(),
            history: history.clone(),
            since_evaluation: losses.sum(),
            dataset: fingerprint.clone(),
        };
        let unread = (losses.last_read() < step).then(|| trainer.submit_metrics_after(losses.last_read()));
        Ok(Self { metadata, losses: losses.clone(), unread, state: trainer.submit_state()? })
    }

    /// The checkpoint, once it has arrived.
    ///
    /// # Errors
    /// [`GpuError`](crate::gpu::GpuError).
    pub async fn take(self) -> Result<Checkpoint, TrainError> {
        let Self { mut metadata, mut losses, unread, state } = self;
        if let Some(unread) = unread {
            losses.read(&unread.take().await?);
            metadata.since_evaluation = losses.sum();
        }
        Ok(Checkpoint { metadata, state: state.take().await? })
    }
}

impl Checkpoint {
    /// Steps made.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// What of it holds values that are infinite or not numbers; nothing if a run can go on from it.
    pub fn not_finite(&self) -> Option<String> {
        self.state.not_finite(&self.metadata.experiment.ema)
    }

    /// The file. `model` is the run's.
    pub fn to_bytes(&self, model: &Model) -> Vec<u8> {
        checkpoint::to_bytes(&self.metadata, model, &self.state)
    }
}

/// A checkpoint's file to go on from, as far as it can be read without its network.
pub struct Saved {
    file: String,
    bytes: Vec<u8>,
    metadata: Metadata,
}

impl Saved {
    /// Reads what the checkpoint says of itself; messages name it as `file`.
    ///
    /// # Errors
    /// As [`checkpoint::metadata`].
    pub fn read(file: impl Into<String>, bytes: Vec<u8>) -> Result<Self, CheckpointError> {
        let file = file.into();
        let metadata = checkpoint::metadata(&file, &bytes)?;
        Ok(Self { file, bytes, metadata })
    }

    /// Every knob of the run that was saved.
    pub fn experiment(&self) -> &Experiment {
        &self.metadata.experiment
    }

    /// Its state, checked against what the run is now configured to be.
    ///
    /// # Errors
    /// As [`checkpoint::state`].
    pub fn state(
        &self,
        experiment: &Experiment,
        model: &Model,
        data: &Fingerprint,
    ) -> Result<TrainingState, CheckpointError> {
        checkpoint::state(&self.file, &self.bytes, &self.metadata, experiment, model, data)
    }

    pub(super) fn into_metadata(self) -> Metadata {
        self.metadata
    }
}
