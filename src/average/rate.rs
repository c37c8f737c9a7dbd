//! How fast an average follows: the rate of each update, and what follows from it.

use serde::{Deserialize, Serialize};

use super::{AverageSpec, BufferPolicy, MAX_AVERAGES, Warmup};

/// Rates of one step for `shaders/ema.wgsl`; averages that are not there have 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Rates {
    /// For the parameters.
    pub parameters: [f32; MAX_AVERAGES],
    /// For batch norm's running buffers.
    pub buffers: [f32; MAX_AVERAGES],
}

impl AverageSpec {
    /// The rate a of update `n` = 1, 2, …; the effective β is 1 − a.
    ///
    /// Ramp: β_n = min(β, (1 + n) / (10 + n)), TensorFlow's `ExponentialMovingAverage`. Bias-corrected: the rate
    /// a_n = (1 − β) / (1 − β^n) makes v_n the normalised mean Σ β^(n−i) w_i / Σ β^(n−i) over the updates i = 1 … n, as
    /// Adam's correction does (Kingma and Ba 2015, section 3), without the bug of dividing an average that began at w_0.
    pub fn rate(&self, n: u64) -> f64 {
        let n = n as f64;
        match self.warmup {
            Warmup::None => 1.0 - self.beta,
            Warmup::Ramp => 1.0 - self.beta.min((1.0 + n) / (10.0 + n)),
            Warmup::BiasCorrected => (1.0 - self.beta) / (1.0 - self.beta.powf(n)),
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
            Warmup::None => self.beta.powf(updates as f64),
            Warmup::BiasCorrected => f64::from(u8::from(updates == 0)),
            Warmup::Ramp => {
                // β_n is below β up to here, and β from here on.
                let end = ((10.0 * self.beta - 1.0) / (1.0 - self.beta)).max(0.0).ceil();
                let ramp: f64 = (1..=updates.min(end as u64)).map(|n| 1.0 - self.rate(n)).product();
                ramp * self.beta.powf((updates as f64 - end).max(0.0))
            }
        }
    }
}

/// What an average remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The average's name.
    pub name: String,
    /// The average itself.
    pub average: AverageSpec,
    /// Its β.
    pub beta: f64,
    /// The share of the old average that the last update kept, which a warm-up makes smaller than β.
    pub effective_beta: f64,
    /// Steps after which half of a weight's share is gone.
    pub half_life: f64,
    /// Share of the initial weights that is left, 0 to 1.
    pub initial_share: f64,
}

impl Memory {
    /// What the average remembers after optimizer step `step`.
    pub fn after(spec: &AverageSpec, step: u64) -> Self {
        Self {
            name: spec.name(),
            average: *spec,
            beta: spec.beta,
            effective_beta: spec.effective_beta(step),
            half_life: spec.half_life(),
            initial_share: spec.initial_share(step),
        }
    }
}

/// Rates of the bank after optimizer step `step` = 1, 2, ….
pub fn rates(specs: &[AverageSpec], step: u64) -> Rates {
    let mut rates = Rates::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{actual} is not {expected}");
    }

    #[test]
    fn half_lives_and_shares_are_those_of_the_formula() {
        let spec = AverageSpec::new(0.999);
        close(0.999_f64.powf(spec.half_life()), 0.5);
        assert!((spec.initial_share(1000) - 0.3677).abs() < 1e-4);
        assert!((spec.initial_share(3000) - 0.0497).abs() < 1e-4);
        assert_eq!(AverageSpec::new(0.0).half_life(), 0.0);
        assert_eq!(AverageSpec::new(0.0).initial_share(1), 0.0);
        let every4 = AverageSpec { update_every: 4, ..AverageSpec::new(0.999_f64.powi(4)) };
        close(every4.half_life(), spec.half_life());
        close(every4.initial_share(400), spec.initial_share(400));
    }

    #[test]
    fn shares_are_the_product_of_what_the_updates_keep() {
        for warmup in [Warmup::None, Warmup::Ramp, Warmup::BiasCorrected] {
            for beta in [0.0, 0.05, 0.5, 0.9, 0.98] {
                let spec = AverageSpec { warmup, ..AverageSpec::new(beta) };
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
        for warmup in [Warmup::None, Warmup::Ramp, Warmup::BiasCorrected] {
            for (every, buffers) in [(1, BufferPolicy::Average), (3, BufferPolicy::Recompute)] {
                let fresh = AverageSpec { update_every: every, warmup, buffers, ..AverageSpec::new(0.9) };
                let late = AverageSpec { from: 500, ..fresh };
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
        let spec = AverageSpec { warmup: Warmup::Ramp, ..AverageSpec::new(0.999) };
        assert!(1.0 - spec.rate(8_988) < 0.999);
        close(1.0 - spec.rate(8_990), 0.999);
    }

    #[test]
    fn skipped_steps_and_buffer_policies_are_in_the_rates() {
        let copy = AverageSpec { update_every: 3, buffers: BufferPolicy::Copy, ..AverageSpec::new(0.9) };
        let recompute = AverageSpec { buffers: BufferPolicy::Recompute, ..AverageSpec::new(0.9) };
        let skipped = rates(&[copy, recompute], 2);
        assert_eq!((skipped.parameters[0], skipped.buffers[0]), (0.0, 0.0));
        let made = rates(&[copy, recompute], 3);
        assert_eq!((made.parameters[0], made.buffers[0]), (0.1, 1.0));
        assert_eq!((made.parameters[1], made.buffers[1]), (0.1, 1.0));
    }
}
