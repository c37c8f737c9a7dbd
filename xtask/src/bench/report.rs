//! The rows as a table and as JSON.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::machine::Machine;
use super::row::{OURS, Place, Row};

/// The measurements of one run.
#[derive(Serialize)]
pub struct Report {
    pub machine: Machine,
    pub rows: Vec<Row>,
}

/// A heading and its rows: those whose work and place are the same, fastest first, what failed last.
pub struct Group<'a> {
    pub network: &'a str,
    pub batch: u32,
    pub place: Place,
    pub rows: Vec<&'a Row>,
}

impl Group<'_> {
    pub fn title(&self) -> String {
        let place = match self.place {
            Place::Browser => "in one Chromium",
            Place::Native => "native",
        };
        format!("{}, batch {}, {place}", self.network, self.batch)
    }

    /// Our speed over that of `row`.
    pub fn ratio(&self, row: &Row) -> Option<f64> {
        let ours = self.rows.iter().find(|row| row.is_ours())?.speed()?;
        Some(ours / row.speed()?)
    }
}

impl Report {
    /// The groups in the order in which they were first measured.
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group> = Vec::new();
        for row in &self.rows {
            let key = (row.line.network.as_str(), row.line.batch, row.place);
            match groups.iter_mut().find(|group| (group.network, group.batch, group.place) == key) {
                Some(group) => group.rows.push(row),
                None => {
                    groups.push(Group { network: key.0, batch: key.1, place: key.2, rows: vec![row] });
                }
            }
        }
        for group in &mut groups {
            group.rows.sort_by(|a, b| b.speed().unwrap_or(0.0).total_cmp(&a.speed().unwrap_or(0.0)));
        }
        groups
    }

    /// Tables in Markdown, which a terminal shows well enough.
    pub fn as_text(&self) -> String {
        let mut text = format!("Measured on {}.\n", self.machine);
        for group in self.groups() {
            text += &format!("\n### {}\n\n{}\n", group.title(), table(&group));
        }
        let said = self.rows.iter().filter_map(|row| {
            let Row { line, .. } = row;
            let remark = line.failed.as_deref().unwrap_or(&line.note);
            // One that could not start knows no runtime.
            let runtime = if line.runtime.is_empty() { "" } else { &format!(", {}", line.runtime) };
            (!remark.is_empty()).then(|| format!("- {} ({}{runtime}): {remark}\n", line.peer, line.network))
        });
        let said: String = said.collect();
        if !said.is_empty() {
            text += &format!("\n{said}");
        }
        text
    }

    /// Whether any row has figures.
    pub fn is_timed(&self) -> bool {
        self.rows.iter().any(|row| row.speed().is_some())
    }

    pub fn as_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn table(group: &Group) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "",
        "runtime",
        "adapter",
        "EMAs",
        "images/s",
        "min to max",
        "n",
        &format!("{OURS} against it"),
    ]);
    for column in 3..8 {
        table
            .column_mut(column)
            .expect("the header has eight columns")
            .set_cell_alignment(CellAlignment::Right);
    }
    for row in &group.rows {
        let (least, most) = row.spread();
        let ratio = group.ratio(row).filter(|_| !row.is_ours());
        let speed = row.speed();
        table.add_row([
            row.line.peer.clone(),
            row.line.runtime.clone(),
            row.line.adapter.clone(),
            row.line.averages.to_string(),
            speed.map_or_else(|| "–".to_owned(), rounded),
            speed.map_or_else(String::new, |_| format!("{} to {}", rounded(least), rounded(most))),
            speed.map_or_else(String::new, |_| row.line.images_per_second.len().to_string()),
            ratio.map_or_else(String::new, |ratio| format!("{} ×", rounded(ratio))),
        ]);
    }
    table
}

/// Three digits, or all of those before the point.
fn rounded(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::row;
    use super::*;

    fn report() -> Report {
        let rows = vec![
            row("slow", Place::Native, &[5.0]),
            row(OURS, Place::Native, &[100.0, 90.0, 110.0]),
            row(OURS, Place::Browser, &[10.0]),
            Row::failed(Place::Native, "broken", "tiny", 64, "it is not there".into()),
            row("other", Place::Browser, &[20.0]),
        ];
        Report { machine: Machine::default(), rows }
    }

    #[test]
    fn ratios_are_taken_where_the_work_was_done() {
        let report = report();
        let groups = report.groups();
        let names = |group: &Group| group.rows.iter().map(|row| row.line.peer.clone()).collect::<Vec<_>>();
        assert_eq!(
            groups.iter().map(names).collect::<Vec<_>>(),
            [vec![OURS, "slow", "broken"], vec!["other", OURS]]
        );
        assert_eq!(groups[0].ratio(groups[0].rows[1]), Some(20.0));
        assert_eq!(groups[0].ratio(groups[0].rows[2]), None);
        assert_eq!(groups[1].ratio(groups[1].rows[0]), Some(0.5));
    }

    #[test]
    fn the_table_tells_medians_spreads_and_failures() {
        let text = report().as_text();
        assert!(text.contains("90.0 to 110") && text.contains("20.0 ×"), "{text}");
        assert!(text.contains("- broken (tiny): it is not there"), "{text}");
    }
}
