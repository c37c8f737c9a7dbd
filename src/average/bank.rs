//! A bank of averages on the adapter, and which weights are bound.

use crate::{
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// `shaders/average/ema.wgsl`: updates every average of the bank with the arena, whose first `parameters` bytes are
/// parameters.
pub fn update(weights: View, parameters: u64, bank: View, rates: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("average", "ema");
    let quads = (weights.bytes / 16) as usize;
    let constants = [("LENGTH", quads), ("PARAMETERS", (parameters / 16) as usize)];
    Dispatch::new(&KERNEL, &constants, [read(weights), read_write(bank), read(rates)], quads)
        .with_flops(3 * bank.bytes / 4)
        .with_moved((weights.bytes + 2 * bank.bytes) as usize)
}

/// The weights that evaluations use: after [`apply`](ModelEma::apply) those of an average, else the raw ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelEma {
    applied: Option<usize>,
}

/// Misuse of [`ModelEma`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmaError {
    /// `apply` while an average is applied.
    #[error("average {0} is applied already; restore the raw weights before applying another")]
    AppliedTwice(usize),
    /// `restore` while none is applied.
    #[error("no average is applied, so there is nothing to restore")]
    NotApplied,
    /// A step, a checkpoint or a reset while an average is applied.
    #[error("average {0} is applied; restore the raw weights before a step or a checkpoint")]
    StillApplied(usize),
    /// An average that is not in the bank.
    #[error("there is no average {index}; the bank holds {len}")]
    NoSuchAverage {
        /// The requested index.
        index: usize,
        /// Averages in the bank.
        len: usize,
    },
}

impl ModelEma {
    /// Applies average `k` of `len` in place of the raw weights. Nothing is copied: evaluations bind it instead.
    ///
    /// # Errors
    /// [`EmaError::AppliedTwice`], [`EmaError::NoSuchAverage`].
    pub fn apply(&mut self, k: usize, len: usize) -> Result<(), EmaError> {
        if let Some(applied) = self.applied {
            return Err(EmaError::AppliedTwice(applied));
        }
        if k >= len {
            return Err(EmaError::NoSuchAverage { index: k, len });
        }
        self.applied = Some(k);
        Ok(())
    }

    /// Restores the raw weights.
    ///
    /// # Errors
    /// [`EmaError::NotApplied`].
    pub fn restore(&mut self) -> Result<(), EmaError> {
        self.applied.take().map(|_| ()).ok_or(EmaError::NotApplied)
    }

    /// The applied average, if any.
    pub fn applied(&self) -> Option<usize> {
        self.applied
    }

    /// Fails while an average is applied.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`].
    pub fn require_raw(&self) -> Result<(), EmaError> {
        self.applied.map_or(Ok(()), |k| Err(EmaError::StillApplied(k)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misuse_is_refused() {
        let mut ema = ModelEma::default();
        assert_eq!(ema.restore(), Err(EmaError::NotApplied));
        assert_eq!(ema.apply(2, 2), Err(EmaError::NoSuchAverage { index: 2, len: 2 }));
        assert_eq!(ema.apply(1, 2), Ok(()));
        assert_eq!(ema.apply(0, 2), Err(EmaError::AppliedTwice(1)));
        assert_eq!(ema.require_raw(), Err(EmaError::StillApplied(1)));
        assert_eq!(ema.restore(), Ok(()));
        assert_eq!(ema.require_raw(), Ok(()));
    }
}
