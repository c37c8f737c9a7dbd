//! From evaluations to the table: how accurate each method is, and how much its accuracy fluctuates.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle, presets};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::average::Memory;

/// Name of the method that evaluates the raw weights.
pub const RAW: &str = "raw";

/// The score of one method at one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct MethodScore {
    /// `raw`, or the name of an average; see [`crate::average::AverageSpec::name`].
    pub name: String,
    /// Share of the test images that are classified correctly, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy over the test images, without label smoothing, in nats; NaN once a run has diverged.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
}

/// One evaluation of every method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct EvaluationPoint {
    /// Optimizer steps taken.
    pub step: u64,
    /// Passes over the training data, possibly with a fraction.
    #[serde(serialize_with = "whole_as_integer")]
    pub epoch: f64,
    /// Whether it came before the first regular evaluation. Charts show it, but statistics of the whole run leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
    /// Raw weights first, then the averages in the order of the configuration.
    pub methods: Vec<MethodScore>,
}

/// One row of the table: a method over the whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct SummaryRow {
    /// The method's name.
    pub method: String,
    /// Test accuracy at the last evaluation, in percent.
    pub accuracy: f64,
    /// Test loss at the last evaluation.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
    /// The highest test accuracy of the regular evaluations, in percent. It is chosen on test data, so it is optimistic.
    pub best_accuracy: f64,
    /// The epoch of the highest accuracy, the first if there are several.
    #[serde(serialize_with = "whole_as_integer")]
    pub best_epoch: f64,
    /// Mean test accuracy over the second half of the regular evaluations, in percent.
    pub mean_accuracy: f64,
    /// Standard deviation (of the sample) of the change of test accuracy from one evaluation to the next, over the second
    /// half of the regular evaluations, in points; `None` if that half has fewer than three.
    pub fluctuation: Option<f64>,
}

/// One row for each method, in their order; no rows without evaluations. Before the first regular evaluation, the
/// latest early one is used.
pub fn summarise(points: &[EvaluationPoint]) -> Vec<SummaryRow> {
    let Some(last) = points.last() else { return Vec::new() };
    let row = |(k, score): (usize, &MethodScore)| {
        // An average that was added during the run is missing from earlier points.
        let score_of = |point: &EvaluationPoint| Some((point.epoch, point.methods.get(k)?.accuracy));
        let regular = points.iter().filter(|point| !point.early);
        let mut scores: Vec<(f64, f64)> = regular.filter_map(score_of).collect();
        if scores.is_empty() {
            scores.extend(score_of(last));
        }
        let best = scores.iter().copied().reduce(|best, one| if one.1 > best.1 { one } else { best });
        let (best_epoch, best_accuracy) = best.expect("there is a last evaluation");
        let second_half: Vec<f64> = scores[scores.len() / 2..].iter().map(|score| score.1).collect();
        SummaryRow {
            method: score.name.clone(),
            accuracy: score.accuracy,
            loss: score.loss,
            best_accuracy,
            best_epoch,
            mean_accuracy: mean(&second_half),
            fluctuation: fluctuation(&second_half),
        }
    };
    last.methods.iter().enumerate().map(row).collect()
}

/// The mean; NaN of no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of the sample; `None` of fewer than two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    // The mean of equal values is rounded, and is not always their value.
    let equal = values.iter().all(|value| *value == values[0]);
    (values.len() > 1).then(|| if equal { 0.0 } else { (squares / (values.len() - 1) as f64).sqrt() })
}

fn fluctuation(accuracies: &[f64]) -> Option<f64> {
    let changes: Vec<f64> = accuracies.windows(2).map(|pair| pair[1] - pair[0]).collect();
    standard_deviation(&changes)
}

/// The origin of a table's numbers, shown below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the data set.
    pub dataset: String,
    /// Whether its images are procedural.
    pub synthetic: bool,
    /// Training images.
    pub train_images: usize,
    /// Test images.
    pub test_images: usize,
    /// Name of the network.
    pub network: String,
    /// Number of its parameters.
    pub parameters: usize,
    /// Optimizer steps taken.
    pub steps: u64,
    /// Images per step.
    pub batch: u32,
    /// Seed of the run.
    pub seed: u32,
    /// The adapter that computed it.
    pub adapter: String,
}

/// The style of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For a terminal.
    Text,
    /// For a document.
    Markdown,
}

/// The tables of a run and of its averages' memory, with the provenance below, ending in a line break.
pub fn table(rows: &[SummaryRow], averages: &[Memory], provenance: &Provenance, style: Style) -> String {
    let grid = if rows.is_empty() { "no evaluation yet".to_owned() } else { grid(rows, style).to_string() };
    let (bullet, star) = match style {
        Style::Text => ("", "*"),
        Style::Markdown => ("- ", "\\*"),
    };
    let Provenance {
        dataset,
        train_images,
        test_images,
        network,
        parameters,
        steps,
        batch,
        seed,
        adapter,
        ..
    } = provenance;
    let caution =
        if provenance.synthetic { " (procedural images, comparable with no other data)" } else { "" };
    let notes = [
        format!(
            "{star} chosen on the test data, so it flatters; mean and fluctuation are of the second half"
        ),
        format!("data: {dataset}{caution}, {train_images} training and {test_images} test images"),
        format!("network: {network}, {parameters} parameters"),
        format!("run: {steps} steps of {batch} images, seed {seed}"),
        format!("adapter: {adapter}"),
    ];
    let mut text = format!("{grid}\n\n");
    if !averages.is_empty() {
        writeln!(text, "{}\n", memory(averages, style)).expect("a string can be written to");
    }
    for note in notes {
        writeln!(text, "{bullet}{note}").expect("a string can be written to");
    }
    text
}

fn grid(rows: &[SummaryRow], style: Style) -> Table {
    let star = if style == Style::Markdown { "\\*" } else { "*" };
    let best = format!("best epoch{star}");
    let header = ["method", "test accuracy, %", &best, "mean, %", "fluctuation, points", "test loss"];
    let mut grid = empty_grid(&header, style);
    for row in rows {
        grid.add_row([
            row.method.clone(),
            format!("{:.2}", row.accuracy),
            format!("{} ({:.2})", short(row.best_epoch), row.best_accuracy),
            format!("{:.2}", row.mean_accuracy),
            row.fluctuation.map_or("–".to_owned(), |points| format!("{points:.2}")),
            format!("{:.4}", row.loss),
        ]);
    }
    grid
}

fn memory(averages: &[Memory], style: Style) -> Table {
    let header = ["average", "effective β", "half-life, steps", "initial weights left, %"];
    let mut grid = empty_grid(&header, style);
    for Memory { name, effective_beta, half_life, initial_share, .. } in averages {
        // Six digits distinguish .999 from .9995, and no more than six are significant.
        let effective_beta = (effective_beta * 1e6).round() / 1e6;
        grid.add_row([
            name.clone(),
            effective_beta.to_string(),
            format!("{half_life:.1}"),
            format!("{:.2}", 100.0 * initial_share),
        ]);
    }
    grid
}

/// A table without rows: text in the first column, numbers in the others.
pub fn empty_grid(header: &[&str], style: Style) -> Table {
    let rule = LineStyle::none().fill('─').junction('─');
    let mut grid = Table::new();
    grid.load_style(match style {
        Style::Text => TableStyle::new().header_separator(rule),
        Style::Markdown => presets::ASCII_MARKDOWN,
    });
    grid.set_header(header);
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    grid
}

/// An epoch as text: a whole number, or with two digits after the point.
pub fn short(epoch: f64) -> String {
    if epoch.fract() == 0.0 { format!("{epoch}") } else { format!("{epoch:.2}") }
}

/// Writes epoch 3 as `3` in a log, not as `3.0`.
pub(crate) fn whole_as_integer<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let whole = *value as u64;
    if whole as f64 == *value { serializer.serialize_u64(whole) } else { serializer.serialize_f64(*value) }
}

/// Reads null, as JSON writes NaN, as NaN.
pub(crate) fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluations of two methods, an epoch apart.
    fn history(raw: &[f64], ema: &[f64]) -> Vec<EvaluationPoint> {
        let score = |name: &str, accuracy: f64| MethodScore { name: name.to_owned(), accuracy, loss: 1.25 };
        let point = |(k, (&raw, &ema)): (usize, (&f64, &f64))| EvaluationPoint {
            step: 78 * (k as u64 + 1),
            epoch: k as f64 + 1.0,
            early: false,
            methods: vec![score(RAW, raw), score("ema-0.98", ema)],
        };
        raw.iter().zip(ema).enumerate().map(point).collect()
    }

    fn provenance() -> Provenance {
        Provenance {
            dataset: "synthetic".to_owned(),
            synthetic: true,
            train_images: 5000,
            test_images: 1000,
            network: "tiny, batch norm".to_owned(),
            parameters: 72_954,
            steps: 546,
            batch: 64,
            seed: 3,
            adapter: "a test".to_owned(),
        }
    }

    #[test]
    fn rows_hold_the_last_the_best_and_the_fluctuation_of_the_second_half() {
        let rows =
            summarise(&history(&[10.0, 70.0, 40.0, 50.0, 48.0, 52.0], &[10.0, 20.0, 30.0, 40.0, 50.0, 60.0]));
        assert_eq!(rows[0].method, RAW);
        assert_eq!((rows[0].accuracy, rows[0].loss), (52.0, 1.25));
        assert_eq!((rows[0].best_accuracy, rows[0].best_epoch), (70.0, 2.0));
        assert_eq!(rows[0].mean_accuracy, 50.0);
        // The changes -2 and +4 lie 3 from their mean: sqrt((9 + 9) / 1).
        assert!((rows[0].fluctuation.unwrap() - 18f64.sqrt()).abs() < 1e-12);
        assert_eq!(rows[1].fluctuation, Some(0.0), "a steady climb does not fluctuate");
    }

    /// The page's tests hold its own against the same file.
    #[test]
    fn the_fluctuation_is_what_the_vectors_say() {
        #[derive(Deserialize)]
        struct Vector {
            accuracies: Vec<f64>,
            fluctuation: Option<f64>,
        }
        let vectors: Vec<Vector> =
            serde_json::from_str(include_str!("../tests/averages/fluctuation.json")).unwrap();
        for Vector { accuracies, fluctuation: expected } in vectors {
            let close = match (fluctuation(&accuracies), expected) {
                (Some(actual), Some(expected)) => (actual - expected).abs() <= 1e-12,
                (actual, expected) => actual == expected,
            };
            assert!(close, "{accuracies:?}");
        }
    }

    #[test]
    fn an_average_that_was_added_on_the_way_is_judged_from_there_on() {
        let mut points = history(&[10.0, 20.0, 30.0, 40.0, 50.0, 60.0], &[0.0, 0.0, 90.0, 50.0, 50.0, 80.0]);
        points[..2].iter_mut().for_each(|point| point.methods.truncate(1));
        let rows = summarise(&points);
        assert_eq!((rows[1].best_accuracy, rows[1].best_epoch), (90.0, 3.0));
        assert_eq!((rows[0].mean_accuracy, rows[1].mean_accuracy), (50.0, 65.0));
    }

    #[test]
    fn early_evaluations_change_nothing_of_what_is_said_of_a_run() {
        let early = |step: u64| EvaluationPoint {
            step,
            epoch: step as f64 / 78.0,
            early: true,
            ..history(&[99.0], &[1.0]).remove(0)
        };
        let before: Vec<_> = [1, 2, 4, 8, 16, 32, 64].map(early).into();
        // From a run of a single epoch to one whose second half has a fluctuation.
        for epochs in 1..=6 {
            let regular = history(&[10.0, 70.0, 40.0, 50.0, 48.0, 52.0][..epochs], &[20.0; 6][..epochs]);
            let all = [&before[..], &regular].concat();
            assert_eq!(summarise(&all), summarise(&regular), "{epochs} epochs");
        }
        let rows = summarise(&before);
        assert_eq!((rows[0].accuracy, rows[0].best_accuracy, rows[0].best_epoch), (99.0, 99.0, 64.0 / 78.0));
        assert_eq!(rows[0].fluctuation, None, "early evaluations lie at other distances");
    }

    #[test]
    fn a_short_run_has_no_fluctuation_and_an_empty_one_no_rows() {
        let rows = summarise(&history(&[10.0, 20.0, 30.0, 40.0], &[1.0; 4]));
        assert_eq!(rows[0].fluctuation, None);
        assert!(summarise(&[]).is_empty());
    }

    #[test]
    fn the_table_says_where_its_numbers_come_from() {
        let rows = summarise(&history(&[10.0, 20.5, 30.0], &[10.0, 20.0, 35.0]));
        let averages = [Memory::after(&crate::average::AverageSpec::new(0.98), 39)];
        let text = table(&rows, &averages, &provenance(), Style::Text);
        for part in [
            "ema-0.98",
            "35.00",
            "3 (35.00)",
            "–",
            "1.2500",
            "chosen on the test data",
            "procedural",
            "72954",
            "seed 3",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let markdown = table(&rows, &averages, &provenance(), Style::Markdown);
        assert!(markdown.starts_with("| method "), "{markdown}");
        assert!(markdown.contains("\n\n- "), "{markdown}");
        assert!(table(&[], &[], &provenance(), Style::Text).starts_with("no evaluation yet\n\n"));
    }

    #[test]
    fn a_diverged_run_survives_json() {
        let mut points = history(&[10.0], &[10.0]);
        points[0].methods[0].loss = f64::NAN;
        let text = serde_json::to_string(&points).unwrap();
        assert!(text.contains("\"epoch\":1,"), "{text}");
        assert!(!text.contains("early"), "a regular evaluation is written as it always was: {text}");
        let back: Vec<EvaluationPoint> = serde_json::from_str(&text).unwrap();
        assert!(back[0].methods[0].loss.is_nan());
    }
}
