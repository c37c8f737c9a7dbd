//! The specification of an average, and its text in the setting `ema`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Decay, Warmup};
use crate::named::{choices, whole_number};

choices! {
    /// The treatment of batch norm's running mean and variance in an average.
    BufferPolicy {
        /// They are averaged like weights.
        Average = "average",
        /// They are copied from the raw network.
        Copy = "copy",
        /// They are recomputed over training images before an evaluation.
        Recompute = "recompute",
    }
}

/// One exponential moving average of the bank; in text `0.98`, `0.98,every=4,warmup=ramp,buffers=copy`,
/// `power=0.1`, or `half-life=5%,from=500`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "TextOrNumber", into = "String")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(type = "string"))]
pub struct AverageSpec {
    /// The share of the old average that each update keeps.
    pub decay: Decay,
    /// Steps from one update to the next, at least 1. The same horizon at `update_every` T needs β^T.
    pub update_every: u32,
    /// The treatment of batch norm's buffers.
    pub buffers: BufferPolicy,
    /// Up to this step the average equals the raw weights; after it, it is an average that began with the weights of
    /// this step.
    pub from: u64,
}

/// A text that is not an average, or an average with invalid values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting `ema` cannot be `{text}`: it takes {allowed}")]
pub struct SpecError {
    /// The text as given.
    pub text: String,
    /// The allowed values.
    pub allowed: String,
}

impl SpecError {
    fn new(text: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self { text: text.to_string(), allowed: allowed.into() }
    }
}

impl AverageSpec {
    /// The options after the decay in its text.
    pub const OPTIONS: [&str; 4] = ["every", "warmup", "buffers", "from"];

    /// An average with the given β, updated every step, without warm-up, with averaged buffers.
    pub const fn new(beta: f64) -> Self {
        Self {
            decay: Decay::Constant { beta, warmup: Warmup::None },
            update_every: 1,
            buffers: BufferPolicy::Average,
            from: 0,
        }
    }

    /// Its β, if it is constant.
    pub const fn beta(&self) -> Option<f64> {
        match self.decay {
            Decay::Constant { beta, .. } => Some(beta),
            _ => None,
        }
    }

    /// The warm-up, if its β is constant; the memory of the other kinds grows with the run by itself.
    const fn warmup(&self) -> Warmup {
        match self.decay {
            Decay::Constant { warmup, .. } => warmup,
            _ => Warmup::None,
        }
    }

    /// The average's name in tables, logs and charts: `ema-0.98`, then the options that differ from their defaults:
    /// `ema-0.98-every4-ramp-copy`.
    pub fn name(&self) -> String {
        let mut name = format!("ema-{}", self.decay.name());
        if self.update_every != 1 {
            name += &format!("-every{}", self.update_every);
        }
        if self.warmup() != Warmup::None {
            name += &format!("-{}", self.warmup());
        }
        if self.buffers != BufferPolicy::Average {
            name += &format!("-{}", self.buffers);
        }
        if self.from != 0 {
            name += &format!("-from{}", self.from);
        }
        name
    }

    /// Checks the values; those read from text are always valid.
    ///
    /// # Errors
    /// [`SpecError`].
    pub fn check(&self) -> Result<(), SpecError> {
        self.decay.check().map_err(|allowed| SpecError::new(self, allowed))?;
        if self.update_every == 0 {
            return Err(SpecError::new(self, "every=N with N at least 1"));
        }
        Ok(())
    }
}

impl fmt::Display for AverageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.decay)?;
        if self.update_every != 1 {
            write!(f, ",every={}", self.update_every)?;
        }
        if self.warmup() != Warmup::None {
            write!(f, ",warmup={}", self.warmup())?;
        }
        if self.buffers != BufferPolicy::Average {
            write!(f, ",buffers={}", self.buffers)?;
        }
        if self.from != 0 {
            write!(f, ",from={}", self.from)?;
        }
        Ok(())
    }
}

impl FromStr for AverageSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let bad = || {
            let allowed = format!(
                "{}, then any of every=N, warmup={} (only after a β), buffers={}, from=STEP, as in `0.98,every=4`; repeat it \
                 for another average",
                Decay::FORMS,
                Warmup::CHOICES.join("|"),
                BufferPolicy::CHOICES.join("|"),
            );
            SpecError::new(text, allowed)
        };
        let mut parts = text.split(',').map(str::trim);
        let decay = parts.next().and_then(Decay::parse).ok_or_else(bad)?;
        let mut spec = Self { decay, ..Self::new(0.0) };
        for part in parts {
            match part.split_once('=').ok_or_else(bad)? {
                ("every", steps) => {
                    let steps = whole_number(steps).and_then(|steps| steps.try_into().ok());
                    spec.update_every = steps.ok_or_else(bad)?;
                }
                ("warmup", name) => match &mut spec.decay {
                    Decay::Constant { warmup, .. } => *warmup = Warmup::from_name(name).ok_or_else(bad)?,
                    _ => {
                        let allowed = "warmup only after a β: the memory of the other kinds grows with the run by itself";
                        return Err(SpecError::new(text, allowed));
                    }
                },
                ("buffers", policy) => spec.buffers = BufferPolicy::from_name(policy).ok_or_else(bad)?,
                ("from", step) => spec.from = whole_number(step).ok_or_else(bad)?,
                _ => return Err(bad()),
            }
        }
        spec.check()?;
        Ok(spec)
    }
}

impl From<AverageSpec> for String {
    fn from(spec: AverageSpec) -> Self {
        spec.to_string()
    }
}

/// Reads numbers too, as in `"ema": [0.98, "0.99,every=4"]`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "setting `ema` takes a list of numbers and texts such as \"0.98,every=4\"")]
enum TextOrNumber {
    Number(f64),
    Text(String),
}

impl TryFrom<TextOrNumber> for AverageSpec {
    type Error = SpecError;

    fn try_from(form: TextOrNumber) -> Result<Self, SpecError> {
        match form {
            TextOrNumber::Number(beta) => {
                // −0 is 0.
                let spec = Self::new(beta + 0.0);
                spec.check().map(|()| spec)
            }
            TextOrNumber::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_has_a_text_and_a_name() {
        let full = "0.98,every=4,warmup=bias-corrected,buffers=recompute,from=500";
        let spec: AverageSpec = full.parse().unwrap();
        assert_eq!(spec.to_string(), full);
        assert_eq!(spec.name(), "ema-0.98-every4-bias-corrected-recompute-from500");
        assert_eq!(AverageSpec::new(0.999).name(), "ema-0.999");
        for (text, name) in
            [("power=0.1,every=4", "ema-power0.1-every4"), ("half-life=5%", "ema-half-life5%")]
        {
            assert_eq!(text.parse::<AverageSpec>().unwrap().name(), name);
        }
    }

    #[test]
    fn a_number_in_json_is_a_decay() {
        let read = |json| serde_json::from_str::<AverageSpec>(json);
        assert_eq!(read("0.98").unwrap(), AverageSpec::new(0.98));
        assert_eq!(read("-0.0").unwrap().to_string(), "0");
        assert!(read("1.5").is_err());
    }
}
