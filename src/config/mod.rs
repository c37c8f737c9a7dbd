//! The settings of a training run, each in one place.
//!
//! A setting is a row of the table below. The row declares the field of [`Experiment`], its default and its documentation.
//! [`settings`] returns the rows; from them the command line makes flags, the JSON file keys, the page controls, and the
//! address bar parameters. Values from all of these go through [`Experiment::set`], so a value out of range has the same
//! message everywhere.

mod augment;
mod choices;
mod error;
mod json;
mod nearest;
mod setting;

pub use augment::Augment;
pub use choices::{Border, Optimizer, Schedule, TestView, Tta};
pub use error::ConfigError;
pub use json::parse_json;
pub use nearest::{Adjustment, Because};
pub use setting::{Kind, Setting};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::average::{AverageSpec, MAX_AVERAGES, decay_forms};
use crate::network::ModelSpec;
pub use crate::network::{Norm, Preset};

/// Declares [`Experiment`], its default and [`settings`] from rows of
/// `key: type = default, kind, unit, when it takes effect, help;`.
macro_rules! experiment {
    ($($key:ident: $type:ty = $default:expr, $kind:expr, $unit:literal, $effect:expr, $help:expr;)+) => {
        /// The settings of a training run: on the same adapter, equal experiments give equal bits.
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

        /// The settings table, in the order to show the settings in.
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
    /// From the next step on, also during a run.
    Live,
    /// From the first step of a run.
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
        "The network: tiny (72,954 parameters with batch norm), small, resnet9 (6.6 million), airbench (2 million)";
    norm: Norm = Norm::Batch, choice(Norm::CHOICES), "", Fixed,
        "Normalisation after each convolution of the network";
    epochs: u32 = 14, integer(1, 100_000), "epochs", Live,
        "Passes over the training data";
    steps: Option<u64> = None, STEPS, "steps", Live,
        "Steps to train, instead of epochs";
    batch: u32 = 64, integer(1, 16_384), "images", Fixed,
        "Images per training step";
    optimizer: Optimizer = Optimizer::Adam, choice(Optimizer::CHOICES), "", Fixed,
        "How gradients become updates: adam, adamw with decoupled weight decay, or sgd with momentum";
    lr: f64 = 2e-3, float(0.0, 10.0, 1e-4), "", Live,
        "Learning rate, the peak of its schedule";
    norm_bias_lr: f64 = 1.0, float(0.0, 1e4, 1.0), "", Fixed,
        "Learning rate of the norms' biases, as a multiple of lr; their weight decay per step stays the same as that of the other weights";
    beta1: f64 = 0.9, float(0.0, 0.999_999, 0.01), "", Fixed,
        "Adam's decay of the first moment";
    beta2: f64 = 0.999, float(0.0, 0.999_999, 0.001), "", Fixed,
        "Adam's decay of the second moment";
    eps: f64 = 1e-8, float(0.0, 1.0, 1e-8), "", Fixed,
        "Added to the square root of Adam's second moment";
    momentum: f64 = 0.9, float(0.0, 0.999_999, 0.01), "", Fixed,
        "Momentum of sgd";
    nesterov: bool = true, Kind::Boolean, "", Fixed,
        "Use Nesterov momentum with sgd";
    lookahead: u32 = 0, integer(0, 1000), "steps", Fixed,
        "Every N steps, and after the last, slow weights are updated and training continues from them; 0 is off";
    weight_decay: f64 = 0.0, float(0.0, 10.0, 1e-4), "", Live,
        "Weight decay: part of the gradient with adam and sgd, decoupled with adamw";
    schedule: Schedule = Schedule::Constant, choice(Schedule::CHOICES), "", Live,
        "How the learning rate changes over the run: constant, half a cosine down, up and down again as PyTorch's one-cycle, or in \
         a triangle whose corners can be set";
    triangle_start: f64 = 0.2, float(0.0, 1.0, 0.01), "", Live,
        "Share of lr that the triangle schedule starts from";
    triangle_peak: f64 = 0.23, float(0.0, 1.0, 0.01), "", Live,
        "Share of the run after which the triangle schedule reaches lr";
    triangle_end: f64 = 0.07, float(0.0, 1.0, 0.01), "", Live,
        "Share of lr that the triangle schedule ends at";
    warmup_steps: u64 = 0, integer(0, 1_000_000_000), "steps", Live,
        "Steps over which the learning rate rises from zero";
    label_smoothing: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the target that is spread over all classes";
    label_noise: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the training labels that are replaced at random";
    augment: Augment = Augment { flip: true, crop: Augment::DEFAULT_CROP }, list(&["flip", "crop"], 2), "", Live,
        "Random changes of the training images: flip (mirror half of them), crop (shift by up to 2 pixels) or \
         crop=PIXELS, or none";
    flip_alternately: bool = false, Kind::Boolean, "", Live,
        "With flip: mirror each image in every other epoch, instead of at random";
    crop_border: Border = Border::Black, choice(Border::CHOICES), "", Live,
        "With crop: what comes in from outside, black pixels or the image reflected at its border";
    cutout: u32 = 0, integer(0, 32), "pixels", Live,
        "Side of a square at a random place of each training image that takes the mean colour; 0 is off";
    tta: Tta = Tta::None, choice(Tta::CHOICES), "", Fixed,
        "Views of each test image whose logits are averaged: none (the image alone), mirror (and its mirror image), or mirror-shift (and both shifted by a pixel each way)";
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
         begins); repeat it for another average, or give `none` alone");
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

    /// The step of the next evaluation after `step`. Evaluations come after steps 1, 2, 4, 8 and so on up to the first
    /// regular one (if `eval_early`), then at regular intervals, and after the last step of the run.
    pub fn next_evaluation(&self, step: u64, steps_per_epoch: u64) -> u64 {
        let every = self.evaluation_interval(steps_per_epoch);
        let regular = (step / every + 1).saturating_mul(every);
        let early = if self.eval_early && step < every { (step + 1).next_power_of_two() } else { regular };
        early.min(regular).min(self.total_steps(steps_per_epoch))
    }

    /// Whether an evaluation after `step` comes before the first regular one.
    pub fn is_early(&self, step: u64, steps_per_epoch: u64) -> bool {
        step < self.evaluation_interval(steps_per_epoch) && step < self.total_steps(steps_per_epoch)
    }

    /// Steps from one regular evaluation to the next.
    fn evaluation_interval(&self, steps_per_epoch: u64) -> u64 {
        self.eval_every.unwrap_or(steps_per_epoch)
    }

    /// Sets one setting to a JSON value.
    ///
    /// # Errors
    /// [`ConfigError`] for an unknown key or a value that is not allowed; `self` is then unchanged.
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

    /// Sets one setting from text, as flags and links have it: one text, or for a list any number.
    ///
    /// # Errors
    /// See [`Experiment::set`].
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

    /// Reads an experiment from a parsed JSON object, like [`Experiment::from_json`].
    ///
    /// # Errors
    /// See [`Experiment::from_json`].
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let mut experiment = Self::default();
        experiment.merge(value)?;
        Ok(experiment)
    }

    /// Sets every setting that a parsed JSON object names.
    ///
    /// # Errors
    /// See [`Experiment::from_json`]; keys before the bad one are then already set.
    pub fn merge(&mut self, value: Value) -> Result<(), ConfigError> {
        let Value::Object(fields) = value else {
            return Err(ConfigError::BadJson("the configuration must be a JSON object".to_owned()));
        };
        fields.into_iter().try_for_each(|(key, value)| self.set(&key, value))
    }

    /// The experiment as a JSON object with every setting.
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
            // NaN and infinity become null in JSON.
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

    /// Checks the settings that depend on the number of steps of the whole run.
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
mod tests;
