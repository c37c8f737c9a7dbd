//! The subject: exponential moving averages (EMAs) of the weights.
//!
//! ```text
//! v_t = β · v_{t−1} + (1 − β) · w_t,   v_0 = w_0
//! ```
//!
//! after each optimizer step, for a bank of up to eight averages at once (`shaders/ema.wgsl`). Written as
//! `v ← v + a_t (w − v)`, everything that makes one average differ from another (β, a warm-up, skipped steps, what
//! happens to batch norm's buffers) is in its rate a_t, which this module computes in double precision.

use crate::{
    config::{BufferPolicy, EmaSpec, EmaWarmup, MAX_AVERAGES},
    gpu::Kernel,
    kernel,
    plan::{Dispatch, View, read, read_write},
};

/// Rates of one step for `shaders/ema.wgsl`; averages that are not there have 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct EmaRates {
    /// For the parameters.
    pub parameters: [f32; MAX_AVERAGES],
    /// For batch norm's running buffers.
    pub buffers: [f32; MAX_AVERAGES],
}

impl EmaSpec {
    /// The rate a of update `n` = 1, 2, …; the effective β is 1 − a.
    ///
    /// Ramp: β_n = min(β, (1 + n) / (10 + n)), TensorFlow's `ExponentialMovingAverage`. Bias-corrected: the rate
    /// a_n = (1 − β) / (1 − β^n) makes v_n the normalised mean Σ β^(n−i) w_i / Σ β^(n−i) over the updates i = 1 … n, as
    /// Adam's correction does (Kingma and Ba 2015, section 3), without the bug of dividing an average that began at w_0.
    pub fn rate(&self, n: u64) -> f64 {
        let n = n as f64;
        match self.warmup {
            EmaWarmup::None => 1.0 - self.beta,
            EmaWarmup::Ramp => 1.0 - self.beta.min((1.0 + n) / (10.0 + n)),
            EmaWarmup::BiasCorrected => (1.0 - self.beta) / (1.0 - self.beta.powf(n)),
        }
    }

    /// Updates made by the end of optimizer step `step`, counted from the step that the average begins at.
    pub fn updates(&self, step: u64) -> u64 {
        step.saturating_sub(self.from) / u64::from(self.update_every)
    }

    /// The share of the old average that the last update up to optimizer step `step` kept; that of the first one where none
    /// has been made. 0 before the average begins: it is the raw weights.
    pub fn effective_beta(&self, step: u64) -> f64 {
        if step < self.from { 0.0 } else { 1.0 - self.rate(self.updates(step).max(1)) }
    }

    /// Steps after which half of a weight's share is gone: T · ln ½ / ln β, for T steps between updates. 0 at β = 0.
    pub fn half_life(&self) -> f64 {
        if self.beta == 0.0 { 0.0 } else { f64::from(self.update_every) * 0.5_f64.ln() / self.beta.ln() }
    }

    /// Share of the weights that the average began with (those of step `from`) left in it after optimizer step `step`:
    /// Π (1 − a_n).
    pub fn initial_share(&self, step: u64) -> f64 {
        let updates = self.updates(step);
        match self.warmup {
            EmaWarmup::None => self.beta.powf(updates as f64),
            EmaWarmup::BiasCorrected => f64::from(u8::from(updates == 0)),
            EmaWarmup::Ramp => {
                // β_n is below β up to here, and β from here on.
                let end = ((10.0 * self.beta - 1.0) / (1.0 - self.beta)).max(0.0).ceil();
                let ramp: f64 = (1..=updates.min(end as u64)).map(|n| 1.0 - self.rate(n)).product();
                ramp * self.beta.powf((updates as f64 - end).max(0.0))
            }
        }
    }
}

/// Rates of the bank after optimizer step `step` = 1, 2, ….
pub fn rates(specs: &[EmaSpec], step: u64) -> EmaRates {
    let mut rates = EmaRates::default();
    for (k, spec) in specs.iter().enumerate() {
        if step <= spec.from {
            (rates.parameters[k], rates.buffers[k]) = (1.0, 1.0);
        } else if (step - spec.from).is_multiple_of(u64::from(spec.update_every)) {
            let rate = spec.rate(spec.updates(step)) as f32;
            rates.parameters[k] = rate;
            rates.buffers[k] = match spec.buffers {
                BufferPolicy::Average => rate,
                // Measured for an evaluation; until the next one the raw network's are the best at hand.
                BufferPolicy::Copy | BufferPolicy::Recompute => 1.0,
            };
        }
    }
    rates
}

/// `shaders/ema.wgsl`: the arena, whose first `parameters` bytes are parameters, into every average of the bank.
pub fn update(weights: View, parameters: u64, bank: View, rates: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("ema");
    let quads = (weights.bytes / 16) as usize;
    let constants = [("LENGTH", quads), ("PARAMETERS", (parameters / 16) as usize)];
    Dispatch::new(&KERNEL, &constants, [read(weights), read_write(bank), read(rates)], quads)
        .with_flops(3 * bank.bytes / 4)
        .with_moved((weights.bytes + 2 * bank.bytes) as usize)
}

/// Which weights are in place: after [`apply`](ModelEma::apply) an average's, else the raw ones.
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
    /// An average that the bank does not have.
    #[error("there is no average {index}; the bank holds {len}")]
    NoSuchAverage {
        /// What was asked for.
        index: usize,
        /// Averages in the bank.
        len: usize,
    },
}

impl ModelEma {
    /// Puts average `k` of `len` in the place of the raw weights. Nothing is copied: evaluations bind it instead.
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

    /// Puts the raw weights back.
    ///
    /// # Errors
    /// [`EmaError::NotApplied`].
    pub fn restore(&mut self) -> Result<(), EmaError> {
        self.applied.take().map(|_| ()).ok_or(EmaError::NotApplied)
    }

    /// The average in place of the raw weights, if any.
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

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{actual} is not {expected}");
    }

    #[test]
    fn half_lives_and_shares_are_those_of_the_formula() {
        let spec = EmaSpec::new(0.999);
        close(0.999_f64.powf(spec.half_life()), 0.5);
        assert!((spec.initial_share(1000) - 0.3677).abs() < 1e-4);
        assert!((spec.initial_share(3000) - 0.0497).abs() < 1e-4);
        assert_eq!(EmaSpec::new(0.0).half_life(), 0.0);
        assert_eq!(EmaSpec::new(0.0).initial_share(1), 0.0);
        let every4 = EmaSpec { update_every: 4, ..EmaSpec::new(0.999_f64.powi(4)) };
        close(every4.half_life(), spec.half_life());
        close(every4.initial_share(400), spec.initial_share(400));
    }

    #[test]
    fn shares_are_the_product_of_what_the_updates_keep() {
        for warmup in [EmaWarmup::None, EmaWarmup::Ramp, EmaWarmup::BiasCorrected] {
            for beta in [0.0, 0.05, 0.5, 0.9, 0.98] {
                let spec = EmaSpec { warmup, ..EmaSpec::new(beta) };
                for step in [0, 1, 2, 7, 80, 431, 600] {
                    let product: f64 = (1..=step).map(|n| 1.0 - spec.rate(n)).product();
                    let share = spec.initial_share(step);
                    assert!(
                        (share - product).abs() <= 1e-9 * product.max(1e-30),
                        "{spec} {step}: {share} {product}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_average_that_begins_later_is_the_raw_weights_until_then_and_a_fresh_one_after() {
        for warmup in [EmaWarmup::None, EmaWarmup::Ramp, EmaWarmup::BiasCorrected] {
            for (every, buffers) in [(1, BufferPolicy::Average), (3, BufferPolicy::Recompute)] {
                let fresh = EmaSpec { update_every: every, warmup, buffers, ..EmaSpec::new(0.9) };
                let late = EmaSpec { from: 500, ..fresh };
                for step in [1, 2, 3, 499, 500] {
                    let rates = rates(&[late], step);
                    assert_eq!((rates.parameters[0], rates.buffers[0]), (1.0, 1.0), "{late} {step}");
                    assert_eq!((late.updates(step), late.initial_share(step)), (0, 1.0));
                }
                for after in [1, 2, 3, 7, 120] {
                    assert_eq!(rates(&[late], 500 + after), rates(&[fresh], after), "{late} {after}");
                    assert_eq!(late.updates(500 + after), fresh.updates(after));
                    assert_eq!(late.initial_share(500 + after), fresh.initial_share(after));
                    assert_eq!(late.effective_beta(500 + after), fresh.effective_beta(after));
                }
                assert_eq!(late.half_life(), fresh.half_life());
                assert_eq!(
                    (late.effective_beta(499), late.effective_beta(500)),
                    (0.0, fresh.effective_beta(0))
                );
            }
        }
    }

    #[test]
    fn the_ramp_reaches_999_at_step_8990() {
        let spec = EmaSpec { warmup: EmaWarmup::Ramp, ..EmaSpec::new(0.999) };
        assert!(1.0 - spec.rate(8_988) < 0.999);
        close(1.0 - spec.rate(8_990), 0.999);
    }

    #[test]
    fn skipped_steps_and_buffer_policies_are_in_the_rates() {
        let copy = EmaSpec { update_every: 3, buffers: BufferPolicy::Copy, ..EmaSpec::new(0.9) };
        let recompute = EmaSpec { buffers: BufferPolicy::Recompute, ..EmaSpec::new(0.9) };
        let skipped = rates(&[copy, recompute], 2);
        assert_eq!((skipped.parameters[0], skipped.buffers[0]), (0.0, 0.0));
        let made = rates(&[copy, recompute], 3);
        assert_eq!((made.parameters[0], made.buffers[0]), (0.1, 1.0));
        assert_eq!((made.parameters[1], made.buffers[1]), (0.1, 1.0));
    }

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
