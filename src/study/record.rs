//! The log of a run of a study: the lines of `emascope train --log`, with two more.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{StudyError, file::BadBatch, runs::PlannedRun};
use crate::{
    checkpoint::Fingerprint,
    config::Experiment,
    report::{EvaluationPoint, MethodScore, RAW},
    run::log::{EmaScore, Event, Score},
    trainer::Evaluated,
};

/// A line that only a study writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Line {
    /// The first line: what distinguishes the run from every other.
    Run {
        /// Its digest, of which the file's name is the beginning.
        digest: String,
        /// The program that made it.
        program: String,
        /// Its images.
        data: Fingerprint,
        /// The images of its test at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        final_test: Option<Fingerprint>,
        /// Its bad batch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bad_batch: Option<BadBatch>,
    },
    /// The test at the end, on the images of `final_test`.
    Test {
        /// Steps taken.
        step: u64,
        /// The test images.
        images: usize,
        /// The raw weights.
        raw: Score,
        /// Each average.
        ema: Vec<EmaScore>,
    },
}

impl Line {
    /// The test at the end.
    pub fn test(experiment: &Experiment, evaluated: &Evaluated) -> Self {
        let images = evaluated.predictions.images;
        match Event::epoch(experiment, &evaluated.point(), f64::NAN) {
            Event::Epoch { step, raw, ema, .. } => Self::Test { step, images, raw, ema },
            _ => unreachable!("an evaluation is an epoch"),
        }
    }

    /// The line of the log.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a line is JSON") + "\n"
    }
}

/// Any line.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyLine {
    OfStudies(Line),
    OfRuns(Box<Event>),
}

/// The results of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its settings.
    pub experiment: Experiment,
    /// Its evaluations.
    pub points: Vec<EvaluationPoint>,
    /// The scores at the end: of the test there if the study has one, else of the last evaluation. Empty in a run that diverged
    /// before its first evaluation.
    pub last: Vec<MethodScore>,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// The step by which it diverged and ended.
    pub diverged: Option<u64>,
    /// What computed it.
    pub adapter: String,
}

impl RunRecord {
    /// Reads the log of `run`.
    ///
    /// # Errors
    /// [`StudyError::Damaged`] for a log that cannot be read or has no end, [`StudyError::OtherRun`] for that of another run.
    pub fn read(path: &Path, run: &PlannedRun) -> Result<Self, StudyError> {
        let file = path.display().to_string();
        let damaged = |reason: String| StudyError::Damaged { file: file.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
        let other =
            |what: &str| StudyError::OtherRun { file: file.clone(), reason: format!("its {what} differs") };
        let mut record = Self {
            experiment: run.experiment.clone(),
            points: Vec::new(),
            last: Vec::new(),
            total_steps: run.total_steps,
            diverged: None,
            adapter: String::new(),
        };
        let (mut begun, mut tested, mut ended) = (false, None, false);
        for (number, line) in (1..).zip(text.lines()) {
            let line = serde_json::from_str(line)
                .map_err(|error| damaged(format!("line {number} is not a line of a log: {error}")))?;
            match line {
                AnyLine::OfStudies(Line::Run { digest, .. }) => {
                    if digest != run.digest {
                        return Err(other("digest"));
                    }
                    begun = true;
                }
                AnyLine::OfStudies(Line::Test { raw, ema, .. }) => tested = Some(scores(raw, ema)),
                AnyLine::OfRuns(event) => match *event {
                    Event::Start { config, adapter, .. } => {
                        // The same images may lie in another place.
                        let config = Experiment { data: run.experiment.data.clone(), ..*config };
                        if config != run.experiment {
                            return Err(other("configuration"));
                        }
                        record.adapter = adapter;
                    }
                    Event::Epoch { epoch, step, raw, ema, .. } => {
                        let early = run.experiment.is_early(step, run.steps_per_epoch);
                        record.points.push(EvaluationPoint { step, epoch, early, methods: scores(raw, ema) });
                    }
                    Event::Summary { diverged, .. } => {
                        record.diverged = diverged;
                        ended = true;
                    }
                    Event::Step { .. } => {}
                },
            }
        }
        let complete = record.diverged.is_some()
            || record.points.last().map(|point| point.step) == Some(run.total_steps);
        if !(begun && ended && complete) {
            return Err(damaged("its first or its last lines are missing".to_owned()));
        }
        if tested.is_none() && run.has_final_test && record.diverged.is_none() {
            return Err(damaged("the test at its end is missing".to_owned()));
        }
        let methods = 1 + run.experiment.ema.len();
        let of_last = || record.points.last().map(|point| point.methods.clone()).unwrap_or_default();
        record.last = tested.unwrap_or_else(of_last);
        let complete = |scores: &Vec<MethodScore>| scores.len() == methods;
        if !record.points.iter().map(|point| &point.methods).all(complete)
            || !(complete(&record.last) || record.diverged.is_some())
        {
            return Err(damaged(format!("an evaluation is not of {methods} methods")));
        }
        Ok(record)
    }
}

/// The scores of a line.
fn scores(raw: Score, ema: Vec<EmaScore>) -> Vec<MethodScore> {
    let score = |name: String, Score { accuracy, loss }: Score| MethodScore { name, accuracy, loss };
    let averages = ema.into_iter().map(|average| score(average.name, average.score));
    std::iter::once(score(RAW.to_owned(), raw)).chain(averages).collect()
}
