//! A log in memory, for a program that writes no file while it trains.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{super::Losses, Event};
use crate::{
    average::Memory,
    config::Experiment,
    description::Description,
    report::{EvaluationPoint, SummaryRow},
    trainer::StepMetric,
};

/// The most losses that are logged between two starts or resumptions; of more, every second, fourth and so on is kept.
const MOST_LOSSES: usize = 1 << 20;

/// The state of a run when its log is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Standing {
    /// Steps so far.
    pub step: u64,
    /// The table.
    pub summary: Vec<SummaryRow>,
    /// The memory of the averages.
    pub averages: Vec<Memory>,
    /// Training speed, once it was measured.
    pub images_per_second: Option<f64>,
}

/// The log of a run, across resumptions and changes.
#[derive(Debug, Default)]
pub struct MemoryLog {
    stretches: Vec<Stretch>,
    /// The losses since the last evaluation.
    losses: Losses,
}

/// The events after a start, a resumption or a change.
#[derive(Debug)]
struct Stretch {
    experiment: Experiment,
    description: Description,
    /// The step it began at.
    step: u64,
    /// Steps and losses.
    losses: Vec<(u64, f64)>,
    /// Losses are kept of the steps that are multiples of this.
    stride: u64,
    /// Evaluations as events, with their steps.
    tests: Vec<(u64, Event)>,
}

impl MemoryLog {
    /// Whether nothing was logged since the last start.
    pub fn is_empty(&self) -> bool {
        self.stretches.last().is_none_or(Stretch::is_empty)
    }

    /// Logs that a run of `experiment` starts, or is resumed, after `step` steps.
    pub fn begin(&mut self, experiment: Experiment, description: &Description, step: u64) {
        self.losses = Losses::since(step, Default::default());
        self.push(experiment, description, step);
    }

    /// Notes a change of settings, which is written as a resumption.
    pub fn change(&mut self, experiment: Experiment, description: &Description) {
        let step = self.stretches.last().map_or(0, Stretch::last_step);
        self.push(experiment, description, step);
    }

    /// Begins a stretch. An empty one before it is dropped.
    fn push(&mut self, experiment: Experiment, description: &Description, step: u64) {
        self.stretches.pop_if(|last| last.is_empty());
        let (description, losses, tests) = (description.clone(), Vec::new(), Vec::new());
        self.stretches.push(Stretch { experiment, description, step, losses, stride: 1, tests });
    }

    /// Logs steps.
    pub fn steps(&mut self, metrics: &[StepMetric]) {
        self.losses.read(metrics);
        if let Some(stretch) = self.stretches.last_mut() {
            metrics.iter().for_each(|metric| stretch.add(metric.step, metric.loss, MOST_LOSSES));
        }
    }

    /// Logs an evaluation after the steps logged so far.
    pub fn tested(&mut self, point: &EvaluationPoint) {
        let train_loss = self.losses.evaluated();
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.tests.push((point.step, Event::epoch(&stretch.experiment, point, train_loss)));
        }
    }

    /// The log, with a summary of the run as its last line.
    pub fn text(&self, standing: Standing) -> String {
        let mut text: String = self.stretches.iter().map(Stretch::text).collect();
        if let Some(Stretch { experiment, description, .. }) = self.stretches.last() {
            let Standing { step, summary, averages, images_per_second } = standing;
            let summary = Event::Summary {
                rows: summary,
                averages,
                images_per_second: images_per_second.unwrap_or(0.0),
                interrupted: step < description.total_steps,
                diverged: None,
                provenance: description.provenance(experiment, step),
            };
            text += &summary.line();
        }
        text
    }
}

impl Stretch {
    fn is_empty(&self) -> bool {
        self.losses.is_empty() && self.tests.is_empty()
    }

    fn last_step(&self) -> u64 {
        let (loss, test) = (self.losses.last(), self.tests.last());
        self.step.max(loss.map_or(0, |loss| loss.0)).max(test.map_or(0, |test| test.0))
    }

    fn add(&mut self, step: u64, loss: f64, most: usize) {
        if self.losses.len() == most {
            self.stride *= 2;
            self.losses.retain(|(step, _)| step.is_multiple_of(self.stride));
        }
        if step.is_multiple_of(self.stride) {
            self.losses.push((step, loss));
        }
    }

    fn text(&self) -> String {
        let start = Event::start(&self.experiment, &self.description, self.step, BTreeMap::new());
        let mut text = start.line();
        let mut tests = self.tests.iter().peekable();
        for &(step, loss) in &self.losses {
            while let Some((_, test)) = tests.next_if(|test| test.0 < step) {
                text += &test.line();
            }
            text += &Event::Step { step, loss }.line();
        }
        text.extend(tests.map(|(_, test)| test.line()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{description::DatasetReport, gpu::AdapterReport, report::MethodScore};

    fn description() -> Description {
        Description {
            adapter: AdapterReport { name: "a test".to_owned(), backend: "none".to_owned(), software: true },
            moved_from: None,
            dataset: DatasetReport::of(&crate::data::synthetic(1, 4, 2)),
            network: "tiny".to_owned(),
            parameters: 27,
            gpu_bytes: 1,
            steps_per_epoch: 2,
            total_steps: 4,
            methods: Vec::new(),
            tensors: Vec::new(),
        }
    }

    fn metrics(steps: std::ops::RangeInclusive<u64>) -> Vec<StepMetric> {
        steps.map(|step| StepMetric { step, loss: step as f64, accuracy: 0.0 }).collect()
    }

    fn point(step: u64) -> EvaluationPoint {
        let method = |name: &str| MethodScore { name: name.to_owned(), accuracy: 50.0, loss: 1.0 };
        let experiment = Experiment::default();
        let names = experiment.ema.iter().map(crate::average::AverageSpec::name);
        let methods = ["raw".to_owned()].into_iter().chain(names).map(|name| method(&name)).collect();
        EvaluationPoint { step, epoch: 1.0, early: false, methods }
    }

    /// The lines of a log, shortened to what happened and at which step; without the summary.
    fn lines(log: &MemoryLog) -> Vec<String> {
        let text = log.text(Standing::default());
        let values = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut lines: Vec<_> =
            values.map(|value| format!("{} {}", value["event"].as_str().unwrap(), value["step"])).collect();
        assert_eq!(lines.pop().unwrap(), "summary null");
        lines
    }

    #[test]
    fn an_evaluation_stands_after_its_step_and_has_the_loss_since_the_one_before() {
        let mut log = MemoryLog::default();
        log.begin(Experiment::default(), &description(), 0);
        assert!(log.is_empty());
        log.steps(&metrics(1..=2));
        log.tested(&point(2));
        log.steps(&metrics(3..=4));
        log.tested(&point(4));
        assert!(!log.is_empty());
        assert_eq!(lines(&log), ["start 0", "step 1", "step 2", "epoch 2", "step 3", "step 4", "epoch 4"]);
        let Event::Epoch { train_loss, ema, .. } = &log.stretches[0].tests[1].1 else { panic!() };
        assert_eq!((*train_loss, ema[1].beta), (3.5, Some(0.98)));
    }

    #[test]
    fn a_change_begins_a_line_of_its_own_and_keeps_the_losses() {
        let mut log = MemoryLog::default();
        log.begin(Experiment::default(), &description(), 0);
        log.change(Experiment { lr: 1.0, ..Experiment::default() }, &description());
        log.steps(&metrics(1..=3));
        log.change(Experiment { lr: 0.5, ..Experiment::default() }, &description());
        log.steps(&metrics(4..=4));
        log.tested(&point(4));
        assert_eq!(lines(&log), ["start 0", "step 1", "step 2", "step 3", "start 3", "step 4", "epoch 4"]);
        let Event::Epoch { train_loss, .. } = &log.stretches[1].tests[0].1 else { panic!() };
        assert_eq!(*train_loss, 2.5);
    }

    #[test]
    fn a_state_gone_back_to_begins_another_stretch() {
        let mut log = MemoryLog::default();
        log.begin(Experiment::default(), &description(), 0);
        log.steps(&metrics(1..=3));
        log.begin(Experiment::default(), &description(), 2);
        log.steps(&metrics(3..=3));
        assert_eq!(lines(&log), ["start 0", "step 1", "step 2", "step 3", "start 2", "step 3"]);
    }

    #[test]
    fn a_long_stretch_keeps_every_second_step() {
        let mut log = MemoryLog::default();
        log.begin(Experiment::default(), &description(), 0);
        let stretch = log.stretches.last_mut().unwrap();
        (1..=6).for_each(|step| stretch.add(step, 1.0, 4));
        assert_eq!(stretch.losses.iter().map(|loss| loss.0).collect::<Vec<_>>(), [2, 4, 6]);
    }
}
