//! The rate of each update, and the memory of an average that results from it.

use serde::{Deserialize, Serialize};

use super::{AverageSpec, BufferPolicy, MAX_AVERAGES};

/// Rates of one step for `shaders/average/ema.wgsl`; 0 for averages beyond the bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Rates {
    /// Rates for the parameters.
    pub parameters: [f32; MAX_AVERAGES],
    /// Rates for batch norm's running buffers.
    pub buffers: [f32; MAX_AVERAGES],
}

impl AverageSpec {
    /// The rate a of update `n` = 1, 2, …; the effective β is 1 − a.
    pub fn rate(&self, n: u64) -> f64 {
        self.decay.rate(n)
    }

    /// The rate of optimizer step `step` = 1, 2, …: 0 where no update is made, 1 while the average equals the raw
    /// weights.
    pub fn rate_at(&self, step: u64) -> f64 {
        if step <= self.from {
            1.0
        } else if (step - self.from).is_multiple_of(u64::from(self.update_every)) {
            self.rate(self.updates(step))
        } else {
            0.0
        }
    }

    /// Updates made by the end of optimizer step `step`, counted from the step at which the average begins.
    pub fn updates(&self, step: u64) -> u64 {
        step.saturating_sub(self.from) / u64::from(self.update_every)
    }

    /// The share of the old average that the last update up to optimizer step `step` kept; that of the first one if none
    /// has been made. 0 before the average begins, when it equals the raw weights.
    pub fn effective_beta(&self, step: u64) -> f64 {
        if step < self.from { 0.0 } else { 1.0 - self.rate(self.updates(step).max(1)) }
    }

    /// Steps after which half of a weight's share is gone, at optimizer step `step`: with constant β, T · ln ½ / ln β
    /// at any step, for T steps between updates. 0 before the average begins, and at β = 0.
    pub fn half_life(&self, step: u64) -> f64 {
        match self.beta() {
            None if step < self.from => 0.0,
            _ => f64::from(self.update_every) * self.decay.half_life(self.updates(step).max(1)),
        }
    }

    /// Share of the weights that the average began with (those of step `from`) left in it after optimizer step `step`:
    /// Π (1 − a_n).
    pub fn initial_share(&self, step: u64) -> f64 {
        self.decay.initial_share(self.updates(step))
    }

    /// The shares in the average after optimizer step `step`: that of the raw weights of step `from` (or of `step`,
    /// before the average begins), then that of each step after it. They sum to 1.
    pub fn kernel(&self, step: u64) -> Vec<f64> {
        let mut left = 1.0;
        let mut shares: Vec<f64> = (self.from.min(step) + 1..=step)
            .rev()
            .map(|step| {
                let rate = self.rate_at(step);
                let share = left * rate;
                left *= 1.0 - rate;
                share
            })
            .collect();
        shares.push(left);
        shares.reverse();
        shares
    }

    /// Variance of the average after optimizer step `step` over that of the raw weights, if their noise is independent
    /// from step to step: the sum of the squared shares. (1 − β) / (1 + β) in the long run, for a constant β.
    pub fn variance_left(&self, step: u64) -> f64 {
        self.kernel(step).iter().map(|share| share * share).sum()
    }
}

/// The memory of an average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Memory {
    /// The average's name.
    pub name: String,
    /// The average itself.
    pub average: AverageSpec,
    /// Its β, if it is constant.
    pub beta: Option<f64>,
    /// The share of the old average that the last update kept. A warm-up makes it smaller than β.
    pub effective_beta: f64,
    /// Steps after which half of a weight's share is gone, at this step.
    pub half_life: f64,
    /// Share of the initial weights that is left, from 0 to 1.
    pub initial_share: f64,
}

impl Memory {
    /// The memory of the average after optimizer step `step`.
    pub fn after(spec: &AverageSpec, step: u64) -> Self {
        Self {
            name: spec.name(),
            average: *spec,
            beta: spec.beta(),
            effective_beta: spec.effective_beta(step),
            half_life: spec.half_life(step),
            initial_share: spec.initial_share(step),
        }
    }
}

/// Rates of the bank after optimizer step `step` = 1, 2, ….
pub fn rates(specs: &[AverageSpec], step: u64) -> Rates {
    let mut rates = Rates::default();
    for (k, spec) in specs.iter().enumerate() {
        let rate = spec.rate_at(step) as f32;
        rates.parameters[k] = rate;
        rates.buffers[k] = match spec.buffers {
            // Recomputed for an evaluation; until the next one, those of the raw network are the best available.
            BufferPolicy::Copy | BufferPolicy::Recompute if rate != 0.0 => 1.0,
            _ => rate,
        };
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
        close(0.999_f64.powf(spec.half_life(1)), 0.5);
        assert!((spec.initial_share(1000) - 0.3677).abs() < 1e-4);
        assert!((spec.initial_share(3000) - 0.0497).abs() < 1e-4);
        assert_eq!(AverageSpec::new(0.0).half_life(1), 0.0);
        assert_eq!(AverageSpec::new(0.0).initial_share(1), 0.0);
        let every4 = AverageSpec { update_every: 4, ..AverageSpec::new(0.999_f64.powi(4)) };
        close(every4.half_life(1), spec.half_life(1));
        close(every4.initial_share(400), spec.initial_share(400));
    }

    /// Every kind, by its text.
    const KINDS: [&str; 6] = [
        "0.9",
        "0.9,warmup=ramp",
        "0.9,warmup=bias-corrected",
        "power=0.1",
        "half-life=5%",
        "half-life=100%",
    ];

    fn spec(text: &str) -> AverageSpec {
        text.parse().unwrap()
    }

    #[test]
    fn shares_are_the_product_of_what_the_updates_keep() {
        let constant = ["0", "0.05", "0.5", "0.98"];
        let warmed = constant.map(|beta| format!("{beta},warmup=ramp"));
        for text in KINDS.into_iter().chain(constant).chain(warmed.iter().map(String::as_str)) {
            let spec = spec(text);
            for step in [0, 1, 2, 7, 80, 431, 600] {
                let product: f64 = (1..=step).map(|n| 1.0 - spec.rate(n)).product();
                let share = spec.initial_share(step);
                assert!(
                    (share - product).abs() <= 1e-9 * product.max(1e-30),
                    "{spec} {step}: {share} {product}"
                );
                let kernel = spec.kernel(step);
                assert_eq!(kernel.len() as u64, step + 1);
                close(kernel.iter().sum(), 1.0);
                close(kernel[0], product);
            }
        }
    }

    /// The shares of the power average are (τ^(γ+1) − (τ−1)^(γ+1)) / t^(γ+1), whose width is σ t.
    #[test]
    fn a_power_average_is_as_wide_as_its_share_of_any_run() {
        for sigma in [0.05, 0.1, 0.25] {
            let kernel = spec(&format!("power={sigma}")).kernel(4000);
            let mean: f64 = kernel.iter().zip(0..).map(|(share, step)| share * f64::from(step)).sum();
            let squares: f64 =
                kernel.iter().zip(0..).map(|(share, step)| share * (f64::from(step) - mean).powi(2)).sum();
            assert!((squares.sqrt() / 4000.0 / sigma - 1.0).abs() < 1e-3, "{sigma}: {}", squares.sqrt());
        }
    }

    #[test]
    fn an_average_that_begins_later_is_the_raw_weights_until_then_and_a_fresh_one_after() {
        for kind in KINDS {
            for (every, buffers) in [(1, BufferPolicy::Average), (3, BufferPolicy::Recompute)] {
                let fresh = AverageSpec { update_every: every, buffers, ..spec(kind) };
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
                assert_eq!(late.half_life(500 + 9), fresh.half_life(9));
                assert_eq!(
                    (late.effective_beta(499), late.effective_beta(500)),
                    (0.0, fresh.effective_beta(0))
                );
            }
        }
    }

    #[test]
    fn the_ramp_reaches_999_at_step_8990() {
        let spec = spec("0.999,warmup=ramp");
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
