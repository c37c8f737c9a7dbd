//! One training step in its parts, like the textbook loop: forward, backward, optimizer, averages.
//!
//! [`Trainer::train`] submits the same dispatches in the same order, but many steps at once, which is much faster.

use super::{TrainError, Trainer};

/// The part of a step that comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    #[default]
    Forward,
    Backward,
    Optimizer,
    Averages,
}

impl Trainer {
    /// Gathers the next batch, and computes its logits and its loss.
    ///
    /// # Errors
    /// See [`train`](Self::train).
    ///
    /// # Panics
    /// If the previous step is not complete.
    #[track_caller]
    pub fn forward(&mut self) -> Result<(), TrainError> {
        self.expect_part(Part::Forward);
        self.ema.require_raw()?;
        self.executor.check()?;
        self.write_rows(1);
        self.submit_part(Part::Forward, Part::Backward)
    }

    /// Computes the gradients of the loss.
    ///
    /// # Errors
    /// See [`train`](Self::train).
    ///
    /// # Panics
    /// Unless it follows [`forward`](Self::forward).
    #[track_caller]
    pub fn backward(&mut self) -> Result<(), TrainError> {
        self.expect_part(Part::Backward);
        self.submit_part(Part::Backward, Part::Optimizer)
    }

    /// Updates the weights.
    ///
    /// # Errors
    /// See [`train`](Self::train).
    ///
    /// # Panics
    /// Unless it follows [`backward`](Self::backward).
    #[track_caller]
    pub fn optimizer_step(&mut self) -> Result<(), TrainError> {
        self.expect_part(Part::Optimizer);
        self.submit_part(Part::Optimizer, Part::Averages)
    }

    /// Updates every average with the new weights, which completes the step.
    ///
    /// # Errors
    /// See [`train`](Self::train).
    ///
    /// # Panics
    /// Unless it follows [`optimizer_step`](Self::optimizer_step).
    #[track_caller]
    pub fn ema_update(&mut self) -> Result<(), TrainError> {
        self.expect_part(Part::Averages);
        self.submit_part(Part::Averages, Part::Forward)?;
        self.step += 1;
        Ok(())
    }

    /// Panics in the middle of a step.
    #[track_caller]
    pub(super) fn expect_whole_step(&self) {
        self.expect_part(Part::Forward);
    }

    #[track_caller]
    fn expect_part(&self, part: Part) {
        assert!(self.part == part, "the parts of a step are out of order: {:?} comes next", self.part);
    }

    fn submit_part(&mut self, part: Part, next: Part) -> Result<(), TrainError> {
        let [backward, optimizer, averages] = self.parts;
        let dispatches = match part {
            Part::Forward => 0..backward,
            Part::Backward => backward..optimizer,
            Part::Optimizer => optimizer..averages,
            Part::Averages => averages..self.train.len(),
        };
        let submitted = self.train.submit_part(&self.executor, dispatches);
        self.part = next;
        self.follow_submit(submitted)
    }
}
