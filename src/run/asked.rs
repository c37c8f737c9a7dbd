//! Numbers on their way, and which run they belong to.

use crate::trainer::{Pending, TrainError};

/// Counts what makes answers that are on their way belong to nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Resets of the run.
    pub resets: u64,
    /// Choices of weights to follow.
    pub choices: u64,
}

/// Numbers that were asked of a run. Waiting for them borrows nothing, so that the run can go on meanwhile.
pub struct Asked<T> {
    stamp: Stamp,
    pending: Pending<T>,
}

/// Numbers that have arrived, to be handed to the run they were asked of, which may have begun again since.
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
    /// The numbers, whatever became of the run.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The numbers, unless the run was reset since.
    pub(super) fn of_run(self, now: Stamp) -> Option<T> {
        (self.stamp.resets == now.resets).then_some(self.value)
    }

    /// The numbers, unless the run was reset or other weights are followed since.
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
