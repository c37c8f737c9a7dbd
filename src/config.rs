//! Every knob of a training run, once.
//!
//! A knob is one row of the table below. The row declares the field of [`Experiment`], its default and its
//! documentation, and [`settings`] hands the same row to whoever needs it: the command line makes a flag of it, the
//! JSON file a key, the page a control, the address bar a parameter. All of them come back through [`Experiment::set`],
//! so a value out of range gets the same sentence everywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::ModelSpec;

/// Largest number of averages a bank may hold.
pub const MAX_AVERAGES: usize = 8;

/// What is wrong with a configuration; each message names the setting and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that no row of the table has.
    #[error("there is no setting `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        /// What was asked for.
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
        /// What would be right.
        allowed: String,
    },
    /// Another value for a setting that a run keeps to its end.
    #[error("setting `{key}` cannot change in the middle of a run; it needs a new one")]
    Fixed {
        /// The setting's key.
        key: String,
    },
    /// Values that are right alone and impossible together.
    #[error("{0}")]
    Combination(String),
    /// A text that is no JSON object, or a model description that is none.
    #[error("{0}")]
    BadJson(String),
}

impl ConfigError {
    fn bad(key: &str, value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self::BadValue { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// A number from `min` to `max`, both allowed; `step` is what a control moves by.
    Float {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// What one press of a control changes.
        step: f64,
    },
    /// A whole number from `min` to `max`, both allowed.
    Integer {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
        /// What one press of a control changes.
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
    /// A list of texts. With `choices`, a flag takes them in one word, with commas between; without, the flag is
    /// repeated. `none` is the empty list.
    List {
        /// What the items are called, where they have names; an item may add `=value`.
        choices: &'static [&'static str],
    },
}

/// One row of the settings table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Key in the JSON file and field of [`Experiment`].
    pub key: &'static str,
    /// The command line's flag, without the dashes.
    pub flag: String,
    /// Type and range; its fields `kind`, `min`, `max`, `step`, `choices` are the setting's own when serialised.
    #[serde(flatten)]
    pub kind: Kind,
    /// Unit of the value, or empty.
    pub unit: &'static str,
    /// Value as in the JSON file; null for a setting that may be left open.
    pub default: Value,
    /// Whether it takes effect in the middle of a run; the others need a new one.
    pub live: bool,
    /// One sentence for people.
    pub help: &'static str,
}

impl Setting {
    /// What the setting takes, in words: "a number from 0 to 1".
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Float { min, max, .. } => format!("a number from {min} to {max}"),
            Kind::Integer { min, max, .. } => format!("a whole number from {min} to {max}"),
            Kind::Choice { choices } => format!("one of {}", choices.join(", ")),
            Kind::Boolean => "true or false".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::List { choices: [] } => "a list of texts".to_owned(),
            Kind::List { choices } => format!("a list of {}", choices.join(", ")),
        }
    }

    /// Checks a JSON value against the row.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for a value of another type or out of range.
    fn check(&self, value: &Value) -> Result<(), ConfigError> {
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

    /// Reads the value from texts as a flag or an address gives them.
    ///
    /// # Errors
    /// [`ConfigError::BadValue`] for a text that is no value of this type.
    fn parse(&self, texts: &[&str]) -> Result<Value, ConfigError> {
        let bad = |text: &str| ConfigError::bad(self.key, format_args!("`{text}`"), self.allowed());
        if let Kind::List { choices } = self.kind {
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
            Kind::Float { .. } => Value::from(text.parse::<f64>().map_err(|_| bad(text))?),
            Kind::Integer { .. } => Value::from(text.parse::<u64>().map_err(|_| bad(text))?),
            Kind::Boolean => Value::from(text.parse::<bool>().map_err(|_| bad(text))?),
            Kind::Choice { .. } | Kind::Text | Kind::List { .. } => Value::from(*text),
        })
    }
}

/// Declares an enum whose values are chosen by name.
macro_rules! choices {
    ($(#[$docs:meta])* $name:ident { $($(#[$variant_docs:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_docs])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The names of the values, in order.
            pub const CHOICES: &'static [&'static str] = &[$($text),+];

            /// The name of the value, as flags and files spell it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

choices! {
    /// A network that comes with the program.
    Preset {
        /// 16-16 | pool | 32-32 | pool | 64-64 | global average | dense.
        Tiny = "tiny",
        /// 32-32 | pool | 64-64 | pool | 128-128 | global average | dense.
        Small = "small",
        /// Nine layers with weights, two residual blocks, 64 to 512 channels.
        Resnet9 = "resnet9",
    }
}

choices! {
    /// Normalisation after each convolution of a preset.
    Norm {
        /// Batch normalisation (Ioffe & Szegedy 2015).
        Batch = "batch",
        /// Group normalisation with four groups (Wu & He 2018).
        Group = "group",
        /// No normalisation; the convolutions have a bias instead.
        None = "none",
    }
}

choices! {
    /// How the weights are updated.
    Optimizer {
        /// Adam with the decay added to the gradient, as `torch.optim.Adam` (Kingma & Ba 2015).
        Adam = "adam",
        /// Adam with decoupled decay, as `torch.optim.AdamW` (Loshchilov & Hutter 2019).
        Adamw = "adamw",
    }
}

choices! {
    /// How the learning rate changes over the run.
    Schedule {
        /// It stays, after the warm-up.
        Constant = "constant",
        /// Half a cosine from the full rate to zero.
        Cosine = "cosine",
        /// One linear rise, one linear fall.
        OneCycle = "one-cycle",
    }
}

choices! {
    /// How an average begins, so that the initial weights do not stay in it for long.
    EmaWarmup {
        /// β from the first update: the initial weights keep the share β^t.
        None = "none",
        /// β_t = min(β, (1 + t) / (10 + t)) at update t = 1, 2, …, as in TensorFlow.
        Ramp = "ramp",
        /// a_t = (1 − β) / (1 − β^t): the initial weights drop out at the first update.
        BiasCorrected = "bias-corrected",
    }
}

choices! {
    /// What an average does with batch norm's running mean and variance.
    BufferPolicy {
        /// Averages them like weights.
        Average = "average",
        /// Takes the raw network's.
        Copy = "copy",
        /// Measures them anew over training data before an evaluation.
        Recompute = "recompute",
    }
}

/// How training images are varied; in text a list of `flip`, `crop` and `crop=PIXELS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Augment {
    /// Mirror every other image, left to right.
    pub flip: bool,
    /// Pad by this many black pixels on each side and cut a random 32×32 window; 0 is off.
    pub crop: u32,
}

impl Augment {
    /// Images as they are.
    pub const NONE: Self = Self { flip: false, crop: 0 };
    /// Padding of a crop for which no number is given, in pixels.
    pub const DEFAULT_CROP: u32 = 2;
    /// Largest padding of a crop, in pixels.
    pub const MAX_CROP: u32 = 16;
}

impl TryFrom<Vec<String>> for Augment {
    type Error = ConfigError;

    fn try_from(words: Vec<String>) -> Result<Self, ConfigError> {
        let mut augment = Self::NONE;
        for word in &words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("flip", "") => augment.flip = true,
                ("crop", "") => augment.crop = Self::DEFAULT_CROP,
                ("crop", pixels) => {
                    let pixels = pixels.parse().ok().filter(|&pixels| pixels <= Self::MAX_CROP);
                    augment.crop = pixels.ok_or_else(|| {
                        let allowed = format!("crop=PIXELS with 0 to {} pixels", Self::MAX_CROP);
                        ConfigError::bad("augment", format_args!("`{word}`"), allowed)
                    })?;
                }
                _ => {
                    let allowed = "flip, crop, crop=PIXELS, or none alone";
                    return Err(ConfigError::bad("augment", format_args!("`{word}`"), allowed));
                }
            }
        }
        Ok(augment)
    }
}

impl From<Augment> for Vec<String> {
    fn from(augment: Augment) -> Self {
        let flip = augment.flip.then(|| "flip".to_owned());
        let crop = match augment.crop {
            0 => None,
            Augment::DEFAULT_CROP => Some("crop".to_owned()),
            pixels => Some(format!("crop={pixels}")),
        };
        flip.into_iter().chain(crop).collect()
    }
}

/// One exponential moving average of the bank; in text `0.98`, or `0.98,every=4,warmup=ramp,buffers=copy`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "TextOrNumber", into = "String")]
pub struct EmaSpec {
    /// The share of the old average that an update keeps, 0 ≤ β < 1.
    pub beta: f64,
    /// Steps from one update to the next, at least 1. The same horizon at `update_every` T needs β^T.
    pub update_every: u32,
    /// How the average begins.
    pub warmup: EmaWarmup,
    /// What becomes of batch norm's buffers.
    pub buffers: BufferPolicy,
    /// Up to this step the average equals the raw weights; from here on it is one that began with the weights of this step.
    pub from: u64,
}

impl EmaSpec {
    /// An average with the given β, updated each step, without warm-up, averaging buffers too.
    pub const fn new(beta: f64) -> Self {
        Self { beta, update_every: 1, warmup: EmaWarmup::None, buffers: BufferPolicy::Average, from: 0 }
    }

    /// The average's name in tables, logs and charts: `ema-0.98`, and whatever differs from the default after it:
    /// `ema-0.98-every4-ramp-copy`.
    pub fn name(&self) -> String {
        let mut name = format!("ema-{}", self.beta);
        if self.update_every != 1 {
            name += &format!("-every{}", self.update_every);
        }
        if self.warmup != EmaWarmup::None {
            name += &format!("-{}", self.warmup);
        }
        if self.buffers != BufferPolicy::Average {
            name += &format!("-{}", self.buffers);
        }
        if self.from != 0 {
            name += &format!("-from{}", self.from);
        }
        name
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !(0.0..1.0).contains(&self.beta) {
            return Err(ConfigError::bad("ema", format_args!("`{self}`"), "a β of at least 0 and below 1"));
        }
        if self.update_every == 0 {
            return Err(ConfigError::bad("ema", format_args!("`{self}`"), "every=N with N at least 1"));
        }
        Ok(())
    }
}

impl fmt::Display for EmaSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.beta)?;
        if self.update_every != 1 {
            write!(f, ",every={}", self.update_every)?;
        }
        if self.warmup != EmaWarmup::None {
            write!(f, ",warmup={}", self.warmup)?;
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

impl FromStr for EmaSpec {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let bad = || {
            let allowed = format!(
                "a β below 1, then any of every=N, warmup={}, buffers={}, from=STEP, as in `0.98,every=4`; repeat it for \
                 another average",
                EmaWarmup::CHOICES.join("|"),
                BufferPolicy::CHOICES.join("|"),
            );
            ConfigError::bad("ema", format_args!("`{text}`"), allowed)
        };
        let mut parts = text.split(',').map(str::trim);
        let beta = parts.next().and_then(|beta| beta.parse().ok()).ok_or_else(bad)?;
        let mut spec = Self::new(beta);
        for part in parts {
            match part.split_once('=').ok_or_else(bad)? {
                ("every", steps) => spec.update_every = steps.parse().map_err(|_| bad())?,
                ("warmup", warmup) => spec.warmup = EmaWarmup::from_name(warmup).ok_or_else(bad)?,
                ("buffers", policy) => spec.buffers = BufferPolicy::from_name(policy).ok_or_else(bad)?,
                ("from", step) => spec.from = step.parse().map_err(|_| bad())?,
                _ => return Err(bad()),
            }
        }
        spec.check()?;
        Ok(spec)
    }
}

impl From<EmaSpec> for String {
    fn from(spec: EmaSpec) -> Self {
        spec.to_string()
    }
}

/// So that `"ema": [0.98, "0.99,every=4"]` reads.
#[derive(Deserialize)]
#[serde(untagged, expecting = "setting `ema` takes a list of numbers and texts such as \"0.98,every=4\"")]
enum TextOrNumber {
    Number(f64),
    Text(String),
}

impl TryFrom<TextOrNumber> for EmaSpec {
    type Error = ConfigError;

    fn try_from(form: TextOrNumber) -> Result<Self, ConfigError> {
        match form {
            TextOrNumber::Number(beta) => {
                let spec = Self::new(beta);
                spec.check().map(|()| spec)
            }
            TextOrNumber::Text(text) => text.parse(),
        }
    }
}

/// Declares [`Experiment`], its default and [`settings`] from rows of
/// `key: type = default, kind, unit, when it takes effect, help;`.
macro_rules! experiment {
    ($($key:ident: $type:ty = $default:expr, $kind:expr, $unit:literal, $effect:expr, $help:literal;)+) => {
        /// Everything that decides a training run: with the same adapter, equal experiments give equal bits.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Experiment {
            $(#[doc = $help] pub $key: $type,)+
            /// A network of one's own in place of the preset; only a JSON file can give it.
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

const fn list(choices: &'static [&'static str]) -> Kind {
    Kind::List { choices }
}

const IMAGES: Kind = integer(1, 10_000_000);
const STEPS: Kind = integer(1, 1_000_000_000);

experiment! {
    data: String = "synthetic".to_owned(), Kind::Text, "", Fixed,
        "Training data: synthetic, cifar10 (downloaded once), or a CIFAR-10 archive, folder or .bin file";
    preset: Preset = Preset::Tiny, choice(Preset::CHOICES), "", Fixed,
        "The network: tiny (72,954 parameters with batch norm), small, resnet9 (6.6 million)";
    norm: Norm = Norm::Batch, choice(Norm::CHOICES), "", Fixed,
        "Normalisation after each convolution of the network";
    epochs: u32 = 14, integer(1, 100_000), "epochs", Live,
        "Passes over the training data";
    steps: Option<u64> = None, STEPS, "steps", Live,
        "Steps to train, in place of epochs";
    batch: u32 = 64, integer(1, 16_384), "images", Fixed,
        "Images in a training step";
    optimizer: Optimizer = Optimizer::Adam, choice(Optimizer::CHOICES), "", Fixed,
        "How gradients become updates: adam, or adamw with decoupled weight decay";
    lr: f64 = 2e-3, float(0.0, 10.0, 1e-4), "", Live,
        "Learning rate, the highest of its schedule";
    beta1: f64 = 0.9, float(0.0, 0.999_999, 0.01), "", Fixed,
        "Adam's decay of the first moment";
    beta2: f64 = 0.999, float(0.0, 0.999_999, 0.001), "", Fixed,
        "Adam's decay of the second moment";
    eps: f64 = 1e-8, float(0.0, 1.0, 1e-8), "", Fixed,
        "Added to the root of Adam's second moment";
    weight_decay: f64 = 0.0, float(0.0, 10.0, 1e-4), "", Live,
        "Weight decay: part of the gradient with adam, decoupled with adamw";
    schedule: Schedule = Schedule::Constant, choice(Schedule::CHOICES), "", Live,
        "How the learning rate changes over the run: it stays, falls along half a cosine, or rises and falls";
    warmup_steps: u64 = 0, integer(0, 1_000_000_000), "steps", Live,
        "Steps over which the learning rate rises from zero";
    label_smoothing: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the target spread over all classes";
    label_noise: f64 = 0.0, float(0.0, 1.0, 0.05), "", Fixed,
        "Share of the training labels redrawn at random";
    augment: Augment = Augment { flip: true, crop: Augment::DEFAULT_CROP }, list(&["flip", "crop"]), "", Live,
        "Random changes of the training images: flip (mirror half of them), crop or crop=PIXELS (shift by up to 2, or so \
         many, pixels), or none";
    shuffle: bool = true, Kind::Boolean, "", Fixed,
        "Draw a new order of the training images each epoch";
    limit_train: Option<u32> = None, IMAGES, "images", Fixed,
        "Use only the first so many training images";
    limit_test: Option<u32> = None, IMAGES, "images", Fixed,
        "Use only the first so many test images";
    eval_every: Option<u64> = None, STEPS, "steps", Live,
        "Steps from one evaluation to the next, in place of an epoch";
    seed: u32 = 0, integer(0, u32::MAX as u64), "", Fixed,
        "Decides the first weights, the order of the images, the augmentation and the label noise";
    ema: Vec<EmaSpec> = [0.9, 0.98, 0.99, 0.995, 0.999].map(EmaSpec::new).to_vec(), list(&[]), "", Live,
        "An average of the weights: its β, then after commas any of every=N (steps between updates), \
         warmup=none|ramp|bias-corrected, buffers=average|copy|recompute (batch norm's) and from=STEP (where it \
         begins); give it again for another, or `none` alone";
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

    /// Sets one knob to a JSON value.
    ///
    /// # Errors
    /// [`ConfigError`] for an unknown key and for a value that the knob does not take; `self` is then unchanged.
    pub fn set(&mut self, key: &str, value: Value) -> Result<(), ConfigError> {
        if key == Self::MODEL_KEY {
            self.model = serde_json::from_value(value).map_err(|error| {
                ConfigError::BadJson(format!("setting `model` is no list of layers: {error}"))
            })?;
            return Ok(());
        }
        row(key)?.check(&value)?;
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

    /// Reads an experiment from a JSON object; what it leaves out keeps its default.
    ///
    /// # Errors
    /// [`ConfigError`] for a text that is no JSON object, an unknown key (with the nearest known one), or a bad value.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        Self::from_value(parse_json(text)?)
    }

    /// Reads an experiment from a parsed JSON object, as [`Experiment::from_json`].
    ///
    /// # Errors
    /// [`ConfigError`] as there.
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let mut experiment = Self::default();
        experiment.merge(value)?;
        Ok(experiment)
    }

    /// Sets every knob that a parsed JSON object names.
    ///
    /// # Errors
    /// [`ConfigError`] as [`Experiment::from_json`]; what came before the bad one is then set.
    pub fn merge(&mut self, value: Value) -> Result<(), ConfigError> {
        let Value::Object(fields) = value else {
            return Err(ConfigError::BadJson("the configuration is no JSON object".to_owned()));
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

    /// Checks each value against its row and the values against each other. What depends on the data set, such as a
    /// batch larger than it, is the trainer's to check.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let fields = self.to_value();
        for setting in settings() {
            setting.check(&fields[setting.key])?;
        }
        if self.augment.crop > Augment::MAX_CROP {
            let allowed = format!("a crop of at most {} pixels", Augment::MAX_CROP);
            return Err(ConfigError::bad("augment", self.augment.crop, allowed));
        }
        for (k, spec) in self.ema.iter().enumerate() {
            spec.check()?;
            if self.ema[..k].contains(spec) {
                return Err(ConfigError::Combination(format!("the average `{spec}` is asked for twice")));
            }
        }
        if self.ema.len() > MAX_AVERAGES {
            return Err(ConfigError::Combination(format!(
                "{} averages are asked for; a bank holds at most {MAX_AVERAGES}",
                self.ema.len()
            )));
        }
        if let Some(steps) = self.steps {
            self.check_length(steps)?;
        }
        if self.schedule == Schedule::OneCycle && self.warmup_steps > 0 {
            return Err(ConfigError::Combination(
                "the one-cycle schedule rises by itself: leave `warmup_steps` at 0 or choose another `schedule`"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Checks what depends on the number of steps of the whole run.
    ///
    /// # Errors
    /// [`ConfigError::Combination`] for a warm-up longer than the run.
    pub fn check_length(&self, total_steps: u64) -> Result<(), ConfigError> {
        if self.warmup_steps > total_steps {
            return Err(ConfigError::Combination(format!(
                "`warmup_steps` ({}) is longer than the run of {total_steps} steps: choose a shorter warm-up or more \
                 steps",
                self.warmup_steps
            )));
        }
        Ok(())
    }
}

/// Parses the text of a configuration.
///
/// # Errors
/// [`ConfigError::BadJson`] says where the text stops being JSON.
pub fn parse_json(text: &str) -> Result<Value, ConfigError> {
    serde_json::from_str(text)
        .map_err(|error| ConfigError::BadJson(format!("the configuration is no JSON: {error}")))
}

/// The row of a key.
fn row(key: &str) -> Result<Setting, ConfigError> {
    let settings = settings();
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(key, candidate);
    if let Some(setting) = settings.iter().find(|setting| setting.key == key) {
        return Ok(setting.clone());
    }
    let keys = settings.iter().map(|setting| setting.key).chain([Experiment::MODEL_KEY]);
    let nearest = keys.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).expect("the table has rows");
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
        experiment.ema = vec!["0.98,every=4,warmup=ramp,buffers=copy".parse().unwrap(), EmaSpec::new(0.0)];
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
        assert!(message(experiment.validate()).starts_with("setting `lr` cannot be null"));
    }

    #[test]
    fn an_unknown_key_gets_the_nearest() {
        let said = message(Experiment::from_json(r#"{"labl_noise": 0.4}"#));
        assert_eq!(said, "there is no setting `labl_noise`; did you mean `label_noise`?");
        assert!(message(Experiment::from_json("[]")).contains("no JSON object"));
        assert!(message(Experiment::from_json("{")).contains("no JSON: "));
        assert!(message(Experiment::from_json(r#"{"model": {"nme": 1}}"#)).contains("setting `model`"));
    }

    #[test]
    fn an_average_has_a_text_and_a_name() {
        let full = "0.98,every=4,warmup=bias-corrected,buffers=recompute,from=500";
        let spec: EmaSpec = full.parse().unwrap();
        assert_eq!(spec.to_string(), full);
        assert_eq!(spec.name(), "ema-0.98-every4-bias-corrected-recompute-from500");
        assert_eq!(EmaSpec::new(0.999).name(), "ema-0.999");
        for bad in [
            "",
            "1",
            "-0.1",
            "NaN",
            "0.9,0.98",
            "0.9,every=0",
            "0.9,every=x",
            "0.9,warmup=slow",
            "0.9,from=-1",
            "b=1",
        ] {
            let said = message(bad.parse::<EmaSpec>());
            assert!(said.contains(&format!("`ema` cannot be `{bad}`")), "{said}");
        }
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

    #[test]
    fn impossible_combinations_are_refused() {
        let with = |change: fn(&mut Experiment)| {
            let mut experiment = Experiment::default();
            change(&mut experiment);
            message(experiment.validate())
        };
        assert!(
            with(|e| e.ema = (0..9).map(|k| EmaSpec::new(f64::from(k) / 10.0)).collect())
                .contains("at most 8")
        );
        assert!(with(|e| e.ema = vec![EmaSpec::new(0.9); 2]).contains("asked for twice"));
        assert!(with(|e| (e.steps, e.warmup_steps) = (Some(5), 6)).contains("longer than the run"));
        assert!(with(|e| (e.schedule, e.warmup_steps) = (Schedule::OneCycle, 6)).contains("one-cycle"));
        assert!(with(|e| e.ema[0].beta = 1.0).contains("below 1"));
    }
}
