//! The kinds of averages: the share of the old average that each update keeps. A kind is a variant of [`Decay`] and an arm
//! of each function here.

use std::{f64::consts::LN_2, fmt};

use crate::named::{choices, number};

/// [`Decay::FORMS`] as a literal, for the help of the setting.
macro_rules! decay_forms {
    () => {
        "a β below 1, power=σ, half-life=SHARE% or uniform"
    };
}

pub(crate) use decay_forms;

choices! {
    /// The warm-up of an average of constant β, so that the initial weights do not stay in it for long.
    Warmup {
        /// β from the first update: the initial weights keep the share β^t.
        None = "none",
        /// β_t = min(β, (1 + t) / (10 + t)) at update t = 1, 2, …, as in TensorFlow: nearly the power average of γ = 8
        /// (σ = 0.0905) until it meets β.
        Ramp = "ramp",
        /// a_t = (1 − β) / (1 − β^t): the initial weights drop out at the first update.
        BiasCorrected = "bias-corrected",
    }
}

/// The share β_n of the old average that update n = 1, 2, … keeps, counted from the step at which the average begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// The same β at every update once the warm-up is over: the memory has a length in steps.
    Constant {
        /// β, at least 0 and below 1.
        beta: f64,
        /// The warm-up.
        warmup: Warmup,
    },
    /// The power-function average of Karras et al. 2023 (arXiv 2312.02696, equation 127): β_n = (1 − 1/n)^(γ+1), so that
    /// the weights of update τ have a share proportional to τ^γ for any length of the run. β_1 = 0: the weights it
    /// began with drop out at the first update.
    Power {
        /// The kernel's standard deviation as a share of the run so far:
        /// σ² = (γ + 1) / ((γ + 2)² (γ + 3)).
        sigma: f64,
    },
    /// A half-life that is a share f of the run so far: β_n = 2^(−1/(f n)). Of the weights it began
    /// with, 2^(−(1 + 1/2 + … + 1/n)/f) is left.
    HalfLife {
        /// The share f in percent.
        percent: f64,
    },
    /// Equal shares for the weights it began with and those of each update: β_n = n / (n + 1). With `from` in the last
    /// part of a run it is stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407).
    Uniform,
}

impl Decay {
    /// The relative widths that [`Decay::Power`] takes. A uniform average has 1/√12 = 0.289.
    const SIGMAS: (f64, f64) = (0.001, 0.28);
    /// The shares that [`Decay::HalfLife`] takes, in percent.
    const PERCENTS: (f64, f64) = (0.01, 100.0);

    /// The forms of the first part of an average's text.
    pub const FORMS: &'static str = decay_forms!();

    /// Reads the first part of an average's text; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.split_once('=') {
            None if text == "uniform" => Self::Uniform,
            None => Self::Constant { beta: number(text)?, warmup: Warmup::None },
            Some(("power", sigma)) => Self::Power { sigma: number(sigma)? },
            Some(("half-life", share)) => Self::HalfLife { percent: number(share.strip_suffix('%')?)? },
            Some(_) => return None,
        })
    }

    /// Checks its numbers.
    ///
    /// # Errors
    /// The allowed values, as the end of a sentence.
    pub fn check(self) -> Result<(), String> {
        let ((narrow, wide), (short, long)) = (Self::SIGMAS, Self::PERCENTS);
        match self {
            Self::Constant { beta, .. } if !(0.0..1.0).contains(&beta) => {
                Err("a β of at least 0 and below 1".to_owned())
            }
            Self::Power { sigma } if !(narrow..=wide).contains(&sigma) => {
                Err(format!("power=σ with a relative width σ from {narrow} to {wide}"))
            }
            Self::HalfLife { percent } if !(short..=long).contains(&percent) => {
                Err(format!("half-life=SHARE% with a share of the run so far from {short}% to {long}%"))
            }
            _ => Ok(()),
        }
    }

    /// The first part of an average's name, before the warm-up.
    pub fn name(self) -> String {
        self.to_string().replace('=', "")
    }

    /// The rate a_n = 1 − β_n of update `n` = 1, 2, ….
    ///
    /// Bias-corrected: a_n = (1 − β) / (1 − β^n) makes v_n the normalised mean Σ β^(n−i) w_i / Σ β^(n−i) over the updates
    /// i = 1 … n, as Adam's correction does (Kingma and Ba 2015, section 3), without the bug of dividing an average that
    /// began at w_0.
    pub fn rate(self, n: u64) -> f64 {
        let n = n as f64;
        match self {
            Self::Constant { beta, warmup: Warmup::None } => 1.0 - beta,
            Self::Constant { beta, warmup: Warmup::Ramp } => 1.0 - beta.min((1.0 + n) / (10.0 + n)),
            Self::Constant { beta, warmup: Warmup::BiasCorrected } => (1.0 - beta) / (1.0 - beta.powf(n)),
            // 1 − x^y without the rounding of an x near 1.
            Self::Power { sigma } => -((gamma(sigma) + 1.0) * (-1.0 / n).ln_1p()).exp_m1(),
            Self::HalfLife { percent } => -(-LN_2 / (percent / 100.0 * n)).exp_m1(),
            Self::Uniform => 1.0 / (n + 1.0),
        }
    }

    /// Share of the weights that the average began with, after `n` updates: Π β_i over i = 1 … n.
    pub fn initial_share(self, n: u64) -> f64 {
        match self {
            Self::Constant { beta, warmup: Warmup::None } => beta.powf(n as f64),
            Self::Constant { warmup: Warmup::BiasCorrected, .. } | Self::Power { .. } => {
                f64::from(u8::from(n == 0))
            }
            Self::Constant { beta, warmup: Warmup::Ramp } => {
                // β_n is below β up to here, and β from here on.
                let end = ((10.0 * beta - 1.0) / (1.0 - beta)).max(0.0).ceil();
                let ramp: f64 = (1..=n.min(end as u64)).map(|n| 1.0 - self.rate(n)).product();
                ramp * beta.powf((n as f64 - end).max(0.0))
            }
            Self::HalfLife { percent } => (-harmonic(n) / (percent / 100.0)).exp2(),
            Self::Uniform => 1.0 / (n as f64 + 1.0),
        }
    }

    /// Updates after which half of a weight's share is gone, at the β of update `n`: the current half-life of an
    /// average whose memory grows with the run. A warm-up is ignored.
    pub fn half_life(self, n: u64) -> f64 {
        match self {
            Self::Constant { beta: 0.0, .. } => 0.0,
            Self::Constant { beta, .. } => 0.5_f64.ln() / beta.ln(),
            Self::Power { sigma } => -LN_2 / ((gamma(sigma) + 1.0) * (-1.0 / n as f64).ln_1p()),
            Self::HalfLife { percent } => percent / 100.0 * n as f64,
            Self::Uniform => LN_2 / (1.0 / n as f64).ln_1p(),
        }
    }
}

/// Its text: `0.98`, `power=0.1`, `half-life=5%`; the warm-up is an option after it.
impl fmt::Display for Decay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant { beta, .. } => write!(f, "{beta}"),
            Self::Power { sigma } => write!(f, "power={sigma}"),
            Self::HalfLife { percent } => write!(f, "half-life={percent}%"),
            Self::Uniform => write!(f, "uniform"),
        }
    }
}

/// The exponent γ of the power average of relative width σ: the largest root of
/// γ³ + 7 γ² + (16 − σ⁻²) γ + 12 − σ⁻².
fn gamma(sigma: f64) -> f64 {
    let inverse = sigma.powi(-2);
    // The root is below 1/σ, and Newton's method descends to it from there, because the cubic is convex.
    let mut gamma = 1.0 / sigma;
    loop {
        let value = ((gamma + 7.0) * gamma + 16.0 - inverse) * gamma + 12.0 - inverse;
        let slope = (3.0 * gamma + 14.0) * gamma + 16.0 - inverse;
        let next = gamma - value / slope;
        if next >= gamma {
            return gamma;
        }
        gamma = next;
    }
}

/// 1 + 1/2 + … + 1/n.
fn harmonic(n: u64) -> f64 {
    const EXACT: u64 = 64;
    const EULER: f64 = 0.577_215_664_901_532_9;
    if n <= EXACT {
        return (1..=n).map(|n| 1.0 / n as f64).sum();
    }
    // The Euler–Maclaurin series; the remainder is below 1e-12.
    let n = n as f64;
    n.ln() + EULER + 1.0 / (2.0 * n) - 1.0 / (12.0 * n * n) + 1.0 / (120.0 * n.powi(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_and_gamma_are_those_of_the_paper() {
        for (sigma, expected) in [(0.05, 16.97), (0.10, 6.94), (0.15, 3.56), (0.20, 1.83), (0.25, 0.72)] {
            assert!((gamma(sigma) - expected).abs() < 0.005, "{sigma}: {}", gamma(sigma));
        }
        for sigma in [Decay::SIGMAS.0, 0.0905, Decay::SIGMAS.1] {
            let gamma = gamma(sigma);
            let square = (gamma + 1.0) / ((gamma + 2.0).powi(2) * (gamma + 3.0));
            assert!((square.sqrt() / sigma - 1.0).abs() < 1e-12, "{sigma}");
        }
    }

    #[test]
    fn harmonic_numbers_go_on_where_they_are_no_longer_summed() {
        let sum: f64 = (1..=5000).map(|n| 1.0 / f64::from(n)).sum();
        assert!((harmonic(5000) - sum).abs() < 1e-12);
        assert!((harmonic(65) - harmonic(64) - 1.0 / 65.0).abs() < 1e-12);
    }

    /// γ = 8: a quotient of nine factors, where the power average has a ninth power.
    #[test]
    fn the_ramp_tends_to_the_power_average_of_sigma_0_0905() {
        let power = Decay::Power { sigma: (9.0_f64 / 1100.0).sqrt() };
        let ramp = Decay::Constant { beta: 0.9999, warmup: Warmup::Ramp };
        for n in [1000, 10_000] {
            let ratio = ramp.rate(n) / power.rate(n);
            assert!((ratio - 1.0).abs() < 10.0 / n as f64, "{n}: {ratio}");
        }
    }
}
