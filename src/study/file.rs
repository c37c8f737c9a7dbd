//! A study as its file states it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{StudyError, digest::digest, measure::Measure};
use crate::{
    config::{Experiment, Tta, parse_json},
    report::RAW,
};

/// Settings of the images, which all arms share.
const OF_THE_IMAGES: [&str; 3] = ["data", "limit_train", "limit_test"];

/// A question, the runs that are to answer it, and the rule by which they do.
#[derive(Clone, Debug)]
pub struct Study {
    /// The question in words.
    pub question: String,
    /// Why it is asked in this way, and what the answer will not show.
    pub note: Option<String>,
    /// The data set, as in the setting `data`, on whose test images every run is tested at its end.
    pub final_test: Option<String>,
    /// The views of a test image in that test, if not those of the runs.
    pub final_tta: Option<Tta>,
    /// The settings that are compared.
    pub arms: Vec<Arm>,
    /// Every arm is run with each of these seeds.
    pub seeds: Vec<u32>,
    /// What is measured of every run.
    pub measures: Vec<Measure>,
    /// How it is compared.
    pub comparisons: Vec<Comparison>,
    /// SHA-256 of the file's content.
    pub digest: String,
}

/// Settings, under which one run is made for each seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub experiment: Experiment,
    /// Its bad batch.
    pub bad_batch: Option<BadBatch>,
}

/// A step that learns wrong labels (each class replaced by the next).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadBatch {
    /// The step, from 1.
    pub step: u64,
    /// Its learning rate as a multiple of the usual one.
    pub factor: f64,
}

/// A difference, or a single value, and what is claimed of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The claim in words.
    pub claim: String,
    /// The measure.
    pub measure: Measure,
    /// The arm and the method that it is about.
    pub of: Side,
    /// Those that it is compared with, in pairs of equal seed; without them the claim is about the values themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Side>,
    /// When the claim holds; without a rule the difference is only reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The arm; may be left out in a study of one arm.
    #[serde(default)]
    pub arm: String,
    /// `raw` or the name of an average; nothing for a measure of an arm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// A region: the claim holds if the whole 95% interval of `of` − `against` lies in it, does not hold if the whole interval
/// lies outside, and otherwise nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Above this number.
    Above(f64),
    /// Below this number.
    Below(f64),
    /// From the first number to the second.
    Between([f64; 2]),
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    question: String,
    note: Option<String>,
    final_test: Option<String>,
    final_tta: Option<Tta>,
    #[serde(default)]
    settings: Map<String, Value>,
    arms: Vec<WrittenArm>,
    seeds: String,
    measures: Vec<Measure>,
    comparisons: Vec<Comparison>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenArm {
    name: String,
    #[serde(default)]
    settings: Map<String, Value>,
    bad_batch: Option<BadBatch>,
}

impl Study {
    /// Reads a study and checks all that does not depend on the images.
    ///
    /// # Errors
    /// [`StudyError`] for a text that is not a study, or one that contradicts itself.
    pub fn from_json(text: &str) -> Result<Self, StudyError> {
        let value = parse_json(text).map_err(|error| StudyError::NotAStudy(error.to_string()))?;
        let digest = digest(&value);
        // From the text, so that the message has the line.
        let written: Written =
            serde_json::from_str(text).map_err(|error| StudyError::NotAStudy(error.to_string()))?;
        let mut base = Experiment::default();
        set(&mut base, "settings", written.settings)?;
        let arms = written.arms.into_iter().map(|arm| arm.on(&base)).collect::<Result<Vec<_>, _>>()?;
        let mut study = Self {
            question: written.question,
            note: written.note,
            final_test: written.final_test,
            final_tta: written.final_tta,
            arms,
            seeds: seeds(&written.seeds)?,
            measures: written.measures,
            comparisons: written.comparisons,
            digest,
        };
        study.check()?;
        let mut comparisons = std::mem::take(&mut study.comparisons);
        for comparison in &mut comparisons {
            study.complete(comparison)?;
        }
        study.comparisons = comparisons;
        Ok(study)
    }

    fn check(&self) -> Result<(), StudyError> {
        let contradiction = |reason: String| Err(StudyError::Contradiction(reason));
        if self.arms.is_empty() || self.measures.is_empty() {
            return contradiction("it needs at least one arm and one measure".to_owned());
        }
        if self.seeds.len() < 2 {
            return Err(StudyError::NoPairs);
        }
        if self.final_tta.is_some() && self.final_test.is_none() {
            return contradiction(
                "`final_tta` is of the test at the end; name its images in `final_test`".to_owned(),
            );
        }
        for (k, arm) in self.arms.iter().enumerate() {
            for other in &self.arms[..k] {
                if arm.name == other.name {
                    return contradiction(format!("two arms are named `{}`", arm.name));
                }
                if (&arm.experiment, arm.bad_batch) == (&other.experiment, other.bad_batch) {
                    return contradiction(format!(
                        "the arms `{}` and `{}` are the same",
                        other.name, arm.name
                    ));
                }
            }
            if let Some(BadBatch { step, factor }) = arm.bad_batch
                && (step == 0 || !(factor > 0.0 && factor.is_finite()))
            {
                return contradiction(format!(
                    "the bad batch of `{}` needs a step from 1 and a factor above 0",
                    arm.name
                ));
            }
        }
        for (k, measure) in self.measures.iter().enumerate() {
            if self.measures[..k].contains(measure) {
                return contradiction(format!("the measure `{measure}` is listed twice"));
            }
        }
        Ok(())
    }

    /// Fills in the arm and the method of a comparison, and checks it.
    fn complete(&self, comparison: &mut Comparison) -> Result<(), StudyError> {
        let Comparison { claim, measure, of, against, rule } = comparison;
        let contradiction =
            |reason: &str| Err(StudyError::Contradiction(format!("comparison `{claim}`: {reason}")));
        if !self.measures.contains(measure) {
            return contradiction(&format!("`{measure}` is not among the `measures`; add it"));
        }
        for side in std::iter::once(&mut *of).chain(against.as_mut()) {
            self.complete_side(claim, *measure, side)?;
        }
        if against.as_ref() == Some(of) {
            return contradiction("both sides are the same");
        }
        // Numbers of JSON are finite.
        if let Some(Rule::Between([low, high])) = rule
            && low >= high
        {
            return contradiction("`between` takes two numbers, the smaller one first");
        }
        Ok(())
    }

    fn complete_side(&self, claim: &str, measure: Measure, side: &mut Side) -> Result<(), StudyError> {
        let claim = claim.to_owned();
        let arms = || self.arms.iter().map(|arm| format!("`{}`", arm.name)).collect::<Vec<_>>().join(", ");
        let arm = match &self.arms[..] {
            [arm] if side.arm.is_empty() => arm,
            _ if side.arm.is_empty() => return Err(StudyError::WhichArm { claim, arms: arms() }),
            all => all.iter().find(|arm| arm.name == side.arm).ok_or_else(|| StudyError::NoSuchArm {
                claim: claim.clone(),
                arm: side.arm.clone(),
                arms: arms(),
            })?,
        };
        side.arm.clone_from(&arm.name);
        if measure.is_of_arm() {
            return match &side.method {
                None => Ok(()),
                Some(method) => Err(StudyError::Contradiction(format!(
                    "comparison `{claim}`: `{measure}` is a measure of an arm, not of `{method}`; leave out the method"
                ))),
            };
        }
        let (methods, method) = (arm.methods(), side.method.get_or_insert_with(|| RAW.to_owned()));
        if methods.contains(method) {
            return Ok(());
        }
        let methods = methods.join(", ");
        Err(StudyError::NoSuchMethod { claim, arm: arm.name.clone(), method: method.clone(), methods })
    }

    /// The arm with this name and its place; the arms of a comparison are there.
    pub(super) fn arm(&self, name: &str) -> (usize, &Arm) {
        let found = self.arms.iter().enumerate().find(|(_, arm)| arm.name == name);
        found.expect("the arms of a comparison were checked")
    }
}

impl WrittenArm {
    fn on(self, base: &Experiment) -> Result<Arm, StudyError> {
        let Self { name, settings, bad_batch } = self;
        if let Some(key) = OF_THE_IMAGES.into_iter().find(|key| settings.contains_key(*key)) {
            return Err(StudyError::Contradiction(format!(
                "the arm `{name}` sets `{key}`, but the images are those of all arms; put it in the common `settings`"
            )));
        }
        let mut experiment = base.clone();
        let place = format!("arm `{name}`");
        set(&mut experiment, &place, settings)?;
        experiment.validate().map_err(|error| StudyError::Setting { place, error })?;
        Ok(Arm { name, experiment, bad_batch })
    }
}

impl Arm {
    /// The names of its methods: `raw`, then the averages.
    pub fn methods(&self) -> Vec<String> {
        std::iter::once(RAW.to_owned()).chain(self.experiment.ema.iter().map(|spec| spec.name())).collect()
    }

    /// The place of a method among them.
    pub(super) fn place(&self, method: &str) -> usize {
        self.methods()
            .iter()
            .position(|name| name == method)
            .expect("the methods of a comparison were checked")
    }
}

/// Sets settings; `place` is where they are.
fn set(experiment: &mut Experiment, place: &str, settings: Map<String, Value>) -> Result<(), StudyError> {
    if settings.contains_key("seed") {
        let reason = format!("{place}: the `seed` is one of the study's `seeds`; leave it out");
        return Err(StudyError::Contradiction(reason));
    }
    let at_place = |error| StudyError::Setting { place: place.to_owned(), error };
    experiment.merge(Value::Object(settings)).map_err(at_place)
}

/// Seeds from text: `0-9`, or `0,3,7-9`.
///
/// # Errors
/// [`StudyError::Seeds`] for another text, or the same seed twice.
pub fn seeds(text: &str) -> Result<Vec<u32>, StudyError> {
    /// Most seeds, so that a slip of the pen does not fill the memory.
    const MOST: u32 = 10_000;
    let read = || -> Option<Vec<u32>> {
        let mut seeds = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let [first, last] = [first, last].map(|seed| seed.trim().parse::<u32>().ok());
            let (first, last) = (first?, last?);
            if last.checked_sub(first)? >= MOST {
                return None;
            }
            seeds.extend(first..=last);
        }
        let different: BTreeSet<_> = seeds.iter().collect();
        (different.len() == seeds.len()).then_some(seeds)
    };
    read().ok_or_else(|| StudyError::Seeds(text.to_owned()))
}
