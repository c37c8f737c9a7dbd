//! A timed configuration, read from a peer's JSON line.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// The name of our own rows.
pub const OURS: &str = "Emascope";

/// Relative difference that a peer's first loss may have from ours: it started from the same weights and images.
pub const TOLERANCE: f64 = 1e-3;

/// Where a row was measured; ratios are taken within a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In one Chromium.
    Browser,
    /// On the machine itself.
    Native,
}

/// A line that a peer prints. Either it was timed, or `failed` has the reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub peer: String,
    pub runtime: String,
    #[serde(default)]
    pub adapter: String,
    pub network: String,
    pub batch: u32,
    #[serde(default)]
    pub averages: usize,
    /// Of five steps on one batch, the first before any update.
    #[serde(default)]
    pub losses: Vec<f64>,
    #[serde(default)]
    pub steps_a_sample: u32,
    /// For each sample, in order.
    #[serde(default)]
    pub images_per_second: Vec<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// A line, checked.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub place: Place,
    #[serde(flatten)]
    pub line: Line,
}

impl Row {
    /// A row with the reason for missing figures.
    pub fn failed(place: Place, peer: &str, network: &str, batch: u32, why: String) -> Self {
        let line = Line {
            peer: peer.to_owned(),
            runtime: String::new(),
            adapter: String::new(),
            network: network.to_owned(),
            batch,
            averages: 0,
            losses: Vec::new(),
            steps_a_sample: 0,
            images_per_second: Vec::new(),
            note: String::new(),
            failed: Some(why),
        };
        Self { place, line }
    }

    /// Reads a peer's line and compares its first loss with `loss`.
    ///
    /// # Errors
    /// The line is not a row. A wrong loss, or no sample, makes a row that failed.
    pub fn read(place: Place, text: &str, loss: f64) -> Result<Self> {
        let mut line: Line =
            serde_json::from_str(text).with_context(|| format!("a peer printed {text:?}"))?;
        if line.failed.is_none()
            && let Err(error) = check(&line, loss)
        {
            line.failed = Some(error.to_string());
        }
        Ok(Self { place, line })
    }

    pub fn is_ours(&self) -> bool {
        self.line.peer == OURS
    }

    /// Median of the samples, if it was timed.
    pub fn speed(&self) -> Option<f64> {
        if self.line.failed.is_some() {
            return None;
        }
        let mut sorted = self.line.images_per_second.clone();
        sorted.sort_by(f64::total_cmp);
        let upper = *sorted.get(sorted.len() / 2)?;
        Some(if sorted.len() % 2 == 1 { upper } else { (sorted[sorted.len() / 2 - 1] + upper) / 2.0 })
    }

    /// Slowest and fastest sample.
    pub fn spread(&self) -> (f64, f64) {
        let speeds = &self.line.images_per_second;
        speeds.iter().fold((f64::INFINITY, 0.0), |(least, most), &speed| (speed.min(least), speed.max(most)))
    }
}

fn check(line: &Line, loss: f64) -> Result<()> {
    let first = *line.losses.first().context("it reported no loss")?;
    let difference = (first - loss).abs() / loss.abs();
    // NaN fails too.
    ensure!(
        difference <= TOLERANCE,
        "its first loss is {first}, not {loss}: it does not compute the same step"
    );
    ensure!(!line.images_per_second.is_empty(), "it reported no sample");
    Ok(())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn row(peer: &str, place: Place, speeds: &[f64]) -> Row {
        let text = serde_json::json!({
            "peer": peer, "runtime": "somewhere", "adapter": "llvmpipe", "network": "tiny", "batch": 64, "averages": 4,
            "losses": [2.5], "steps_a_sample": 2, "images_per_second": speeds,
        });
        Row::read(place, &text.to_string(), 2.5).unwrap()
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(row("a", Place::Native, &[3.0, 1.0, 2.0]).speed(), Some(2.0));
        assert_eq!(row("a", Place::Native, &[4.0, 1.0, 2.0, 3.0]).speed(), Some(2.5));
        assert_eq!(row("a", Place::Native, &[4.0, 1.0]).spread(), (1.0, 4.0));
    }

    #[test]
    fn other_work_is_not_compared() {
        let line = |loss: &str| {
            format!(
                r#"{{"peer":"p","runtime":"r","network":"tiny","batch":64,"losses":[{loss}],"images_per_second":[1.0]}}"#
            )
        };
        assert_eq!(Row::read(Place::Native, &line("2.502"), 2.5).unwrap().speed(), Some(1.0));
        let wrong = Row::read(Place::Native, &line("2.51"), 2.5).unwrap();
        assert_eq!(wrong.speed(), None);
        assert!(wrong.line.failed.unwrap().contains("2.51"));
        assert!(Row::read(Place::Native, &line("null"), 2.5).is_err());
    }

    #[test]
    fn a_peer_that_could_not_says_why() {
        let text = r#"{"peer":"p","runtime":"r","network":"tiny","batch":64,"failed":"no convolution"}"#;
        let row = Row::read(Place::Browser, text, 2.5).unwrap();
        assert_eq!((row.speed(), row.line.failed.as_deref()), (None, Some("no convolution")));
    }
}
