//! Training: steps are submitted, nothing is read back.

use super::{
    Submission, TrainError, Trainer,
    feed::{BatchHeader, Flip, Rows},
};
use crate::{
    average,
    config::Border,
    network::BATCH_NORM_MOMENTUM,
    optim::{headers, learning_rate, lookahead_rate},
    random::permutation,
};

/// Most steps in one submit.
pub const MAX_STEPS_A_SUBMIT: u32 = 32;

/// Submits that may wait on the GPU before a native [`Trainer::train`] waits for the oldest.
const MAX_IN_FLIGHT: usize = 3;

impl Trainer {
    /// Makes `steps` more steps: writes their rows, encodes them, submits. Returns at once, except for a native run with
    /// several submits in flight, which waits for the oldest.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied) while an average is applied;
    /// [`GpuError::Lost`](crate::gpu::GpuError::Lost), [`GpuError::Timeout`](crate::gpu::GpuError::Timeout).
    pub fn train(&mut self, steps: u32) -> Result<(), TrainError> {
        self.ema.require_raw()?;
        self.executor.check()?;
        self.expect_whole_step();
        let mut left = steps;
        while left > 0 {
            let count = left.min(MAX_STEPS_A_SUBMIT);
            self.write_rows(count);
            let submitted = self.train.submit(&self.executor, count as usize);
            self.step += u64::from(count);
            left -= count;
            self.follow_submit(submitted)?;
        }
        Ok(())
    }

    /// Writes the rows of the next `count` steps.
    pub(super) fn write_rows(&mut self, count: u32) {
        let mut rows = Rows::new(self.experiment.batch as usize);
        for step in self.step + 1..=self.step + u64::from(count) {
            self.push_step(&mut rows, step);
        }
        self.train_feed.fill(&self.executor, &self.buffers, &rows);
    }

    /// Waits for the oldest submit if several are in flight and waiting is possible.
    pub(super) fn follow_submit(&mut self, submitted: Submission) -> Result<(), TrainError> {
        if cfg!(not(target_arch = "wasm32")) {
            self.in_flight.push_back(submitted);
            if self.in_flight.len() > MAX_IN_FLIGHT {
                self.in_flight.pop_front().map_or(Ok(()), |oldest| self.executor.wait(oldest))?;
            }
        }
        Ok(())
    }

    /// Adds the row of step `step` = 1, 2, …
    fn push_step(&mut self, rows: &mut Rows, step: u64) {
        let experiment = &self.experiment;
        let (epoch, place) = ((step - 1) / self.steps_per_epoch(), (step - 1) % self.steps_per_epoch());
        if self.order.1.is_empty() || self.order.0 != epoch {
            let order = if experiment.shuffle {
                permutation(experiment.seed, epoch as u32, self.outline.train)
            } else {
                (0..self.outline.train as u32).collect()
            };
            self.order = (epoch, order);
        }
        let batch = experiment.batch as usize;
        let first = place as usize * batch;
        let total = experiment.total_steps(self.steps_per_epoch());
        let disturbance = self.disturbance.take();
        let header = BatchHeader {
            step: step as u32,
            seed: experiment.seed,
            flip: match (experiment.augment.flip, experiment.flip_alternately) {
                (false, _) => Flip::Never,
                (true, false) => Flip::AtRandom,
                (true, true) => Flip::EveryOtherEpoch,
            } as u32,
            crop: experiment.augment.crop,
            reflect: (experiment.crop_border == Border::Reflected).into(),
            cutout: experiment.cutout,
            epoch: epoch as u32,
            lookahead: lookahead_rate(experiment, step, total) as f32,
            momentum: BATCH_NORM_MOMENTUM as f32,
            label_shift: disturbance.is_some().into(),
            ..BatchHeader::default()
        };
        let lr = learning_rate(experiment, step, total);
        let optimizer = headers(experiment, lr * disturbance.unwrap_or(1.0), step);
        rows.push(
            header,
            Some(optimizer),
            average::rates(&experiment.ema, step),
            &self.order.1[first..first + batch],
        );
    }

    /// Makes the next step a bad batch, with wrong labels (each class replaced by the next) at `factor` times the learning
    /// rate, to see what it does to the weights and to their averages.
    pub fn disturb(&mut self, factor: f64) {
        self.disturbance = Some(factor);
    }

    /// Waits until the GPU has finished everything submitted.
    ///
    /// # Errors
    /// [`GpuError::Lost`](crate::gpu::GpuError::Lost), [`GpuError::Timeout`](crate::gpu::GpuError::Timeout).
    pub async fn finish(&self) -> Result<(), TrainError> {
        Ok(self.executor.finished().await?)
    }

    /// Makes one more step, like any other but slower, and returns the time of each of its dispatches.
    ///
    /// # Errors
    /// See [`train`](Self::train).
    pub async fn time_step(&mut self) -> Result<Vec<crate::plan::KernelTime>, TrainError> {
        self.ema.require_raw()?;
        self.executor.check()?;
        self.write_rows(1);
        self.step += 1;
        Ok(self.train.time(&self.executor).await?)
    }
}
