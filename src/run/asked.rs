//! Requested numbers, and the run that they belong to.

use crate::trainer::{Pending, TrainError};

/// Counts events that make pending answers obsolete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Resets of the run.
    pub resets: u64,
    /// Choices of weights to probe.
    pub choices: u64,
}

/// Numbers requested from a run. Waiting for them borrows nothing, so the run can go on meanwhile.
pub struct Asked<T> {
    stamp: Stamp,
    pending: Pending<T>,
}

/// Numbers that have arrived, for the run that requested them, which may have been reset since.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    stamp: Stamp,
    value: T,
}

impl<T> Asked<T> {
    pub(super) fn new(stamp: Stamp, pending: Pending<T>) -> Self {
        Self { stamp, pending }
    }

    /// The answer, once it has arrived.
    ///
    /// # Errors
    /// [`GpuError`](crate::gpu::GpuError).
    pub async fn take(self) -> Result<Answer<T>, TrainError> {
        Ok(Answer { stamp: self.stamp, value: self.pending.take().await? })
    }
}

impl<T> Answer<T> {
    /// The numbers, even if the run was reset since.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The numbers, unless the run was reset since.
    pub(super) fn of_run(self, now: Stamp) -> Option<T> {
        (self.stamp.resets == now.resets).then_some(self.value)
    }

    /// The numbers, unless the run was reset or other weights are probed since.
    pub(super) fn of_choice(self, now: Stamp) -> Option<T> {
        (self.stamp == now).then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_outlive_no_reset_and_samples_no_other_choice() {
        let asked = Stamp { resets: 1, choices: 1 };
        let answer = Answer { stamp: asked, value: 7 };
        let chosen = Stamp { choices: 2, ..asked };
        let reset = Stamp { resets: 2, ..asked };
        assert_eq!([asked, chosen, reset].map(|now| answer.clone().of_run(now)), [Some(7), Some(7), None]);
        assert_eq!([asked, chosen, reset].map(|now| answer.clone().of_choice(now)), [Some(7), None, None]);
    }
}
