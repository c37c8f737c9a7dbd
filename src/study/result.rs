//! From runs to intervals and verdicts.

use std::{collections::BTreeSet, fmt, fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    StudyError,
    digest::short,
    file::{Comparison, Rule, Side, Study},
    measure::{Measure, Measured},
    record::RunRecord,
    runs::{Images, PlannedRun},
    statistics::{Interval, interval},
};
use crate::{
    checkpoint::Fingerprint,
    report::{EvaluationPoint, mean, standard_deviation},
};

/// Most points of a curve.
const CURVE_POINTS: usize = 60;

/// What the runs say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The whole interval lies where the claim has it.
    #[serde(rename = "holds")]
    Holds,
    /// The whole interval lies elsewhere.
    #[serde(rename = "does not hold")]
    DoesNotHold,
    /// Part of the interval lies there and part elsewhere, or a run diverged.
    #[serde(rename = "can't tell")]
    CannotTell,
}

/// The result of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// Name of the study's file, without its ending.
    pub study: String,
    /// Digest of the study.
    pub digest: String,
    /// The study's question.
    pub question: String,
    /// The study's note.
    pub note: Option<String>,
    /// Holds if every comparison with a rule holds, does not hold if one does not; nothing without rules.
    pub verdict: Option<Verdict>,
    /// The seeds of the runs.
    pub seeds: Vec<u32>,
    /// Whether they are the seeds that the study states.
    pub as_stated: bool,
    /// The images.
    pub data: Fingerprint,
    /// The images of the test at the end, if they are others.
    pub final_test: Option<Fingerprint>,
    /// What computed the runs.
    pub adapters: BTreeSet<String>,
    /// Every run.
    pub runs: Vec<RunRow>,
    /// Every measure of every method.
    pub table: Vec<TableRow>,
    /// The comparisons.
    pub comparisons: Vec<Compared>,
    /// Accuracy and loss over the run, for figures.
    pub curves: Vec<Curve>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its arm.
    pub arm: String,
    /// Its seed.
    pub seed: u32,
    /// Its digest, with which its log's name begins.
    pub digest: String,
    /// The step by which it diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u64>,
}

/// A measure over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The arm.
    pub arm: String,
    /// The method; nothing for a measure of an arm.
    pub method: Option<String>,
    /// The measure.
    pub measure: Measure,
    /// The values.
    #[serde(flatten)]
    pub sample: Sample,
}

/// Values, one a seed, and what they have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Values that are numbers.
    pub n: usize,
    /// Seeds without a value, because a run diverged.
    pub diverged: usize,
    /// Values that count as the rest of a run because what was waited for did not happen in it.
    pub not_reached: usize,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation of the sample.
    pub standard_deviation: Option<f64>,
    /// In the order of the seeds; null where a run diverged.
    pub values: Vec<Option<f64>>,
}

/// A comparison with its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The comparison.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The differences `of` − `against` by seed, or the values of `of`.
    #[serde(flatten)]
    pub sample: Sample,
    /// 95% interval of their mean.
    pub interval: Option<Interval>,
    /// The verdict, if there is a rule.
    pub verdict: Option<Verdict>,
}

/// Mean and standard deviation over the seeds at some of the evaluations; runs that diverged are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The arm.
    pub arm: String,
    /// The method.
    pub method: String,
    /// Steps.
    pub steps: Vec<u64>,
    /// Mean test accuracy, in percent.
    pub accuracy: Vec<f64>,
    /// Its standard deviation.
    pub accuracy_deviation: Vec<f64>,
    /// Mean test loss.
    pub loss: Vec<f64>,
    /// Its standard deviation.
    pub loss_deviation: Vec<f64>,
}

impl StudyResult {
    /// The result of a study from its runs and their records, which are in the same order. `name` is that of the study's file.
    pub fn of(
        study: &Study,
        name: &str,
        seeds: &[u32],
        images: &Images,
        runs: &[PlannedRun],
        records: &[RunRecord],
    ) -> Self {
        let arms: Vec<Vec<&RunRecord>> = (0..study.arms.len())
            .map(|arm| {
                runs.iter().zip(records).filter(|(run, _)| run.arm == arm).map(|(_, record)| record).collect()
            })
            .collect();
        let comparisons: Vec<Compared> =
            study.comparisons.iter().map(|comparison| compared(study, &arms, comparison)).collect();
        let row = |(run, record): (&PlannedRun, &RunRecord)| RunRow {
            arm: run.arm_name.clone(),
            seed: run.experiment.seed,
            digest: run.digest.clone(),
            diverged: record.diverged,
        };
        Self {
            study: name.to_owned(),
            digest: study.digest.clone(),
            question: study.question.clone(),
            note: study.note.clone(),
            verdict: overall(comparisons.iter().filter_map(|compared| compared.verdict)),
            seeds: seeds.to_vec(),
            as_stated: seeds == study.seeds,
            data: images.fingerprint().clone(),
            final_test: images.final_fingerprint().cloned(),
            adapters: records.iter().map(|record| record.adapter.clone()).collect(),
            runs: runs.iter().zip(records).map(row).collect(),
            table: table(study, &arms),
            comparisons,
            curves: curves(study, &arms),
        }
    }

    /// The result as indented JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a result is JSON") + "\n"
    }
}

/// Checks that a result that is there is of the same study, before it is replaced.
///
/// # Errors
/// [`StudyError::OtherStudy`].
pub fn check_result(path: &Path, study: &Study) -> Result<(), StudyError> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(()) };
    let digest =
        |text: &str| serde_json::from_str::<Value>(text).ok()?.get("digest")?.as_str().map(str::to_owned);
    let found = digest(&text).unwrap_or_default();
    if found == study.digest {
        return Ok(());
    }
    Err(StudyError::OtherStudy {
        file: path.display().to_string(),
        found: short(&found).to_owned(),
        digest: short(&study.digest).to_owned(),
    })
}

/// The values of a side, one a seed.
fn values(study: &Study, arms: &[Vec<&RunRecord>], measure: Measure, side: &Side) -> Vec<Option<Measured>> {
    let (place, arm) = study.arm(&side.arm);
    let method = side.method.as_ref().map_or(0, |method| arm.place(method));
    arms[place].iter().map(|run| run.diverged.is_none().then(|| measure.of(run, method))).collect()
}

impl Sample {
    fn of(values: &[Option<Measured>]) -> Self {
        let numbers: Vec<f64> = values.iter().flatten().map(|measured| measured.value).collect();
        Self {
            n: numbers.len(),
            diverged: values.len() - numbers.len(),
            not_reached: values.iter().flatten().filter(|measured| !measured.reached).count(),
            mean: (!numbers.is_empty()).then(|| mean(&numbers)),
            standard_deviation: standard_deviation(&numbers),
            values: values.iter().map(|measured| measured.map(|measured| measured.value)).collect(),
        }
    }

    fn numbers(&self) -> Vec<f64> {
        self.values.iter().flatten().copied().collect()
    }
}

fn table(study: &Study, arms: &[Vec<&RunRecord>]) -> Vec<TableRow> {
    let mut rows = Vec::new();
    for arm in &study.arms {
        for &measure in &study.measures {
            let methods =
                if measure.is_of_arm() { vec![None] } else { arm.methods().into_iter().map(Some).collect() };
            for method in methods {
                let side = Side { arm: arm.name.clone(), method };
                let sample = Sample::of(&values(study, arms, measure, &side));
                rows.push(TableRow { arm: side.arm, method: side.method, measure, sample });
            }
        }
    }
    rows
}

fn compared(study: &Study, arms: &[Vec<&RunRecord>], comparison: &Comparison) -> Compared {
    let Comparison { measure, of, against, rule, .. } = comparison;
    let of = values(study, arms, *measure, of);
    let differences = match against {
        None => of,
        Some(against) => {
            let difference = |(of, against): (Option<Measured>, Option<Measured>)| {
                let (of, against) = (of?, against?);
                Some(Measured { value: of.value - against.value, reached: of.reached && against.reached })
            };
            of.into_iter().zip(values(study, arms, *measure, against)).map(difference).collect()
        }
    };
    let sample = Sample::of(&differences);
    let interval = interval(&sample.numbers());
    let verdict = rule.map(|rule| match interval {
        Some(interval) if sample.diverged == 0 => rule.verdict(interval),
        _ => Verdict::CannotTell,
    });
    Compared { comparison: comparison.clone(), sample, interval, verdict }
}

impl Rule {
    /// What an interval says of it.
    pub fn verdict(self, Interval { low, high, .. }: Interval) -> Verdict {
        let (least, most) = match self {
            Self::Above(bound) => (bound, f64::INFINITY),
            Self::Below(bound) => (f64::NEG_INFINITY, bound),
            Self::Between([least, most]) => (least, most),
        };
        if least < low && high < most {
            Verdict::Holds
        } else if high <= least || most <= low {
            Verdict::DoesNotHold
        } else {
            Verdict::CannotTell
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(bound) => write!(f, "above {bound}"),
            Self::Below(bound) => write!(f, "below {bound}"),
            Self::Between([least, most]) => write!(f, "between {least} and {most}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::CannotTell => "can't tell",
        })
    }
}

/// Holds if all hold; does not hold if one does not.
fn overall(verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    verdicts.reduce(|all, one| match (all, one) {
        (Verdict::DoesNotHold, _) | (_, Verdict::DoesNotHold) => Verdict::DoesNotHold,
        (Verdict::CannotTell, _) | (_, Verdict::CannotTell) => Verdict::CannotTell,
        _ => Verdict::Holds,
    })
}

fn curves(study: &Study, arms: &[Vec<&RunRecord>]) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (arm, records) in study.arms.iter().zip(arms) {
        let runs: Vec<&[EvaluationPoint]> =
            records.iter().filter(|run| run.diverged.is_none()).map(|run| &run.points[..]).collect();
        let Some(points) = runs.first() else { continue };
        let every = points.len().div_ceil(CURVE_POINTS);
        // The last point is always kept.
        let kept: Vec<usize> =
            (0..points.len()).rev().step_by(every).collect::<Vec<_>>().into_iter().rev().collect();
        for (method, name) in arm.methods().into_iter().enumerate() {
            let over_runs = |value: fn(&EvaluationPoint, usize) -> f64, of: fn(&[f64]) -> f64| {
                let at = |&k: &usize| {
                    let values: Vec<f64> = runs.iter().map(|run| value(&run[k], method)).collect();
                    // Four digits after the point are more than a figure can show.
                    (of(&values) * 1e4).round() / 1e4
                };
                kept.iter().map(at).collect::<Vec<f64>>()
            };
            let deviation: fn(&[f64]) -> f64 = |values| standard_deviation(values).unwrap_or(0.0);
            let accuracy: fn(&EvaluationPoint, usize) -> f64 = |point, method| point.methods[method].accuracy;
            let loss: fn(&EvaluationPoint, usize) -> f64 = |point, method| point.methods[method].loss;
            curves.push(Curve {
                arm: arm.name.clone(),
                method: name,
                steps: kept.iter().map(|&k| points[k].step).collect(),
                accuracy: over_runs(accuracy, mean),
                accuracy_deviation: over_runs(accuracy, deviation),
                loss: over_runs(loss, mean),
                loss_deviation: over_runs(loss, deviation),
            });
        }
    }
    curves
}

#[cfg(test)]
mod tests {
    use super::{super::statistics::Method, *};

    #[test]
    fn a_claim_holds_if_the_whole_interval_lies_where_it_says() {
        let of = |rule: Rule, low, high| {
            rule.verdict(Interval { low, high, method: Method::StudentT }).to_string()
        };
        for (rule, holds, fails) in [
            (Rule::Below(-1.0), (-3.0, -1.5), (-0.5, 2.0)),
            (Rule::Above(2.0), (2.5, 3.0), (1.0, 1.5)),
            (Rule::Between([5.0, 10.0]), (6.0, 9.0), (11.0, 12.0)),
        ] {
            assert_eq!(of(rule, holds.0, holds.1), "holds", "{rule}");
            assert_eq!(of(rule, fails.0, fails.1), "does not hold", "{rule}");
            assert_eq!(of(rule, holds.0.min(fails.0), holds.1.max(fails.1)), "can't tell", "{rule}");
        }
        assert_eq!(of(Rule::Between([5.0, 10.0]), 1.0, 20.0), "can't tell");
        assert_eq!(of(Rule::Below(0.0), 0.0, 0.0), "does not hold", "equal values are not less");
    }

    #[test]
    fn one_claim_that_fails_fails_the_study() {
        use Verdict::*;
        for (verdicts, expected) in [
            (vec![], None),
            (vec![Holds, Holds], Some(Holds)),
            (vec![Holds, CannotTell], Some(CannotTell)),
            (vec![CannotTell, DoesNotHold, Holds], Some(DoesNotHold)),
        ] {
            assert_eq!(overall(verdicts.into_iter()), expected);
        }
    }
}
