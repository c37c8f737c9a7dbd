//! The log of a run: one JSON object per line.
//!
//! - `file`: written to disk line by line while the run goes on (native only)
//! - `memory`: kept in memory, and written out on request

#[cfg(not(target_arch = "wasm32"))]
mod file;
mod memory;

#[cfg(not(target_arch = "wasm32"))]
pub use file::{LogError, LogFile};
pub use memory::{MemoryLog, Standing};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    average::{AverageSpec, Memory},
    config::Experiment,
    description::Description,
    layers::kernels::Tile,
    report::{EvaluationPoint, MethodScore, Provenance, SummaryRow, null_is_nan, whole_as_integer},
};

/// One line of the log. Accuracies are in percent, losses in nats; NaN and infinity are null.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The first line of a run and of each resumption.
    Start {
        /// The settings.
        config: Box<Experiment>,
        /// Steps already taken by the checkpoint that the run resumes.
        step: u64,
        /// Trained values of the network.
        parameters: usize,
        /// The data set's name.
        dataset: String,
        /// The adapter's name.
        adapter: String,
        /// Tiles of the convolution kernels, if they were tuned; they change the time but no result.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tiles: BTreeMap<String, Tile>,
    },
    /// One optimizer step.
    Step {
        /// Its number, from 1.
        step: u64,
        /// Its training loss.
        #[serde(deserialize_with = "null_is_nan")]
        loss: f64,
    },
    /// One evaluation.
    Epoch {
        /// Passes over the training data, possibly with a fraction.
        #[serde(serialize_with = "whole_as_integer")]
        epoch: f64,
        /// Optimizer steps taken.
        step: u64,
        /// Mean training loss of the steps since the last evaluation.
        #[serde(deserialize_with = "null_is_nan")]
        train_loss: f64,
        /// The raw weights.
        raw: Score,
        /// Each average.
        ema: Vec<EmaScore>,
    },
    /// The last line of a run.
    Summary {
        /// The table.
        rows: Vec<SummaryRow>,
        /// The memory of the averages at the end.
        averages: Vec<Memory>,
        /// Training speed, without evaluations and saving.
        images_per_second: f64,
        /// Whether the user ended the run early.
        interrupted: bool,
        /// The step by which the run diverged and ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diverged: Option<u64>,
        /// The origin of the numbers, including the adapter.
        #[serde(flatten)]
        provenance: Provenance,
    },
}

/// The score of the weights on the test images.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Score {
    /// Share of correct predictions, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
}

/// The score of an average.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmaScore {
    /// The average's name.
    pub name: String,
    /// The average itself.
    pub average: AverageSpec,
    /// Its β, where it is constant.
    pub beta: Option<f64>,
    /// Its score.
    #[serde(flatten)]
    pub score: Score,
}

impl Event {
    /// The start of a run of `experiment`, or its resumption after `step` steps.
    pub fn start(
        experiment: &Experiment,
        description: &Description,
        step: u64,
        tiles: BTreeMap<String, Tile>,
    ) -> Self {
        Self::Start {
            config: Box::new(experiment.clone()),
            step,
            parameters: description.parameters,
            dataset: description.dataset.name.clone(),
            adapter: description.adapter.to_string(),
            tiles,
        }
    }

    /// An evaluation, with the mean training loss of the steps since the previous one.
    pub fn epoch(experiment: &Experiment, point: &EvaluationPoint, train_loss: f64) -> Self {
        let score = |method: &MethodScore| Score { accuracy: method.accuracy, loss: method.loss };
        let averages = experiment.ema.iter().zip(&point.methods[1..]);
        Self::Epoch {
            epoch: point.epoch,
            step: point.step,
            train_loss,
            raw: score(&point.methods[0]),
            ema: averages
                .map(|(&spec, method)| EmaScore {
                    name: method.name.clone(),
                    average: spec,
                    beta: spec.beta(),
                    score: score(method),
                })
                .collect(),
        }
    }

    /// The event as a line of the log.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("an event is JSON") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_documented() {
        let score = Score { accuracy: 50.5, loss: 1.5 };
        let average = AverageSpec::new(0.98);
        let ema = EmaScore { name: average.name(), average, beta: Some(0.98), score };
        let event = Event::Epoch { epoch: 1.0, step: 78, train_loss: f64::NAN, raw: score, ema: vec![ema] };
        let expected = concat!(
            r#"{"event":"epoch","epoch":1,"step":78,"train_loss":null,"raw":{"accuracy":50.5,"loss":1.5},"#,
            r#""ema":[{"name":"ema-0.98","average":"0.98","beta":0.98,"accuracy":50.5,"loss":1.5}]}"#
        );
        assert_eq!(event.line(), expected.to_owned() + "\n");
    }
}
