//! Every knob of a training run, once.
//!
//! A knob is one row of the table below. The row declares the field of [`Experiment`], its default and its
//! documentation, and [`settings`] hands the same row to whoever needs it: the command line makes a flag of it, the
//! JSON file a key, the page a control, the address bar a parameter. All of them come back through [`Experiment::set`],
//! so a value out of range gets the same sentence everywhere.

mod augment;
mod choices;
mod nearest;
mod setting;

use std::fmt;

pub use augment::Augment;
pub use choices::{Optimizer, Schedule};
pub use nearest::{Adjustment, Because};
pub use setting::{Kind, Setting};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::average::{AverageSpec, MAX_AVERAGES, SpecError, decay_forms};
use crate::network::ModelSpec;
pub use crate::network::{Norm, Preset};

/// A problem with a configuration; each message names the setting and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that no row of the table has.
    #[error("there is no setting `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        /// The key as it was given.
        key: String,
        /// The known key that is spelled most like it.
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
    /// Another value for a setting that a run keeps to its end.
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
        /// How many.
        asked: usize,
    },
    /// A warm-up in front of the one-cycle schedule.
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
    /// Values that are right alone and impossible together, in a run that has begun.
    #[error("{0}")]
    Combination(String),
    /// A text that is not a JSON object, or a model description that is none.
    #[error("{0}")]
    BadJson(String),
}

impl From<SpecError> for ConfigError {
    fn from(error: SpecError) -> Self {
        Self::bad("ema", format_args!("`{}`", error.text), error.allowed)
    }
}

impl ConfigError {
    fn bad(key: &str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self::BadValue { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// Declares [`Experiment`], its default and [`settings`] from rows of
/// `key: type = default, kind, unit, when it takes effect, help;`.
macro_rules! experiment {
    ($($key:ident: $type:ty = $default:expr, $kind:expr, $unit:literal, $effect:expr, $help:expr;)+) => {
        /// Everything that decides a training run: with the same adapter, equal experiments give equal bits.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
        #[cfg_attr(target_arch = "wasm32", tsify(missing_as_null, hashmap_as_object, type = "Record<string, unknown>"))]
        pub struct Experiment {
            $(#[doc = $help] pub $key: $type,)+
            /// A custom network instead of the preset; only a JSON file can set it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub model: Option<ModelSpec>,
        }

        impl Default for Experiment {
            fn default() -> Self {
                Self { $($key: $default,)+ model: None }
            }
        }

        /// The settings table, one row a knob, in the order people should see them.
        pub fn settings() -> Vec<Setting> {
            let default = Experiment::default();
            vec![$(Setting {
                key: stringify!($key),
                flag: stringify!($key).replace('_', "-"),
                kind: $kind,
                unit: $unit,
                default: serde_json::to_value(&default.$key).expect("a setting is JSON"),
                live: matches!($effect, Effect::Live),
                help: $help,
            },)+]
        }
    };
}

/// When a setting takes effect.
enum Effect {
    /// From the next step on, in the middle of a run too.
    Live,
    /// From the first step of a run on.
    Fixed,
}

use Effect::{Fixed, Live};

const fn float(min: f64, max: f64, step: f64) -> Kind {
    Kind::Float { min, max, step }
}

const fn integer(min: u64, max: u64) -> Kind {
    Kind::Integer { min, max, step: 1 }
}

const fn choice(choices: &'static [&'static str]) -> Kind {
    Kind::Choice { choices }
}

const fn list(choices: &'static [&'static str], max: usize) -> Kind {
    Kind::List { choices, max }
}

const IMAGES: Kind = integer(1, 10_000_000);
const STEPS: Kind = integer(1, 1_000_000_000);

experiment! {
    data: String = "subset".to_owned(), Kind::Text, "", Fixed,
        "Images: subset (6,000 of CIFAR-10, included in the program), synthetic (drawn), cifar10 (all 60,000, \
         downloaded once), or a CIFAR-10 archive, folder or .bin file";
    preset: Preset = Preset::Tiny, choice(Preset::CHOICES), "", Fixed,
        "The network: tiny (72,954 parameters with batch norm), small, resnet9 (6.6 million)";
    norm: Norm = Norm::Batch, choice(Norm::CHOICES), "", Fixed,
        "Normalisation after each convolution of the network";
    epochs: u32 = 14, integer(1, 100_000), "epochs", Live,
        "Passes over the training data";
    steps: Option<u64> = None, STEPS, "steps", Live,
        "Steps to train, instead of epochs";
    batch: u32 = 64, integer(1, 16_384), "images", Fixed,
        "Images per training step";
    optimizer: Optimizer = Optimizer::Adam, choice(Optimizer::CHOICES), "", Fixed,
        "How gradients become updates: adam, or adamw with decoupled weight decay";
    lr: f64 = 2e-3, float(0.0, 10.0, 1e-4), "", Live,
        "Learning rate, the peak of its schedule";
    beta1: f64 = 0.9, float(0.0, 0.999_999, 0.01), "", Fixed,
        "Adam's decay of the first moment";
    beta2: f64 = 0.999, float(0.0, 0.999_999, 0.001), "", Fixed,
        "Adam's decay of the second moment";
    eps: f64 = 1e-8, float(0.0, 1.0, 1e-8), "", Fixed,
        "Added to the square root of Adam's second moment";
    weight_decay: f64 = 0.0, float(0.0, 10.0, 1e-4), "", Live,
        "Weight decay: part of the gradient with adam, decoupled with adamw";
    schedule: Schedule = Schedule::Constant, choice(Schedule::CHOICES), "", Live,
        "How the learning rate changes over the run: constant, half a cosine down, or up and down again";
    warmup_steps: u64 = 0, integer(0, 1_000_000_000), "steps", Live,
        "Steps over which the learning rate rises from zero";
    label_smoothing: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the target that is spread over all classes";
    label_noise: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the training labels that are replaced at random";
    augment: Augment = Augment { flip: true, crop: Augment::DEFAULT_CROP }, list(&["flip", "crop"], 2), "", Live,
        "Random changes of the training images: flip (mirror half of them), crop (shift by up to 2 pixels) or \
         crop=PIXELS, or none";
    shuffle: bool = true, Kind::Boolean, "", Fixed,
        "Reshuffle the training images every epoch";
    limit_train: Option<u32> = None, IMAGES, "images", Fixed,
        "Use only the first N training images";
    limit_test: Option<u32> = None, IMAGES, "images", Fixed,
        "Use only the first N test images";
    eval_every: Option<u64> = None, STEPS, "steps", Live,
        "Steps from one evaluation to the next, instead of an epoch";
    eval_early: bool = true, Kind::Boolean, "", Live,
        "Also evaluate after steps 1, 2, 4, 8 and so on, up to the first regular evaluation";
    seed: u32 = 0, integer(0, u32::MAX as u64), "", Fixed,
        "Seed of the initial weights, the order of the images, the augmentation and the label noise";
    ema: Vec<AverageSpec> = [0.9, 0.98, 0.99, 0.995, 0.999].map(AverageSpec::new).to_vec(), list(&[], MAX_AVERAGES), "", Live,
        concat!("An average of the weights: ", decay_forms!(), ", then after commas any of every=N (steps between updates), \
         warmup=none|ramp|bias-corrected (only after a β), buffers=average|copy|recompute (batch norm's) and from=STEP (where it \
         begins); give it again for another, or `none` alone");
}

impl Experiment {
    /// The key of the field that only a file can set.
    pub const MODEL_KEY: &str = "model";

    /// The network: the model of the file if there is one, else the preset.
    pub fn model_spec(&self) -> ModelSpec {
        self.model.clone().unwrap_or_else(|| ModelSpec::preset(self.preset, self.norm))
    }

    /// Steps of the whole run, where an epoch has `steps_per_epoch`.
    pub fn total_steps(&self, steps_per_epoch: u64) -> u64 {
        self.steps.unwrap_or(u64::from(self.epochs) * steps_per_epoch)
    }

    /// The step after which the next evaluation comes once `step` steps are taken: steps 1, 2, 4, 8 and so on below the first
    /// regular evaluation if they are wanted, then at even distances, and the last step of the run.
    pub fn next_evaluation(&self, step: u64, steps_per_epoch: u64) -> u64 {
        let every = self.evaluation_interval(steps_per_epoch);
        let regular = (step / every + 1).saturating_mul(every);
        let early = if self.eval_early && step < every { (step + 1).next_power_of_two() } else { regular };
        early.min(regular).min(self.total_steps(steps_per_epoch))
    }

    /// Whether an evaluation after `step` is one of those before the first regular one.
    pub fn is_early(&self, step: u64, steps_per_epoch: u64) -> bool {
        step < self.evaluation_interval(steps_per_epoch) && step < self.total_steps(steps_per_epoch)
    }

    /// Steps from one regular evaluation to the next.
    fn evaluation_interval(&self, steps_per_epoch: u64) -> u64 {
        self.eval_every.unwrap_or(steps_per_epoch)
    }

    /// Sets one knob to a JSON value.
    ///
    /// # Errors
    /// [`ConfigError`] for an unknown key and for a value that the knob does not take; `self` is then unchanged.
    pub fn set(&mut self, key: &str, value: Value) -> Result<(), ConfigError> {
        if key == Self::MODEL_KEY {
            self.model = serde_json::from_value(value).map_err(|error| {
                ConfigError::BadJson(format!("setting `model` is not a list of layers: {error}"))
            })?;
            return Ok(());
        }
        let row = row(key)?;
        let value = row.normal(value);
        row.check(&value)?;
        let mut fields = self.to_value();
        fields[key] = value;
        *self = serde_json::from_value(fields).map_err(|error| ConfigError::BadJson(error.to_string()))?;
        Ok(())
    }

    /// Sets one knob from text, as flags and addresses give it: one text, or for a list any number.
    ///
    /// # Errors
    /// [`ConfigError`] as in [`Experiment::set`].
    pub fn set_text(&mut self, key: &str, texts: &[&str]) -> Result<(), ConfigError> {
        let value = row(key)?.parse(texts)?;
        self.set(key, value)
    }

    /// Reads an experiment from a JSON object; keys it leaves out keep their defaults.
    ///
    /// # Errors
    /// [`ConfigError`] for a text that is not a JSON object, an unknown key (with the nearest known one), or a bad value.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        Self::from_value(parse_json(text)?)
    }

    /// Reads an experiment from a parsed JSON object, as [`Experiment::from_json`].
    ///
    /// # Errors
    /// See [`Experiment::from_json`].
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let mut experiment = Self::default();
        experiment.merge(value)?;
        Ok(experiment)
    }

    /// Sets every knob that a parsed JSON object names.
    ///
    /// # Errors
    /// [`ConfigError`] as [`Experiment::from_json`]; keys before the bad one are then already set.
    pub fn merge(&mut self, value: Value) -> Result<(), ConfigError> {
        let Value::Object(fields) = value else {
            return Err(ConfigError::BadJson("the configuration must be a JSON object".to_owned()));
        };
        fields.into_iter().try_for_each(|(key, value)| self.set(&key, value))
    }

    /// The experiment as a JSON object, every knob spelled out.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("an experiment is JSON")
    }

    /// The experiment as indented JSON text; [`Experiment::from_json`] reads it back equal.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("an experiment is JSON")
    }

    /// Checks each value against its row and the values against each other. The trainer checks what depends on
    /// the data set, such as a batch that is larger than it.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let fields = self.to_value();
        for setting in settings() {
            let value = &fields[setting.key];
            // JSON has no word for it.
            if value.is_null() && matches!(setting.kind, Kind::Float { .. }) {
                return Err(ConfigError::bad(setting.key, "infinite or not a number", setting.allowed()));
            }
            setting.check(value)?;
        }
        if self.augment.crop > Augment::MAX_CROP {
            let allowed = format!("a crop of at most {} pixels", Augment::MAX_CROP);
            return Err(ConfigError::bad("augment", self.augment.crop, allowed));
        }
        for (k, spec) in self.ema.iter().enumerate() {
            spec.check()?;
            if self.ema[..k].contains(spec) {
                return Err(ConfigError::Twice(spec.to_string()));
            }
        }
        if self.ema.len() > MAX_AVERAGES {
            return Err(ConfigError::TooMany { asked: self.ema.len() });
        }
        if let Some(steps) = self.steps {
            self.check_length(steps)?;
        }
        if self.schedule == Schedule::OneCycle && self.warmup_steps > 0 {
            return Err(ConfigError::OneCycle);
        }
        Ok(())
    }

    /// Checks what depends on the number of steps of the whole run.
    ///
    /// # Errors
    /// [`ConfigError::WarmUp`] for a warm-up longer than the run.
    pub fn check_length(&self, total_steps: u64) -> Result<(), ConfigError> {
        if self.warmup_steps > total_steps {
            return Err(ConfigError::WarmUp { warmup: self.warmup_steps, steps: total_steps });
        }
        Ok(())
    }
}

/// Parses the text of a configuration.
///
/// # Errors
/// [`ConfigError::BadJson`], with the place where the text stops being JSON.
pub fn parse_json(text: &str) -> Result<Value, ConfigError> {
    serde_json::from_str(text).map_err(|error| {
        ConfigError::BadJson(match not_finite_at(text, error.line(), error.column()) {
            Some(word) => format!(
                "the configuration has `{word}` in line {}, but JSON allows only finite numbers",
                error.line()
            ),
            None => format!("the configuration is not valid JSON: {error}"),
        })
    })
}

/// The number at this place of a text, if it is one that is infinite or none, as other programs write them.
fn not_finite_at(text: &str, line: usize, column: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    words.find(|word| {
        // A parser may point at a number's start or at its end.
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        let near = (start..=start + word.len() + 1).contains(&column);
        near && word.parse().is_ok_and(|number: f64| !number.is_finite())
    })
}

/// The row of a key.
fn row(key: &str) -> Result<Setting, ConfigError> {
    let settings = settings();
    if let Some(setting) = settings.iter().find(|setting| setting.key == key) {
        return Ok(setting.clone());
    }
    let keys = settings.iter().map(|setting| setting.key).chain([Experiment::MODEL_KEY]);
    let nearest = nearest::most_like(key, keys).expect("the table has rows");
    Err(ConfigError::UnknownKey { key: key.to_owned(), nearest: nearest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(result: Result<impl fmt::Debug, ConfigError>) -> String {
        result.expect_err("a bad configuration was taken").to_string()
    }

    #[test]
    fn json_gives_back_the_same_experiment() {
        let mut experiment = Experiment { steps: Some(7), label_noise: 0.4, ..Experiment::default() };
        experiment.augment = Augment { flip: false, crop: 3 };
        experiment.ema =
            vec!["0.98,every=4,warmup=ramp,buffers=copy".parse().unwrap(), AverageSpec::new(0.0)];
        experiment.model = Some(ModelSpec::preset(Preset::Resnet9, Norm::Group));
        assert_eq!(Experiment::from_json(&experiment.to_json()), Ok(experiment));
        assert_eq!(Experiment::from_json("{}"), Ok(Experiment::default()));
    }

    #[test]
    fn every_default_fits_its_own_row_and_can_be_given_as_text() {
        Experiment::default().validate().unwrap();
        for setting in settings() {
            let texts: Vec<String> = match &setting.default {
                Value::Null => continue,
                Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
                Value::String(text) => vec![text.clone()],
                other => vec![other.to_string()],
            };
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut experiment = Experiment::default();
            experiment.set_text(setting.key, &texts).unwrap();
            assert_eq!(experiment, Experiment::default(), "{}", setting.key);
        }
    }

    #[test]
    fn a_row_serialises_as_the_page_reads_it() {
        let rows = serde_json::to_value(settings()).unwrap();
        let row = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
        assert_eq!(row("weight_decay")["flag"], "weight-decay");
        assert_eq!(row("lr")["kind"], "float");
        assert_eq!(row("lr")["max"], 10.0);
        assert_eq!(row("norm")["choices"], json!(["batch", "group", "none"]));
        assert_eq!(row("augment")["default"], json!(["flip", "crop"]));
        assert_eq!(row("ema")["default"], json!(["0.9", "0.98", "0.99", "0.995", "0.999"]));
        assert_eq!(row("steps")["default"], Value::Null);
        assert_eq!((&row("lr")["live"], &row("batch")["live"]), (&json!(true), &json!(false)));
    }

    #[test]
    fn a_bad_value_names_key_value_and_range() {
        let mut experiment = Experiment::default();
        let said = message(experiment.set("lr", json!(20)));
        assert_eq!(said, "setting `lr` cannot be 20: it takes a number from 0 to 10");
        assert_eq!(message(experiment.set_text("lr", &["20"])), said);
        let said = message(experiment.set_text("batch", &["-3"]));
        assert_eq!(said, "setting `batch` cannot be `-3`: it takes a whole number from 1 to 16384");
        let said = message(experiment.set("norm", json!("layer")));
        assert_eq!(said, "setting `norm` cannot be \"layer\": it takes one of batch, group, none");
        let said = message(experiment.set("shuffle", json!(1)));
        assert_eq!(said, "setting `shuffle` cannot be 1: it takes true or false");
        let said = message(experiment.set_text("augment", &["flip,turn"]));
        assert!(said.starts_with("setting `augment` cannot be `turn`: it takes flip, crop"), "{said}");
        let said = message(experiment.set("ema", json!([true])));
        assert!(said.starts_with("setting `ema` takes a list of numbers and texts"), "{said}");
        assert_eq!(experiment, Experiment::default());
        experiment.lr = f64::NAN;
        assert!(
            message(experiment.validate()).starts_with("setting `lr` cannot be infinite or not a number")
        );
    }

    #[test]
    fn numbers_are_taken_for_what_they_mean_or_refused_by_their_own_name() {
        let mut experiment = Experiment::default();
        for bad in ["nan", "NaN", "inf", "-inf", "infinity", "1e999"] {
            let said = message(experiment.set_text("lr", &[bad]));
            assert_eq!(said, format!("setting `lr` cannot be `{bad}`: it takes a number from 0 to 10"));
            assert!(message(experiment.set_text("batch", &[bad])).contains(&format!("`{bad}`")));
        }
        for bad in ["64.5", "-1", "1e30", "6 4", ""] {
            assert!(message(experiment.set_text("batch", &[bad])).contains(&format!("`{bad}`")));
        }
        for (text, batch) in [("64.0", 64), ("6.4e1", 64), ("+8", 8)] {
            experiment.set_text("batch", &[text]).unwrap();
            assert_eq!(experiment.batch, batch);
        }
        let read = Experiment::from_json(r#"{"batch": 32.0, "seed": -0, "steps": 7.0, "lr": -0.0}"#).unwrap();
        assert_eq!((read.batch, read.seed, read.steps, read.lr.to_bits()), (32, 0, Some(7), 0));
        experiment.set_text("lr", &["-0"]).unwrap();
        experiment.set_text("seed", &["-0"]).unwrap();
        experiment.set_text("augment", &["crop=3.0"]).unwrap();
        assert_eq!((experiment.lr.to_bits(), experiment.seed, experiment.augment.crop), (0, 0, 3));
        assert!(message(experiment.set("batch", json!(64.5))).contains("cannot be 64.5"));
        for bad in ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"] {
            for text in [format!("{{\"lr\": {bad}}}"), format!("{{\n  \"ema\": [0.9,{bad}]\n}}")] {
                let said = message(Experiment::from_json(&text));
                assert!(said.contains(&format!("has `{bad}` in line")), "{said}");
            }
        }
        assert!(message(Experiment::from_json(r#"{"lr": 1,}"#)).contains("trailing comma"));
    }

    #[test]
    fn an_unknown_key_gets_the_nearest() {
        let said = message(Experiment::from_json(r#"{"labl_noise": 0.4}"#));
        assert_eq!(said, "there is no setting `labl_noise`; did you mean `label_noise`?");
        assert!(message(Experiment::from_json("[]")).contains("must be a JSON object"));
        assert!(message(Experiment::from_json("{")).contains("not valid JSON: "));
        assert!(message(Experiment::from_json(r#"{"model": {"nme": 1}}"#)).contains("setting `model`"));
    }

    #[test]
    fn lists_take_flags_files_and_none() {
        let mut experiment = Experiment::default();
        experiment.set_text("ema", &["0.5", "0.6,warmup=ramp"]).unwrap();
        assert_eq!(experiment.ema.len(), 2);
        experiment.set("ema", json!([0, 0.98, "0.99,buffers=copy"])).unwrap();
        assert_eq!(experiment.ema[2].name(), "ema-0.99-copy");
        experiment.set_text("ema", &["none"]).unwrap();
        assert_eq!(experiment.ema, []);
        experiment.set_text("augment", &["crop=4"]).unwrap();
        assert_eq!(experiment.augment, Augment { flip: false, crop: 4 });
        experiment.set_text("augment", &["none"]).unwrap();
        assert_eq!(experiment.augment, Augment::NONE);
    }

    /// The steps that a run of 78 steps an epoch is evaluated after.
    fn evaluations(experiment: &Experiment) -> Vec<u64> {
        let total = experiment.total_steps(78);
        let next = |&step: &u64| (step < total).then(|| experiment.next_evaluation(step, 78));
        std::iter::successors(next(&0), next).collect()
    }

    #[test]
    fn evaluations_come_at_powers_of_two_then_evenly_and_at_the_end() {
        let with = |epochs, steps, eval_every, eval_early| {
            evaluations(&Experiment { epochs, steps, eval_every, eval_early, ..Experiment::default() })
        };
        assert_eq!(with(2, None, None, true), [1, 2, 4, 8, 16, 32, 64, 78, 156]);
        assert_eq!(with(2, None, None, false), [78, 156]);
        assert_eq!(with(2, Some(25), Some(10), true), [1, 2, 4, 8, 10, 20, 25]);
        assert_eq!(with(2, Some(40), Some(16), true), [1, 2, 4, 8, 16, 32, 40]);
        assert_eq!(with(2, Some(3), Some(1), true), [1, 2, 3]);
        assert_eq!(with(2, Some(20), None, true), [1, 2, 4, 8, 16, 20]);
        assert_eq!(with(2, Some(1), None, true), [1]);
        assert_eq!(with(1, None, Some(1_000_000_000), false), [78]);
    }

    #[test]
    fn an_evaluation_is_early_below_the_first_regular_one() {
        let early = |eval_every, steps| {
            let experiment = Experiment { eval_every, steps, ..Experiment::default() };
            evaluations(&experiment)
                .into_iter()
                .filter(|&step| experiment.is_early(step, 78))
                .collect::<Vec<_>>()
        };
        assert_eq!(early(Some(10), Some(25)), [1, 2, 4, 8]);
        assert_eq!(early(Some(1), Some(4)), [0; 0]);
        // The last step's is the result, however short the run.
        assert_eq!(early(None, Some(4)), [1, 2]);
    }

    #[test]
    fn impossible_combinations_are_refused() {
        let with = |change: fn(&mut Experiment)| {
            let mut experiment = Experiment::default();
            change(&mut experiment);
            message(experiment.validate())
        };
        assert!(
            with(|e| e.ema = (0..9).map(|k| AverageSpec::new(f64::from(k) / 10.0)).collect())
                .contains("at most 8")
        );
        assert!(with(|e| e.ema = vec![AverageSpec::new(0.9); 2]).contains("listed twice"));
        assert!(with(|e| (e.steps, e.warmup_steps) = (Some(5), 6)).contains("longer than the run"));
        assert!(with(|e| (e.schedule, e.warmup_steps) = (Schedule::OneCycle, 6)).contains("one-cycle"));
        assert!(with(|e| e.ema[0] = AverageSpec::new(1.0)).contains("below 1"));
    }
}
