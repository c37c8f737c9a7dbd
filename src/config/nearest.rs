//! The nearest valid experiment, for unchecked settings such as those of a link.
//!
//! The settings table, the settings' own parsers and [`Experiment::validate`] decide what is valid; this module only
//! replaces what they refuse. Each change is an [`Adjustment`], which the page shows to the user.

use serde::Serialize;
use serde_json::Value;

use crate::average::{AverageSpec, BufferPolicy, MAX_AVERAGES, Warmup};

use super::{Augment, ConfigError, Experiment, Kind, Setting, settings};

/// A value that cannot be used, and its replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Adjustment {
    /// The setting's key, or the unknown one.
    pub key: String,
    /// The value as it was given.
    pub value: String,
    /// The value used instead; `None` if it is left out or unset.
    pub to: Option<String>,
    /// The problem.
    pub because: Because,
    /// For an unknown name: the known names with the most similar spelling.
    pub known: Vec<String>,
}

/// A problem with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub enum Because {
    /// An unknown setting.
    UnknownKey,
    /// An unknown choice, or an unknown option of an item.
    UnknownName,
    /// A text that is not a value of its kind.
    Invalid,
    /// A number out of range.
    Range,
    /// Several values for a setting that takes one.
    Repeated,
    /// An average that is already listed.
    Twice,
    /// More averages than a bank holds.
    TooMany,
    /// A warm-up before a schedule with its own.
    OneCycle,
    /// A warm-up longer than the run.
    WarmUp,
    /// A batch larger than the training data.
    Images,
    /// A run larger than the adapter's memory.
    Memory,
}

impl Adjustment {
    fn new(because: Because, key: &str, value: impl ToString, to: Option<String>) -> Self {
        Self { key: key.to_owned(), value: value.to_string(), to, because, known: Vec::new() }
    }

    /// Another value for a setting.
    pub fn replaced(because: Because, key: &str, value: impl ToString, to: impl ToString) -> Self {
        Self::new(because, key, value, Some(to.to_string()))
    }

    /// A value that is left out.
    pub fn left_out(because: Because, key: &str, value: impl ToString) -> Self {
        Self::new(because, key, value, None)
    }

    fn knowing<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { known: names.into_iter().map(str::to_owned).collect(), ..self }
    }
}

/// The name with the most similar spelling to `name`.
pub(super) fn most_like<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(name, candidate);
    known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

impl Experiment {
    /// The experiment nearest to `wanted` (keys with their texts), and where it differs from that. Other settings have
    /// their defaults.
    pub fn nearest(wanted: &[(String, Vec<String>)]) -> (Self, Vec<Adjustment>) {
        let mut experiment = Self::default();
        let mut adjustments = Vec::new();
        let table = settings();
        for (key, texts) in wanted {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            match table.iter().find(|setting| setting.key == key) {
                None if key == Self::MODEL_KEY => adjustments.extend(experiment.take_model(&texts)),
                None => {
                    let unknown = Adjustment::left_out(Because::UnknownKey, key, texts.join(" "));
                    let keys = table.iter().map(|setting| setting.key);
                    adjustments.push(unknown.knowing(most_like(key, keys)));
                }
                Some(setting) => adjustments.extend(experiment.take_nearest(setting, &texts)),
            }
        }
        while let Err(error) = experiment.validate() {
            let mended = experiment.mend(&error);
            adjustments.push(mended.expect("what a link can ask for can be mended"));
        }
        (experiment, adjustments)
    }

    /// Sets the network from the JSON in a link; without effect if it is none.
    fn take_model(&mut self, texts: &[&str]) -> Option<Adjustment> {
        let text = texts.last().copied().unwrap_or_default();
        let read = serde_json::from_str(text).ok().and_then(|value| self.set(Self::MODEL_KEY, value).ok());
        read.is_none().then(|| Adjustment::left_out(Because::Invalid, Self::MODEL_KEY, text))
    }

    /// Changes as little as possible to avoid `error`; returns `None` for an error that no change avoids.
    pub fn mend(&mut self, error: &ConfigError) -> Option<Adjustment> {
        match error {
            ConfigError::Twice(text) => {
                let last = self.ema.iter().rposition(|spec| spec.to_string() == *text)?;
                self.ema.remove(last);
                Some(Adjustment::left_out(Because::Twice, "ema", text))
            }
            ConfigError::TooMany { .. } => {
                let dropped: Vec<String> = self.ema.drain(MAX_AVERAGES..).map(String::from).collect();
                let to = MAX_AVERAGES;
                Some(Adjustment::replaced(Because::TooMany, "ema", dropped.join(" "), to))
            }
            ConfigError::OneCycle => {
                let warmup = std::mem::take(&mut self.warmup_steps);
                Some(Adjustment::replaced(Because::OneCycle, "warmup_steps", warmup, 0))
            }
            ConfigError::WarmUp { steps, .. } => {
                let warmup = std::mem::replace(&mut self.warmup_steps, *steps);
                Some(Adjustment::replaced(Because::WarmUp, "warmup_steps", warmup, steps))
            }
            _ => None,
        }
    }

    /// Sets a setting to the value closest to the texts.
    fn take_nearest(&mut self, setting: &Setting, texts: &[&str]) -> Vec<Adjustment> {
        let Setting { key, kind, .. } = *setting;
        if self.set_text(key, texts).is_ok() {
            return Vec::new();
        }
        let (taken, adjustments) = match kind {
            Kind::List { choices: [], .. } => {
                let (specs, adjustments) = averages(key, texts);
                let taken = !specs.is_empty();
                if taken {
                    self.ema = specs;
                }
                (taken, adjustments)
            }
            Kind::List { choices, .. } => {
                let (words, adjustments) = augmentation(key, choices, texts);
                let augment = Augment::try_from(words).ok().filter(|augment| *augment != Augment::NONE);
                self.augment = augment.unwrap_or(self.augment);
                (augment.is_some(), adjustments)
            }
            _ => return self.take_nearest_value(setting, texts),
        };
        if taken {
            return adjustments;
        }
        // No item of the list is left, which is not the same as an empty list.
        let known = adjustments.into_iter().flat_map(|adjustment| adjustment.known).collect();
        vec![Adjustment { known, ..self.invalid(setting, &texts.join(" ")) }]
    }

    fn take_nearest_value(&mut self, setting: &Setting, texts: &[&str]) -> Vec<Adjustment> {
        let Setting { key, kind, .. } = *setting;
        let text = texts.last().map_or("", |text| text.trim());
        let mut adjustments = Vec::new();
        if texts.iter().any(|other| other.trim() != text) {
            adjustments.push(Adjustment::replaced(Because::Repeated, key, texts.join(" "), text));
        }
        if self.set_text(key, &[text]).is_ok() || (text.is_empty() && setting.default.is_null()) {
            return adjustments;
        }
        let number = text.parse::<f64>().ok().filter(|number| !number.is_nan());
        let nearest = number.and_then(|number| match kind {
            Kind::Float { min, max, .. } => {
                let nearest = number.clamp(min, max);
                Some((Value::from(nearest), nearest))
            }
            Kind::Integer { min, max, .. } => {
                let nearest = number.round().clamp(min as f64, max as f64);
                Some((Value::from(nearest as u64), nearest))
            }
            _ => None,
        });
        match nearest {
            Some((value, nearest)) if self.set(key, value.clone()).is_ok() => {
                if number != Some(nearest) {
                    adjustments.push(Adjustment::replaced(Because::Range, key, text, nearest));
                }
            }
            _ => adjustments.push(self.invalid(setting, text)),
        }
        adjustments
    }

    /// Handles an empty text: the setting keeps its value.
    fn invalid(&self, setting: &Setting, text: &str) -> Adjustment {
        let to = match &self.to_value()[setting.key] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                Some(items.join(" "))
            }
            other => Some(other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string())),
        };
        match setting.kind {
            Kind::Choice { choices } => {
                let unknown = Adjustment::new(Because::UnknownName, setting.key, text, to);
                unknown.knowing(choices.iter().copied())
            }
            _ => Adjustment::new(Because::Invalid, setting.key, text, to),
        }
    }
}

/// The valid part of each average.
fn averages(key: &str, texts: &[&str]) -> (Vec<AverageSpec>, Vec<Adjustment>) {
    let mut adjustments = Vec::new();
    let average = |text: &&str| {
        let mut parts = text.split(',').map(str::trim);
        let decay = parts.next().unwrap_or_default();
        let Ok(mut spec) = decay.parse::<AverageSpec>() else {
            adjustments.push(Adjustment::left_out(Because::Invalid, key, text));
            return None;
        };
        for part in parts {
            match format!("{spec},{part}").parse() {
                Ok(next) => spec = next,
                Err(_) => adjustments.push(option(key, part)),
            }
        }
        Some(spec)
    };
    let specs = texts.iter().filter_map(average).collect();
    (specs, adjustments)
}

/// A problem with an option of an average, which is left out.
fn option(key: &str, part: &str) -> Adjustment {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let because = |because| Adjustment::left_out(because, key, part);
    match name {
        // A valid warm-up for an average that takes none.
        "warmup" if Warmup::from_name(value).is_some() => because(Because::Invalid),
        "warmup" => because(Because::UnknownName).knowing(Warmup::CHOICES.iter().copied()),
        "buffers" => because(Because::UnknownName).knowing(BufferPolicy::CHOICES.iter().copied()),
        _ if AverageSpec::OPTIONS.contains(&name) => because(match value.parse::<f64>() {
            Ok(_) => Because::Range,
            Err(_) => Because::Invalid,
        }),
        _ => because(Because::UnknownName).knowing(most_like(name, AverageSpec::OPTIONS)),
    }
}

/// The valid words of an augmentation.
fn augmentation(key: &str, choices: &[&'static str], texts: &[&str]) -> (Vec<String>, Vec<Adjustment>) {
    let mut words = Vec::new();
    let mut adjustments = Vec::new();
    for word in texts.iter().flat_map(|text| text.split(',')).map(str::trim) {
        if Augment::try_from(vec![word.to_owned()]).is_ok() {
            words.push(word.to_owned());
            continue;
        }
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let pixels = value.parse::<f64>().ok().filter(|pixels| !pixels.is_nan());
        adjustments.push(match pixels {
            Some(pixels) if name == "crop" => {
                let pixels = pixels.round().clamp(0.0, f64::from(Augment::MAX_CROP));
                words.push(format!("crop={pixels}"));
                Adjustment::replaced(Because::Range, key, word, format_args!("crop={pixels}"))
            }
            _ if choices.contains(&name) => Adjustment::left_out(Because::Invalid, key, word),
            _ => {
                let known = most_like(name, choices.iter().copied());
                Adjustment::left_out(Because::UnknownName, key, word).knowing(known)
            }
        });
    }
    (words, adjustments)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Preset, Schedule},
        *,
    };

    fn nearest(link: &str) -> (Experiment, Vec<Adjustment>) {
        let mut wanted: Vec<(String, Vec<String>)> = Vec::new();
        for (key, text) in link.split('&').map(|pair| pair.split_once('=').unwrap()) {
            match wanted.iter_mut().find(|one| one.0 == key) {
                Some((_, texts)) => texts.push(text.to_owned()),
                None => wanted.push((key.to_owned(), vec![text.to_owned()])),
            }
        }
        let (experiment, adjustments) = Experiment::nearest(&wanted);
        experiment.validate().unwrap();
        (experiment, adjustments)
    }

    /// The adjustments of a link: key, value, replacement, reason.
    fn said(link: &str) -> Vec<(String, String, Option<String>, Because)> {
        let say = |one: Adjustment| (one.key, one.value, one.to, one.because);
        nearest(link).1.into_iter().map(say).collect()
    }

    fn one(link: &str, key: &str, value: &str, to: &str, because: Because) {
        assert_eq!(said(link), [(key.into(), value.into(), Some(to.into()), because)], "{link}");
    }

    fn left(link: &str, key: &str, value: &str, because: Because) {
        assert_eq!(said(link), [(key.into(), value.into(), None, because)], "{link}");
    }

    #[test]
    fn what_can_be_is_taken_as_it_stands() {
        let (experiment, adjustments) =
            nearest("lr=0.01&batch=1e2&augment=crop=4&ema=0.98&ema=0.9,every=4&steps=&shuffle=false");
        assert_eq!(adjustments, []);
        assert_eq!((experiment.lr, experiment.batch, experiment.shuffle), (0.01, 100, false));
        assert_eq!(experiment.augment, Augment { flip: false, crop: 4 });
        assert_eq!(experiment.ema[1].to_string(), "0.9,every=4");
        assert_eq!(nearest("ema=none&augment=none").0.ema, []);
    }

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        one("lr=50", "lr", "50", "10", Because::Range);
        one("lr=1e999", "lr", "1e999", "10", Because::Range);
        one("batch=0", "batch", "0", "1", Because::Range);
        one("batch=1.5", "batch", "1.5", "2", Because::Range);
        one("steps=-3", "steps", "-3", "1", Because::Range);
        one("augment=flip,crop=99", "augment", "crop=99", "crop=16", Because::Range);
        assert_eq!(nearest("augment=flip,crop=99").0.augment, Augment { flip: true, crop: 16 });
        left("ema=0.9,every=0", "ema", "every=0", Because::Range);
        assert_eq!(nearest("ema=0.9,every=0").0.ema, [AverageSpec::new(0.9)]);
    }

    #[test]
    fn what_is_no_value_leaves_the_rest_alone() {
        one("lr=fast", "lr", "fast", "0.002", Because::Invalid);
        one("lr=nan", "lr", "nan", "0.002", Because::Invalid);
        left("steps=many", "steps", "many", Because::Invalid);
        one("shuffle=yes", "shuffle", "yes", "true", Because::Invalid);
        one("lr=1&lr=0.5", "lr", "1 0.5", "0.5", Because::Repeated);
        left("ema=0.5&ema=2", "ema", "2", Because::Invalid);
        assert_eq!(nearest("ema=0.5&ema=2").0.ema, [AverageSpec::new(0.5)]);
        one("ema=2", "ema", "2", "0.9 0.98 0.99 0.995 0.999", Because::Invalid);
        left("ema=0.5,every=x", "ema", "every=x", Because::Invalid);
        left("ema=power=0.1,warmup=ramp", "ema", "warmup=ramp", Because::Invalid);
        left("ema=half-life=5%&ema=power=7", "ema", "power=7", Because::Invalid);
        one("augment=turn", "augment", "turn", "flip crop", Because::Invalid);
        left("augment=crop=4,flip=3", "augment", "flip=3", Because::Invalid);
    }

    #[test]
    fn a_network_comes_as_json() {
        let layers = r#"["global_average_pool","flatten",{"dense":{"out":10}}]"#;
        let (experiment, adjustments) =
            nearest(&format!(r#"lr=0.1&model={{"name":"mine","layers":{layers}}}"#));
        assert_eq!((adjustments, experiment.lr), (Vec::new(), 0.1));
        assert_eq!(experiment.model_spec().layers.len(), 3);
        left("model=tiny", "model", "tiny", Because::Invalid);
        left(r#"model={"name":"mine"}"#, "model", r#"{"name":"mine"}"#, Because::Invalid);
    }

    #[test]
    fn unknown_names_get_the_known_ones_that_are_most_like_them() {
        let known = |link: &str| {
            let (_, adjustments) = nearest(link);
            assert_eq!(adjustments.len(), 1, "{link}: {adjustments:?}");
            adjustments[0].known.clone()
        };
        assert_eq!(known("labl_noise=0.4"), ["label_noise"]);
        assert_eq!(known("models=x").len(), 1);
        assert_eq!(known("preset=huge"), Preset::CHOICES);
        assert_eq!(known("ema=0.9,evry=4"), ["every"]);
        assert_eq!(known("ema=0.9,warmup=slow"), Warmup::CHOICES);
        assert_eq!(known("ema=0.9,buffers=none"), BufferPolicy::CHOICES);
        assert_eq!(known("augment=flip,crp=3"), ["crop"]);
        assert_eq!(known("augment=flop"), ["flip"]);
        left("ema=0.9,evry=4", "ema", "evry=4", Because::UnknownName);
        one("preset=huge", "preset", "huge", "tiny", Because::UnknownName);
    }

    #[test]
    fn what_cannot_be_together_is_mended() {
        left("ema=0.98&ema=0.98", "ema", "0.98", Because::Twice);
        left("ema=0.98&ema=0.980", "ema", "0.98", Because::Twice);
        let nine = (0..9).map(|k| format!("ema=0.{k}5")).collect::<Vec<_>>().join("&");
        one(&nine, "ema", "0.85", "8", Because::TooMany);
        one("schedule=one-cycle&warmup_steps=5", "warmup_steps", "5", "0", Because::OneCycle);
        one("steps=10&warmup_steps=5000", "warmup_steps", "5000", "10", Because::WarmUp);
        let all =
            "ema=0.98&ema=0.98,every=0&schedule=one-cycle&warmup_steps=5&augment=crop=99&lr=50&colour=red";
        let (experiment, adjustments) = nearest(all);
        assert_eq!(adjustments.len(), 6, "{adjustments:?}");
        assert_eq!((experiment.ema.len(), experiment.schedule), (1, Schedule::OneCycle));
    }
}
