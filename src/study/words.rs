//! A result in words and tables.

use std::fmt::Write as _;

use super::{
    digest::short,
    file::Side,
    measure::Measure,
    result::{Compared, Sample, StudyResult, TableRow},
    statistics::Interval,
};
use crate::report::{Style, empty_grid};

impl StudyResult {
    /// The result as text, ending in a line break.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let paragraph =
            |text: &mut String, part: &str| writeln!(text, "{part}\n").expect("a string can be written to");
        let (title, strong) = match style {
            Style::Text => ("", ""),
            Style::Markdown => ("# ", "**"),
        };
        paragraph(&mut text, &format!("{title}{}", self.study));
        paragraph(&mut text, &self.question);
        if let Some(note) = &self.note {
            paragraph(&mut text, note);
        }
        if let Some(verdict) = self.verdict {
            paragraph(&mut text, &format!("{strong}Verdict: {verdict}.{strong}"));
        }
        if !self.as_stated {
            let seeds = self.seeds.len();
            paragraph(
                &mut text,
                &format!("The {seeds} seeds are not those that the study states, so this is not its result."),
            );
        }
        if !self.comparisons.is_empty() {
            paragraph(&mut text, &self.claims(style));
        }
        for arm in self.arms() {
            let rows: Vec<&TableRow> = self.table.iter().filter(|row| row.arm == arm).collect();
            paragraph(&mut text, &format!("{strong}{arm}{strong}: mean (standard deviation) over the seeds"));
            paragraph(&mut text, &table(&rows, style));
        }
        text += &self.notes(style);
        text
    }

    fn arms(&self) -> Vec<&str> {
        let mut arms: Vec<&str> = self.runs.iter().map(|run| run.arm.as_str()).collect();
        let mut seen = std::collections::BTreeSet::new();
        arms.retain(|arm| seen.insert(*arm));
        arms
    }

    fn claims(&self, style: Style) -> String {
        let header = ["claim", "measure", "of", "against", "n", "mean", "95% interval", "rule", "verdict"];
        let mut grid = empty_grid(&header, style);
        let several_arms = self.arms().len() > 1;
        for Compared { comparison, sample, interval, verdict } in &self.comparisons {
            let side = |side: &Side| match (&side.method, several_arms) {
                (Some(method), true) => format!("{}, {method}", side.arm),
                (Some(method), false) => method.clone(),
                (None, _) => side.arm.clone(),
            };
            let measure = comparison.measure;
            let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| measure.text(value));
            let interval = interval.map_or("–".to_owned(), |Interval { low, high, method }| {
                format!("{} to {} ({method})", measure.text(low), measure.text(high))
            });
            grid.add_row([
                comparison.claim.clone(),
                measure.title(),
                side(&comparison.of),
                comparison.against.as_ref().map_or("–".to_owned(), side),
                sample.n.to_string() + &remarks(sample),
                number(sample.mean),
                interval,
                comparison.rule.map_or("–".to_owned(), |rule| rule.to_string()),
                verdict.map_or("–".to_owned(), |verdict| verdict.to_string()),
            ]);
        }
        grid.to_string()
    }

    fn notes(&self, style: Style) -> String {
        let bullet = if style == Style::Markdown { "- " } else { "" };
        let seeds: Vec<String> = self.seeds.iter().map(u32::to_string).collect();
        let diverged = self.runs.iter().filter(|run| run.diverged.is_some()).count();
        let mut notes = vec![
            "rule: the claim holds if the whole interval is in the rule's region, does not hold if none of it is, and otherwise \
             the runs can't tell; a study holds if all its claims hold"
                .to_owned(),
            format!("seeds: {}", seeds.join(", ")),
            format!("data: {}", self.data),
        ];
        if let Some(images) = &self.final_test {
            notes.push(format!("test at the end of each run: {images}"));
        }
        notes.push(format!("runs: {}, of which {diverged} diverged", self.runs.len()));
        notes.extend(self.adapters.iter().map(|adapter| format!("adapter: {adapter}")));
        notes.push(format!("digest of the study: {}", short(&self.digest)));
        notes.iter().map(|note| format!("{bullet}{note}\n")).collect()
    }
}

/// Counts that a mean hides.
fn remarks(sample: &Sample) -> String {
    let mut text = String::new();
    if sample.diverged > 0 {
        text += &format!("; {} diverged", sample.diverged);
    }
    if sample.not_reached > 0 {
        text += &format!("; {} not reached", sample.not_reached);
    }
    text
}

/// One row for each method of an arm, one column for each measure.
fn table(rows: &[&TableRow], style: Style) -> String {
    let mut measures: Vec<Measure> = Vec::new();
    let mut methods: Vec<&Option<String>> = Vec::new();
    for row in rows {
        if !measures.contains(&row.measure) {
            measures.push(row.measure);
        }
        if !methods.contains(&&row.method) {
            methods.push(&row.method);
        }
    }
    let titles: Vec<String> = measures.iter().map(|measure| measure.title()).collect();
    let header: Vec<&str> = std::iter::once("method").chain(titles.iter().map(String::as_str)).collect();
    let mut grid = empty_grid(&header, style);
    for method in methods {
        let cell = |measure: &Measure| {
            let row = rows.iter().find(|row| row.measure == *measure && row.method == *method);
            row.map_or(String::new(), |row| value(*measure, &row.sample))
        };
        let name = method.clone().unwrap_or("all methods".to_owned());
        grid.add_row(std::iter::once(name).chain(measures.iter().map(cell)));
    }
    grid.to_string()
}

/// `61.20 (0.85)`, with what the mean hides.
fn value(measure: Measure, sample: &Sample) -> String {
    let mean = sample.mean.map_or("–".to_owned(), |mean| measure.text(mean));
    let deviation =
        sample.standard_deviation.map_or(String::new(), |value| format!(" ({})", measure.text(value)));
    mean + &deviation + &remarks(sample)
}
