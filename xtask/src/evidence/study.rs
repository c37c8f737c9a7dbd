//! A study with its result, as text.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A study, and its result if it has been run.
pub struct Study {
    pub name: String,
    pub question: String,
    pub result: Option<Outcome>,
}

/// What is shown of a result.
#[derive(Deserialize)]
pub struct Outcome {
    pub digest: String,
    pub verdict: Option<String>,
    pub seeds: Vec<u32>,
    pub adapters: Vec<String>,
    pub runs: Vec<Run>,
    pub comparisons: Vec<Comparison>,
    pub curves: Vec<Curve>,
}

#[derive(Deserialize)]
pub struct Run {
    pub diverged: Option<u64>,
}

#[derive(Deserialize)]
pub struct Comparison {
    pub claim: String,
    pub measure: String,
    pub of: Side,
    pub against: Option<Side>,
    pub rule: Option<Rule>,
    pub n: usize,
    pub not_reached: usize,
    pub mean: Option<f64>,
    pub interval: Option<Interval>,
    pub verdict: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub struct Side {
    pub arm: String,
    pub method: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Above(f64),
    Below(f64),
    Between([f64; 2]),
}

#[derive(Deserialize, Clone, Copy)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

#[derive(Deserialize)]
pub struct Curve {
    pub arm: String,
    pub method: String,
    pub steps: Vec<u64>,
    pub accuracy: Vec<f64>,
    pub accuracy_deviation: Vec<f64>,
}

impl Study {
    /// Reads `studies/NAME.json` and its result.
    pub fn read(root: &Path, name: String) -> Result<Self> {
        #[derive(Deserialize)]
        struct Asked {
            question: String,
        }
        let folder = root.join("studies");
        let file = folder.join(&name).with_extension("json");
        let Asked { question } = serde_json::from_str(&fs::read_to_string(&file)?)
            .with_context(|| format!("{} is not a study", file.display()))?;
        let file = folder.join("results").join(&name).join("result.json");
        let result = match fs::read_to_string(&file) {
            Ok(text) => Some(
                serde_json::from_str(&text).with_context(|| format!("{} is not a result", file.display()))?,
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { name, question, result })
    }

    #[cfg(test)]
    pub fn without_result(name: String, question: &str) -> Self {
        Self { name, question: question.to_owned(), result: None }
    }

    /// The question, the claims with what became of them, the figure, and how to repeat it.
    pub fn markdown(&self) -> String {
        let Self { name, question, result } = self;
        let command = format!("    emascope study studies/{name}.json\n");
        let Some(result) = result else {
            return format!(
                "{question}\n\n**Not yet run.** The rules are in [{name}.json](../studies/{name}.json).\n\n{command}"
            );
        };
        let mut text = format!("{question}\n\n");
        if let Some(verdict) = &result.verdict {
            writeln!(text, "**Verdict: {verdict}.**\n").expect("a string can be written to");
        }
        text += "| claim | rule | mean | 95% interval | n | verdict |\n| --- | --- | ---: | ---: | ---: | --- |\n";
        for one in &result.comparisons {
            let number = |value: f64| number(&one.measure, value);
            let interval = one.interval.map_or("–".to_owned(), |Interval { low, high }| {
                format!("{} to {}", number(low), number(high))
            });
            let reached = if one.not_reached > 0 {
                format!(", {} not reached", one.not_reached)
            } else {
                String::new()
            };
            writeln!(
                text,
                "| {} | {} | {} | {interval} | {}{reached} | {} |",
                one.claim,
                one.rule.map_or("–".to_owned(), |rule| rule.text()),
                one.mean.map_or("–".to_owned(), number),
                one.n,
                one.verdict.as_deref().unwrap_or("–"),
            )
            .expect("a string can be written to");
        }
        let diverged = result.runs.iter().filter(|run| run.diverged.is_some()).count();
        let (runs, seeds) = (result.runs.len(), result.seeds.len());
        write!(
            text,
            "\n![Test accuracy over the steps, mean and standard deviation over {seeds} seeds](evidence/{name}.svg)\n\n\
             {runs} runs ({diverged} diverged) with {seeds} seeds on {}. Rules in [{name}.json](../studies/{name}.json), digest \
             `{}`; every number in [result.md](../studies/results/{name}/result.md).\n\n{command}",
            result.adapters.join("; "),
            &result.digest[..16.min(result.digest.len())],
        )
        .expect("a string can be written to");
        text
    }
}

impl Rule {
    fn text(self) -> String {
        match self {
            Self::Above(bound) => format!("> {}", plain(bound)),
            Self::Below(bound) => format!("< {}", plain(bound)),
            Self::Between([low, high]) => format!("{} to {}", plain(low), plain(high)),
        }
    }
}

fn decimals(measure: &str) -> usize {
    match measure.split('=').next() {
        Some("loss") => 3,
        Some("steps_to" | "fall_length") => 0,
        Some("best_memory") => 1,
        _ => 2,
    }
}

fn number(measure: &str, value: f64) -> String {
    format!("{value:.*}", decimals(measure)).replace('-', "−")
}

/// A bound, which has no more digits than it was given.
fn plain(value: f64) -> String {
    value.to_string().replace('-', "−")
}

/// What the page shows of a study.
#[derive(Serialize)]
struct Entry<'a> {
    study: &'a str,
    digest: &'a str,
    verdict: Option<&'a str>,
    seeds: usize,
    comparisons: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    measure: &'a str,
    of: &'a Side,
    against: Option<&'a Side>,
    n: usize,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    verdict: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(one: &'a Comparison) -> Self {
        // Four decimals are more than any of these numbers is sure of.
        let short = |value: f64| (value * 1e4).round() / 1e4;
        Self {
            measure: &one.measure,
            of: &one.of,
            against: one.against.as_ref(),
            n: one.n,
            mean: one.mean.map(short),
            low: one.interval.map(|interval| short(interval.low)),
            high: one.interval.map(|interval| short(interval.high)),
            verdict: one.verdict.as_deref(),
        }
    }
}

/// The numbers of every study for the page, as JSON.
pub fn for_page(studies: &[Study]) -> String {
    let entry = |study: &'_ Study| -> Option<serde_json::Value> {
        let result = study.result.as_ref()?;
        let entry = Entry {
            study: &study.name,
            digest: &result.digest,
            verdict: result.verdict.as_deref(),
            seeds: result.seeds.len(),
            comparisons: result.comparisons.iter().map(Row::of).collect(),
        };
        Some(serde_json::to_value(entry).expect("numbers are JSON"))
    };
    let entries: Vec<serde_json::Value> = studies.iter().filter_map(entry).collect();
    serde_json::to_string_pretty(&entries).expect("numbers are JSON") + "\n"
}
