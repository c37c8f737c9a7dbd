//! What is measured of a run.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::record::RunRecord;
use crate::{
    average::{AverageSpec, Decay},
    config::Experiment,
    named::{number, whole_number},
    report::{EvaluationPoint, SummaryRow, mean, summarise},
};

/// Evaluations before a bad batch whose mean accuracy is that before the fall.
const BEFORE: usize = 4;

/// A measure of a run; in text `accuracy`, `steps_to=55`, `fall_depth=780,within=52`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Measure {
    /// Test accuracy at the end of the run, in percent.
    Accuracy,
    /// Test loss at the end of the run.
    Loss,
    /// Test accuracy of the last evaluation during the run, whether or not there is another test at its end, in percent.
    LastAccuracy,
    /// Accuracy at the end minus that of the raw weights of the same run, in points.
    Gain,
    /// Mean test accuracy over the second half of the evaluations, in percent.
    MeanAccuracy,
    /// Standard deviation of the change of test accuracy between evaluations, over their second half, in points.
    Fluctuation,
    /// Area under the curve of test accuracy over the steps, divided by its length: its mean over the run, in percent.
    Area,
    /// Steps to the first evaluation with at least this accuracy.
    StepsTo {
        /// Test accuracy in percent.
        accuracy: f64,
    },
    /// The accuracy before a step (mean of the last four evaluations) minus the lowest from it on, in points.
    FallDepth {
        /// The step.
        step: u64,
        /// Steps after it in which the lowest accuracy is looked for.
        within: u64,
    },
    /// Steps from a step to the first evaluation that is back at the accuracy before it, from the lowest one on; 0 if that has not
    /// fallen.
    FallLength {
        /// The step.
        step: u64,
        /// Steps after it in which the lowest accuracy is looked for.
        within: u64,
        /// Points below the accuracy before that count as back.
        margin: f64,
    },
    /// The memory 1/(1 − β), in percent of the run's steps, of the method that is most accurate at the end; that of the raw
    /// weights is one step. A measure of an arm.
    BestMemory,
}

/// The value of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Whether a number of steps ended within the run. Otherwise `value` is the rest of the run, which is too few.
    pub reached: bool,
}

impl Measured {
    fn exact(value: f64) -> Self {
        Self { value, reached: true }
    }
}

impl Measure {
    /// The forms of its text.
    pub const FORMS: &str = "accuracy, loss, last_accuracy, gain, mean_accuracy, fluctuation, area, steps_to=PERCENT, \
                             fall_depth=STEP,within=STEPS, fall_length=STEP,within=STEPS,margin=POINTS or best_memory";

    /// Whether it is of an arm as a whole instead of one of its methods.
    pub fn is_of_arm(self) -> bool {
        self == Self::BestMemory
    }

    /// Its name with the unit, for the head of a table.
    pub fn title(self) -> String {
        match self {
            Self::Accuracy => "test accuracy, %".to_owned(),
            Self::Loss => "test loss".to_owned(),
            Self::LastAccuracy => "accuracy of the last evaluation, %".to_owned(),
            Self::Gain => "gain over raw, points".to_owned(),
            Self::MeanAccuracy => "mean accuracy of the second half, %".to_owned(),
            Self::Fluctuation => "fluctuation, points".to_owned(),
            Self::Area => "mean accuracy over the run, %".to_owned(),
            Self::StepsTo { accuracy } => format!("steps to {accuracy}%"),
            Self::FallDepth { step, within } => {
                format!("fall in steps {step} to {}, points", step.saturating_add(within))
            }
            Self::FallLength { step, margin, .. } => {
                format!("steps from {step} until within {margin} points")
            }
            Self::BestMemory => "best memory, % of the run".to_owned(),
        }
    }

    /// A value of it as text.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Loss => format!("{value:.4}"),
            Self::StepsTo { .. } | Self::FallLength { .. } => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        }
    }

    /// Checks that runs of these settings have it.
    ///
    /// # Errors
    /// Why they do not, and what to do.
    pub(super) fn check(self, experiment: &Experiment, steps_per_epoch: u64) -> Result<(), String> {
        let total = experiment.total_steps(steps_per_epoch);
        let mut evaluations = Vec::new();
        while evaluations.last() < Some(&total) {
            let step = experiment.next_evaluation(evaluations.last().copied().unwrap_or(0), steps_per_epoch);
            evaluations.push(step);
        }
        evaluations.retain(|&step| !experiment.is_early(step, steps_per_epoch));
        let within = |step: u64| (evaluations[0] < step && step <= total).then_some(());
        match self {
            Self::Fluctuation if evaluations.len() - evaluations.len() / 2 < 3 => {
                let count = evaluations.len();
                Err(format!("it needs three evaluations in the second half, and {count} are made in all; train longer or set `eval_every`"))
            }
            Self::FallDepth { step, within: steps } | Self::FallLength { step, within: steps, .. }
                if !evaluations.iter().any(|at| (step..=step.saturating_add(steps)).contains(at)) =>
            {
                Err(format!("there is no evaluation in steps {step} to {}; set `eval_every`", step.saturating_add(steps)))
            }
            Self::FallDepth { step, .. } | Self::FallLength { step, .. } => within(step).ok_or_else(|| {
                format!("step {step} must come after the first evaluation, at step {}, and within the run of {total} steps", evaluations[0])
            }),
            Self::BestMemory => match experiment.ema.iter().find(|spec| memory(spec).is_none()) {
                _ if experiment.ema.is_empty() => Err("it has no averages; add some in `ema`".to_owned()),
                Some(spec) => Err(format!("the memory of `{spec}` grows with the run; take averages of a constant β")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Its value for one method of a run that has not diverged.
    pub(super) fn of(self, run: &RunRecord, method: usize) -> Measured {
        let regular = || run.points.iter().filter(|point| !point.early);
        let accuracy = |point: &EvaluationPoint| point.methods[method].accuracy;
        let summary = || -> SummaryRow { summarise(&run.points).swap_remove(method) };
        match self {
            Self::Accuracy => Measured::exact(run.last[method].accuracy),
            Self::Loss => Measured::exact(run.last[method].loss),
            Self::LastAccuracy => {
                Measured::exact(accuracy(run.points.last().expect("a run ends with an evaluation")))
            }
            Self::Gain => Measured::exact(run.last[method].accuracy - run.last[0].accuracy),
            Self::MeanAccuracy => Measured::exact(summary().mean_accuracy),
            Self::Fluctuation => {
                Measured::exact(summary().fluctuation.expect("a checked study has enough evaluations"))
            }
            Self::Area => {
                let curve: Vec<(f64, f64)> =
                    regular().map(|point| (point.step as f64, accuracy(point))).collect();
                let trapezoids =
                    curve.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0);
                let length = curve[curve.len() - 1].0 - curve[0].0;
                Measured::exact(if length > 0.0 { trapezoids.sum::<f64>() / length } else { curve[0].1 })
            }
            Self::StepsTo { accuracy: wanted } => {
                let first = regular().find(|point| accuracy(point) >= wanted);
                Measured {
                    value: first.map_or(run.total_steps, |point| point.step) as f64,
                    reached: first.is_some(),
                }
            }
            Self::FallDepth { step, within } => {
                Measured::exact(before(run, step, method) - accuracy(lowest(run, step, within, method)))
            }
            Self::FallLength { step, within, margin } => {
                let enough = before(run, step, method) - margin;
                let lowest = lowest(run, step, within, method);
                // An average may still be up at the step itself, and fall later.
                let from = if accuracy(lowest) < enough { lowest.step } else { step };
                let back = regular().find(|point| point.step >= from && accuracy(point) >= enough);
                Measured {
                    value: (back.map_or(run.total_steps, |point| point.step) - step) as f64,
                    reached: back.is_some(),
                }
            }
            Self::BestMemory => {
                let better = |best: usize, one: usize| {
                    if run.last[one].accuracy > run.last[best].accuracy { one } else { best }
                };
                let best = (0..run.last.len()).reduce(better).expect("the raw weights are a method");
                let spec = best.checked_sub(1).map(|k| &run.experiment.ema[k]);
                let steps =
                    spec.map_or(1.0, |spec| memory(spec).expect("a checked study has constant averages"));
                Measured::exact(100.0 * steps / run.total_steps as f64)
            }
        }
    }
}

/// Mean accuracy of the last evaluations before a step.
fn before(run: &RunRecord, step: u64, method: usize) -> f64 {
    let points = run.points.iter().filter(|point| !point.early && point.step < step);
    let accuracies: Vec<f64> = points.map(|point| point.methods[method].accuracy).collect();
    mean(&accuracies[accuracies.len().saturating_sub(BEFORE)..])
}

/// The evaluation of the lowest accuracy within some steps from a step on, the first if there are several.
fn lowest(run: &RunRecord, step: u64, within: u64, method: usize) -> &EvaluationPoint {
    let window = step..=step.saturating_add(within);
    let points = run.points.iter().filter(|point| !point.early && window.contains(&point.step));
    let accuracy = |point: &EvaluationPoint| point.methods[method].accuracy;
    points
        .min_by(|one, other| accuracy(one).total_cmp(&accuracy(other)))
        .expect("a checked study has an evaluation there")
}

/// The memory of an average of constant β in steps, T/(1 − β).
fn memory(spec: &AverageSpec) -> Option<f64> {
    match spec.decay {
        Decay::Constant { beta, .. } => Some(f64::from(spec.update_every) / (1.0 - beta)),
        _ => None,
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accuracy => f.write_str("accuracy"),
            Self::Loss => f.write_str("loss"),
            Self::LastAccuracy => f.write_str("last_accuracy"),
            Self::Gain => f.write_str("gain"),
            Self::MeanAccuracy => f.write_str("mean_accuracy"),
            Self::Fluctuation => f.write_str("fluctuation"),
            Self::Area => f.write_str("area"),
            Self::StepsTo { accuracy } => write!(f, "steps_to={accuracy}"),
            Self::FallDepth { step, within } => write!(f, "fall_depth={step},within={within}"),
            Self::FallLength { step, within, margin } => {
                write!(f, "fall_length={step},within={within},margin={margin}")
            }
            Self::BestMemory => f.write_str("best_memory"),
        }
    }
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("there is no measure `{text}`; a measure is {}", Self::FORMS);
        let percent = |text: &str| number(text).filter(|share| (0.0..=100.0).contains(share));
        let measure = match text.split_once('=') {
            None => match text {
                "accuracy" => Some(Self::Accuracy),
                "loss" => Some(Self::Loss),
                "last_accuracy" => Some(Self::LastAccuracy),
                "gain" => Some(Self::Gain),
                "mean_accuracy" => Some(Self::MeanAccuracy),
                "fluctuation" => Some(Self::Fluctuation),
                "area" => Some(Self::Area),
                "best_memory" => Some(Self::BestMemory),
                _ => None,
            },
            Some(("steps_to", accuracy)) => percent(accuracy).map(|accuracy| Self::StepsTo { accuracy }),
            Some(("fall_depth", rest)) => rest.split_once(',').and_then(|(step, rest)| {
                let within = whole_number(rest.strip_prefix("within=")?)?;
                Some(Self::FallDepth { step: whole_number(step)?, within })
            }),
            Some(("fall_length", rest)) => rest.split_once(',').and_then(|(step, rest)| {
                let (within, margin) = rest.strip_prefix("within=")?.split_once(",margin=")?;
                let (within, margin) = (whole_number(within)?, percent(margin)?);
                Some(Self::FallLength { step: whole_number(step)?, within, margin })
            }),
            Some(_) => None,
        };
        measure.ok_or_else(bad)
    }
}

impl TryFrom<String> for Measure {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        measure.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{MethodScore, RAW};

    /// A run of 10 steps, evaluated after each, with the raw weights and `0.9`.
    fn run(raw: &[f64], ema: &[f64]) -> RunRecord {
        let score = |name: &str, accuracy: f64| MethodScore {
            name: name.to_owned(),
            accuracy,
            loss: accuracy / 100.0,
        };
        let scores = |raw: f64, ema: f64| vec![score(RAW, raw), score("ema-0.9", ema)];
        let point = |(step, (&raw, &ema)): (u64, (&f64, &f64))| EvaluationPoint {
            step,
            epoch: step as f64,
            early: false,
            methods: scores(raw, ema),
        };
        let experiment = Experiment { ema: vec![AverageSpec::new(0.9)], ..Experiment::default() };
        RunRecord {
            experiment,
            points: (1..).zip(raw.iter().zip(ema)).map(point).collect(),
            last: scores(raw[raw.len() - 1], ema[ema.len() - 1]),
            total_steps: raw.len() as u64,
            diverged: None,
            adapter: "a test".to_owned(),
        }
    }

    fn of(text: &str, run: &RunRecord, method: usize) -> (f64, bool) {
        let Measured { value, reached } = text.parse::<Measure>().unwrap().of(run, method);
        (value, reached)
    }

    #[test]
    fn measures_are_what_their_definitions_say() {
        let run = run(
            &[10.0, 20.0, 60.0, 40.0, 50.0, 48.0, 20.0, 30.0, 49.0, 52.0],
            &[10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 48.0, 49.0, 51.0, 54.0],
        );
        for (text, raw, ema) in [
            ("accuracy", 52.0, 54.0),
            ("loss", 0.52, 0.54),
            ("last_accuracy", 52.0, 54.0),
            ("gain", 0.0, 2.0),
            ("mean_accuracy", 39.8, 50.4),
            ("area", 38.666_666_666_666_664, 37.222_222_222_222_22),
            ("steps_to=40", 3.0, 5.0),
            // Before step 7: the means of (60, 40, 50, 48) and (20, 30, 40, 50).
            ("fall_depth=7,within=1", 29.5, -13.0),
            ("fall_depth=7,within=3", 29.5, -13.0),
            ("fall_length=7,within=3,margin=2", 2.0, 0.0),
            // 10 of 10 steps.
            ("best_memory", 100.0, 100.0),
        ] {
            for (method, expected) in [(0, raw), (1, ema)] {
                let (value, reached) = of(text, &run, method);
                assert!((value - expected).abs() < 1e-12 && reached, "{text} of {method}: {value}");
            }
        }
        // The changes of the second half, from 48: −28, 10, 19, 3, whose deviations from 1 are −29, 9, 18, 2.
        let expected = (f64::from(29 * 29 + 9 * 9 + 18 * 18 + 2 * 2) / 3.0).sqrt();
        assert!((of("fluctuation", &run, 0).0 - expected).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_reached_counts_as_the_rest_of_the_run_and_says_so() {
        let run = run(&[10.0, 60.0, 20.0, 30.0], &[10.0, 20.0, 30.0, 40.0]);
        assert_eq!(of("steps_to=50", &run, 1), (4.0, false));
        assert_eq!(of("fall_length=3,within=1,margin=1", &run, 0), (1.0, false));
    }

    #[test]
    fn a_fall_that_begins_after_the_step_has_its_length() {
        let run = run(&[50.0; 10], &[50.0, 50.0, 50.0, 50.0, 49.5, 44.0, 46.0, 49.0, 50.0, 50.0]);
        assert_eq!(of("fall_length=5,within=3,margin=1", &run, 0), (0.0, true));
        assert_eq!(of("fall_length=5,within=3,margin=1", &run, 1), (3.0, true));
    }

    #[test]
    fn the_raw_weights_remember_one_step() {
        assert_eq!(of("best_memory", &run(&[10.0, 60.0, 50.0, 70.0], &[10.0; 4]), 0), (25.0, true));
    }

    #[test]
    fn a_measure_is_read_as_it_is_written() {
        for text in [
            "accuracy",
            "loss",
            "last_accuracy",
            "gain",
            "mean_accuracy",
            "fluctuation",
            "area",
            "steps_to=55.5",
            "fall_depth=780,within=52",
            "fall_length=780,within=156,margin=1.5",
            "best_memory",
        ] {
            assert_eq!(text.parse::<Measure>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "acuracy",
            "steps_to",
            "steps_to=101",
            "fall_depth=780",
            "fall_length=7,within=2",
            "fall_length=7,margin=2",
            "loss=1",
        ] {
            let said = text.parse::<Measure>().unwrap_err();
            assert!(
                said.contains(&format!("no measure `{text}`")) && said.contains("steps_to=PERCENT"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_measure_that_a_run_does_not_have_is_refused() {
        let experiment =
            |epochs| Experiment { epochs, ema: vec!["uniform".parse().unwrap()], ..Experiment::default() };
        for (text, epochs, part) in [
            ("fluctuation", 4, "three evaluations"),
            ("fall_depth=10,within=5", 4, "after the first evaluation, at step 10"),
            ("fall_length=41,within=9,margin=1", 4, "no evaluation in steps 41 to 50"),
            ("fall_depth=41,within=9", 4, "no evaluation in steps 41 to 50"),
            ("fall_depth=21,within=8", 4, "no evaluation in steps 21 to 29"),
            ("best_memory", 4, "`uniform` grows"),
        ] {
            let said = text.parse::<Measure>().unwrap().check(&experiment(epochs), 10).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
        for text in ["fluctuation", "fall_depth=50,within=0", "area"] {
            text.parse::<Measure>().unwrap().check(&experiment(5), 10).unwrap();
        }
    }
}
