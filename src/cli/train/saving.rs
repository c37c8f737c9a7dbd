//! Saving the checkpoints of a run, also where a disk is full or the run diverges.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use emascope::checkpoint::{self, CheckpointError};
use emascope::run::{Checkpoint, Run};
use emascope::trainer::is_finite;
use pollster::block_on;

use crate::cli::interruption::Interruption;
use crate::cli::progress::Messages;

/// When a save that failed is tried again: a full disk may have been cleared by then.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Steps or weights that are no longer finite numbers, which ends a run.
#[derive(Debug, thiserror::Error)]
#[error("{what} by step {step}")]
pub struct Divergence {
    pub step: u64,
    pub what: String,
}

/// A checkpoint as bytes.
struct Kept {
    step: u64,
    bytes: Vec<u8>,
}

/// Saves checkpoints to the file of `--save`, if there is one.
pub struct Saver {
    path: Option<PathBuf>,
    /// The step at which the run began or was resumed.
    first_step: u64,
    /// The last state known to be finite, unless it is the one saved.
    kept: Option<Kept>,
    /// The step of the checkpoint that was saved last.
    saved: Option<u64>,
    /// When to retry a save that failed.
    retry_at: Option<Instant>,
    interruption: Interruption,
    messages: Messages,
}

impl Saver {
    /// Saves to `path` a run that begins at `first_step`. While it saves, no interruption ends the program.
    pub fn new(
        path: Option<PathBuf>,
        first_step: u64,
        interruption: Interruption,
        messages: Messages,
    ) -> Self {
        Self { path, first_step, kept: None, saved: None, retry_at: None, interruption, messages }
    }

    /// Keeps the state after an evaluation in memory, or without a file checks it where the `loss` is not finite.
    ///
    /// # Errors
    /// [`Divergence`] if not all of the state is finite.
    pub fn evaluated(&mut self, run: &Run, loss: f64) -> anyhow::Result<()> {
        if self.path.is_some() {
            self.kept = Some(self.checkpoint(run)?);
        } else if !loss.is_finite() {
            finite_checkpoint(run)?;
        }
        Ok(())
    }

    /// A checkpoint of the current step, as bytes.
    fn checkpoint(&mut self, run: &Run) -> anyhow::Result<Kept> {
        if let Some(kept) = self.kept.take_if(|kept| kept.step == run.step()) {
            return Ok(kept);
        }
        let checkpoint = finite_checkpoint(run)?;
        Ok(Kept { step: checkpoint.step(), bytes: checkpoint.to_bytes(run.model()) })
    }

    /// Whether a save that failed should be retried now.
    pub fn retry_is_due(&self) -> bool {
        self.retry_at.is_some_and(|at| at <= Instant::now())
    }

    /// Saves a checkpoint in the middle of the run. One that cannot be saved is kept in memory, and tried again soon.
    ///
    /// # Errors
    /// [`Divergence`] if not all of the state is finite.
    pub fn save(&mut self, run: &Run) -> anyhow::Result<()> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let interruption = self.interruption.clone();
        let _saving = interruption.saving();
        let kept = self.checkpoint(run)?;
        match checkpoint::write_file(&path, &kept.bytes) {
            Ok(()) => {
                self.saved = Some(kept.step);
                self.kept = None;
                if self.retry_at.take().is_some() {
                    self.messages.print(&format!("step {} is saved", kept.step));
                }
            }
            Err(error) => {
                if self.retry_at.is_none() {
                    let warning = format!("warning: {error}; the run goes on, and saving is tried again");
                    self.messages.print(&warning);
                }
                self.retry_at = Some(Instant::now() + RETRY_AFTER);
                self.kept = Some(kept);
            }
        }
        Ok(())
    }

    /// Saves the last checkpoint of the run. One that cannot be saved goes to another place, and the error is returned.
    ///
    /// # Errors
    /// [`Divergence`] if not all of the state is finite.
    pub fn save_at_end(&mut self, run: &Run) -> anyhow::Result<Option<anyhow::Error>> {
        let Some(path) = self.path.clone() else { return Ok(None) };
        let interruption = self.interruption.clone();
        let _saving = interruption.saving();
        let Kept { step, bytes } = self.checkpoint(run)?;
        self.kept = None;
        match checkpoint::write_file(&path, &bytes) {
            Ok(()) => {
                self.saved = Some(step);
                Ok(None)
            }
            Err(error) => Ok(Some(save_elsewhere(&error, &bytes))),
        }
    }

    /// Saves the last finite state of a run that cannot go on, if it is newer than the one saved. Returns a clause that
    /// says where it is.
    pub fn rescue(&mut self) -> String {
        let Some(path) = &self.path else { return String::new() };
        let _saving = self.interruption.saving();
        let file = path.display();
        if let Some(Kept { step, bytes }) = self.kept.take() {
            match checkpoint::write_file(path, &bytes) {
                Ok(()) => self.saved = Some(step),
                Err(error) => return format!("; {}", save_elsewhere(&error, &bytes)),
            }
        }
        match self.saved {
            Some(step) => format!("; {file} holds step {step}, from which --resume goes on"),
            None => format!("; no earlier step was kept, so {file} is unchanged"),
        }
    }

    /// Saves, each as a state dict of its own, the averages of a diverged run that are still finite and have been updated
    /// since the state that was saved. Returns a clause that says where they are.
    pub fn rescue_averages(&self, run: &Run) -> String {
        let trainer = run.trainer();
        let (Some(path), Ok(state)) = (&self.path, block_on(trainer.state())) else {
            return String::new();
        };
        let before = self.saved.unwrap_or(self.first_step);
        let mut clauses = String::new();
        for (spec, arena) in trainer.averages().iter().zip(&state.ema) {
            if spec.updates(state.step) > spec.updates(before) && is_finite(arena) {
                let file = sibling(path, &spec.name());
                let bytes = checkpoint::state_dict(trainer.model(), arena, state.step);
                clauses += &match checkpoint::write_file(&file, &bytes) {
                    Ok(()) => format!("; {} is still finite and saved to {}", spec.name(), file.display()),
                    Err(error) => format!("; {error}"),
                };
            }
        }
        clauses
    }
}

/// A checkpoint of the current step.
///
/// # Errors
/// [`Divergence`] if not all of it is finite.
fn finite_checkpoint(run: &Run) -> anyhow::Result<Checkpoint> {
    let checkpoint = block_on(run.submit_checkpoint()?.take())?;
    match checkpoint.not_finite() {
        None => Ok(checkpoint),
        Some(what) => {
            let what = format!("{what} are infinite or not numbers");
            Err(Divergence { step: checkpoint.step(), what }.into())
        }
    }
}

/// Writes a checkpoint that could not be saved to the folder of temporary files, which may be on another disk. Returns the
/// error with the path.
fn save_elsewhere(error: &CheckpointError, bytes: &[u8]) -> anyhow::Error {
    let write = || -> std::io::Result<PathBuf> {
        let mut file = tempfile::Builder::new().prefix("emascope-").suffix(".safetensors").tempfile()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.keep()?.1)
    };
    match write() {
        Ok(file) => anyhow!("{error}; the checkpoint is in {} instead", file.display()),
        Err(other) => anyhow!("{error}; nor can it be saved among the temporary files: {other}"),
    }
}

/// `run.safetensors` with `ema-0.9` put in: `run.ema-0.9.safetensors`.
fn sibling(path: &Path, name: &str) -> PathBuf {
    let mut file = path.file_stem().unwrap_or_default().to_owned();
    file.push(format!(".{name}"));
    if let Some(extension) = path.extension() {
        file.push(".");
        file.push(extension);
    }
    path.with_file_name(file)
}
