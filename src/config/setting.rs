//! A row of the settings table: the values a setting takes, and how it reads text.

use serde::Serialize;
use serde_json::Value;

use super::ConfigError;
use crate::named::{number, whole, whole_number};

/// The values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub enum Kind {
    /// A number from `min` to `max`, both allowed; `step` is the increment of a control.
    Float {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Increment of a control.
        step: f64,
    },
    /// A whole number from `min` to `max`, both allowed.
    Integer {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
        /// Increment of a control.
        step: u64,
    },
    /// One of the names.
    Choice {
        /// The names.
        choices: &'static [&'static str],
    },
    /// `true` or `false`.
    Boolean,
    /// Free text.
    Text,
    /// A list of texts. With `choices`, a flag takes one word with commas; without, the flag is repeated. `none` is the
    /// empty list.
    List {
        /// Names of the items, where they have names; an item may add `=value`.
        choices: &'static [&'static str],
        /// Most items.
        max: usize,
    },
}

/// One row of the settings table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Setting {
    /// Key in the JSON file and field of [`Experiment`](super::Experiment).
    pub key: &'static str,
    /// The command line's flag, without the dashes.
    pub flag: String,
    /// Type and range; its fields `kind`, `min`, `max`, `step`, `choices` are the setting's own when serialised.
    #[serde(flatten)]
    #[cfg_attr(target_arch = "wasm32", tsify(type = "(Kind)"))]
    pub kind: Kind,
    /// Unit of the value, or empty.
    pub unit: &'static str,
    /// Value as in the JSON file; null for a setting that may be unset.
    #[cfg_attr(target_arch = "wasm32", tsify(type = "unknown"))]
    pub default: Value,
    /// Whether it can change during a run; the others need a new run.
    pub live: bool,
    /// Its help text.
    pub help: &'static str,
}

impl Setting {
    /// The values the setting takes, in words: "a number from 0 to 1".
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Float { min, max, .. } => format!("a number from {min} to {max}"),
            Kind::Integer { min, max, .. } => format!("a whole number from {min} to {max}"),
            Kind::Choice { choices } => format!("one of {}", choices.join(", ")),
            Kind::Boolean => "true or false".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::List { choices: [], .. } => "a list of strings".to_owned(),
            Kind::List { choices, .. } => format!("a list of {}", choices.join(", ")),
        }
    }

    /// A JSON value in normal form: 64.0 becomes the whole number 64, and −0 becomes 0.
    pub(super) fn normal(&self, value: Value) -> Value {
        match (self.kind, value.as_f64()) {
            (Kind::Integer { .. }, Some(number)) if !value.is_u64() => {
                whole(number).map_or(value, Value::from)
            }
            (Kind::Float { .. }, Some(0.0)) => Value::from(0.0),
            _ => value,
        }
    }

    /// Checks a JSON value against the row.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for a value of another type or out of range.
    pub(super) fn check(&self, value: &Value) -> Result<(), ConfigError> {
        let fits = match self.kind {
            _ if value.is_null() => self.default.is_null(),
            Kind::Float { min, max, .. } => value.as_f64().is_some_and(|v| (min..=max).contains(&v)),
            Kind::Integer { min, max, .. } => value.as_u64().is_some_and(|v| (min..=max).contains(&v)),
            Kind::Choice { choices } => value.as_str().is_some_and(|v| choices.contains(&v)),
            Kind::Boolean => value.is_boolean(),
            Kind::Text => value.is_string(),
            Kind::List { .. } => value.is_array(),
        };
        if fits {
            return Ok(());
        }
        // A flag's 20 should not come back as 20.0.
        let shown = value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string());
        Err(ConfigError::bad(self.key, shown, self.allowed()))
    }

    /// Reads the value from texts as flags and links have them.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for a text that is not a value of this type.
    pub(super) fn parse(&self, texts: &[&str]) -> Result<Value, ConfigError> {
        let bad = |text: &str| ConfigError::bad(self.key, format_args!("`{text}`"), self.allowed());
        if let Kind::List { choices, .. } = self.kind {
            let items: Vec<&str> = if choices.is_empty() {
                texts.to_vec()
            } else {
                texts.iter().flat_map(|text| text.split(',')).collect()
            };
            return Ok(if items == ["none"] {
                Value::from(Vec::<String>::new())
            } else {
                Value::from(items)
            });
        }
        let [text] = texts else { return Err(bad(&texts.join(" "))) };
        Ok(match self.kind {
            Kind::Float { .. } => Value::from(number(text).ok_or_else(|| bad(text))?),
            Kind::Integer { .. } => Value::from(whole_number(text).ok_or_else(|| bad(text))?),
            Kind::Boolean => Value::from(text.parse::<bool>().map_err(|_| bad(text))?),
            Kind::Choice { .. } | Kind::Text | Kind::List { .. } => Value::from(*text),
        })
    }
}
