//! The log of a run: one JSON object a line, each complete on disk before the run goes on.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::average::{AverageSpec, Memory};
use crate::checkpoint::Tried;
use crate::config::Experiment;
use crate::layers::kernels::Tile;
use crate::report::{Provenance, SummaryRow, whole_as_integer};

/// One line of the log. Accuracies are in percent, losses in nats; what is not a number is null.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The first line of a run, and of each resumption.
    Start {
        /// Every knob.
        config: Box<Experiment>,
        /// Steps already taken by the checkpoint that the run resumes.
        step: u64,
        /// Trained values of the network.
        parameters: usize,
        /// The data set's name.
        dataset: String,
        /// The adapter's name.
        adapter: String,
        /// Tiles of the convolution kernels, where they were measured; they change the time and no result.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        tiles: BTreeMap<String, Tile>,
    },
    /// One optimizer step.
    Step {
        /// Its number, from 1.
        step: u64,
        /// Its training loss.
        loss: f64,
    },
    /// One evaluation.
    Epoch {
        /// Passes over the training data, whole or not.
        #[serde(serialize_with = "whole_as_integer")]
        epoch: f64,
        /// Optimizer steps taken.
        step: u64,
        /// Mean training loss of the steps since the last evaluation.
        train_loss: f64,
        /// The weights as they are.
        raw: Score,
        /// Each average.
        ema: Vec<EmaScore>,
    },
    /// The last line of a run.
    Summary {
        /// The table.
        rows: Vec<SummaryRow>,
        /// What the averages remember at the end.
        averages: Vec<Memory>,
        /// Training speed, evaluations and saving not counted.
        images_per_second: f64,
        /// Whether the run was ended early from the keyboard.
        interrupted: bool,
        /// The step by which the run diverged and ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        diverged: Option<u64>,
        /// What the numbers come from, the adapter among it.
        #[serde(flatten)]
        provenance: Provenance,
    },
}

/// What weights scored on the test images.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Score {
    /// Share told right, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy.
    pub loss: f64,
}

/// What an average scored.
#[derive(Clone, Debug, Serialize)]
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

/// The log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: the log cannot be written: {reason}; free some space or choose another --log")]
pub struct LogError {
    path: String,
    reason: std::io::Error,
}

/// A log file that is open.
#[derive(Debug)]
pub struct RunLog {
    path: PathBuf,
    file: File,
}

impl RunLog {
    /// Starts a log; a file that is there is emptied, or with `append` continued.
    ///
    /// # Errors
    /// [`LogError`] if the file cannot be opened for writing.
    pub fn open(path: &Path, append: bool) -> Result<Self, LogError> {
        let file = OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(path);
        let file = file.map_err(|reason| LogError { path: path.display().to_string(), reason })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Tries whether a log can be opened; nothing for a device or a pipe, which opening may disturb.
    ///
    /// # Errors
    /// [`LogError`] if it cannot.
    pub fn try_out(path: &Path) -> Result<Option<Tried>, LogError> {
        Tried::appending(path).map_err(|reason| LogError { path: path.display().to_string(), reason })
    }

    /// Writes one line. It goes to the system whole, so whoever follows the file sees no half line.
    ///
    /// # Errors
    /// [`LogError`], for instance when the disk is full.
    pub fn write(&mut self, event: &Event) -> Result<(), LogError> {
        let line = serde_json::to_string(event).expect("an event is JSON") + "\n";
        self.file
            .write_all(line.as_bytes())
            .map_err(|reason| LogError { path: self.path.display().to_string(), reason })
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
        assert_eq!(serde_json::to_string(&event).unwrap(), expected);
    }

    #[test]
    fn a_log_is_emptied_or_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        for (append, lines) in [(false, 1), (true, 2), (false, 1)] {
            RunLog::open(&path, append).unwrap().write(&Event::Step { step: 1, loss: 2.5 }).unwrap();
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                "{\"event\":\"step\",\"step\":1,\"loss\":2.5}\n".repeat(lines)
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_names_the_file() {
        let mut log = RunLog::open(Path::new("/dev/full"), true).unwrap();
        let said = log.write(&Event::Step { step: 1, loss: 2.5 }).unwrap_err().to_string();
        assert!(said.starts_with("/dev/full: the log cannot be written: No space left"), "{said}");
    }
}
