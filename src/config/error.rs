//! Errors of a configuration.

use std::fmt;

use crate::average::{MAX_AVERAGES, SpecError};

/// A problem with a configuration; each message names the setting and its allowed values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that no row of the table has.
    #[error("there is no setting `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        /// The key as it was given.
        key: String,
        /// The known key with the most similar spelling.
        nearest: String,
    },
    /// A value of the wrong type or out of range.
    #[error("setting `{key}` cannot be {value}: it takes {allowed}")]
    BadValue {
        /// The setting's key.
        key: String,
        /// The value as it was given.
        value: String,
        /// Allowed values.
        allowed: String,
    },
    /// A change of a setting that is fixed during a run.
    #[error("setting `{key}` cannot change during a run; start a new one")]
    Fixed {
        /// The setting's key.
        key: String,
    },
    /// The same average twice.
    #[error("the average `{0}` is listed twice")]
    Twice(String),
    /// More averages than a bank holds.
    #[error("{asked} averages are listed; at most {MAX_AVERAGES} are possible")]
    TooMany {
        /// Their number.
        asked: usize,
    },
    /// A warm-up before the one-cycle schedule.
    #[error(
        "the one-cycle schedule has its own warm-up: set `warmup_steps` to 0 or choose another `schedule`"
    )]
    OneCycle,
    /// A warm-up that does not end within the run.
    #[error(
        "`warmup_steps` ({warmup}) is longer than the run of {steps} steps: choose a shorter warm-up or more steps"
    )]
    WarmUp {
        /// Steps of the warm-up.
        warmup: u64,
        /// Steps of the run.
        steps: u64,
    },
    /// Values that are valid alone but not together, in a run that has begun.
    #[error("{0}")]
    Combination(String),
    /// A text that is not a JSON object, or an invalid model description.
    #[error("{0}")]
    BadJson(String),
}

impl From<SpecError> for ConfigError {
    fn from(error: SpecError) -> Self {
        Self::bad("ema", format_args!("`{}`", error.text), error.allowed)
    }
}

impl ConfigError {
    pub(crate) fn bad(key: &str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self::BadValue { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }
}
