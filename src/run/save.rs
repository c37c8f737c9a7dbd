//! Checkpoints of a run: requested while steps go on, and read to resume.

use super::{Losses, Run};
use crate::{
    checkpoint::{self, CheckpointError, Fingerprint, Metadata},
    config::Experiment,
    model::Model,
    trainer::{Pending, StepMetric, TrainError, TrainingState},
};

/// A requested checkpoint. Waiting for it borrows nothing.
pub struct AskedCheckpoint {
    metadata: Metadata,
    losses: Losses,
    /// Metrics of the steps whose losses the run has not read yet.
    unread: Option<Pending<Vec<StepMetric>>>,
    state: Pending<TrainingState>,
}

/// Everything of a run that resuming it needs.
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
            adapter: Some(trainer.executor().adapter().clone()),
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

    /// The parts with infinite or NaN values; `None` if the checkpoint can be resumed.
    pub fn not_finite(&self) -> Option<String> {
        self.state.not_finite(&self.metadata.experiment.ema)
    }

    /// The checkpoint as a file. `model` is the network of the run.
    pub fn to_bytes(&self, model: &Model) -> Vec<u8> {
        checkpoint::to_bytes(&self.metadata, model, &self.state)
    }
}

/// A checkpoint file to resume, as far as it can be read without its network.
pub struct Saved {
    file: String,
    bytes: Vec<u8>,
    metadata: Metadata,
}

impl Saved {
    /// Reads the metadata of a checkpoint; messages call it `file`.
    ///
    /// # Errors
    /// See [`checkpoint::metadata`].
    pub fn read(file: impl Into<String>, bytes: Vec<u8>) -> Result<Self, CheckpointError> {
        let file = file.into();
        let metadata = checkpoint::metadata(&file, &bytes)?;
        Ok(Self { file, bytes, metadata })
    }

    /// The settings of the saved run.
    pub fn experiment(&self) -> &Experiment {
        &self.metadata.experiment
    }

    /// Its state, checked against the settings, the network and the data of the run to resume.
    ///
    /// # Errors
    /// See [`checkpoint::state`].
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
