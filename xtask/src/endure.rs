//! `cargo xtask endure`: endurance checks, repeated more often than in the tests.
//!
//! Each is a test, which repeats it a few times by default and as often as the variable [`ROUNDS`] asks. It prints its
//! figures in a line that begins with [`FIGURES`], and those lines become the table at the end.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, Table, presets};
use serde::Deserialize;

use crate::prepare::{Preparation, node::npm};
use crate::process::{self, say};
use crate::wasm::Profile;
use crate::{page, workspace};

/// The variable that sets how often a test repeats its check.
const ROUNDS: &str = "EMASCOPE_ENDURE";

/// The beginning of the line with a test's figures.
const FIGURES: &str = "endure: ";

/// Options of `endure`.
#[derive(Args)]
pub struct Options {
    /// Run only these checks
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Approximate duration on two free cores
    #[arg(long, default_value_t = 0.1, value_name = "N")]
    hours: f64,
}

/// A kind of check.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Part {
    /// Kill runs at random moments
    Kill,
    /// Make each system call of a save fail (Linux)
    Write,
    /// Lose the graphics device, natively and in the browser
    Devices,
    /// Feed damaged files to every reader
    Readers,
    /// Train for long, and open many runs, in the page
    Page,
}

/// The runner of a check.
enum Runner {
    /// A test of a Rust program: its file and a part of its name.
    Rust(&'static str, &'static str),
    /// A file of TypeScript tests in Node.
    Unit(&'static str),
    /// A part of a test's name in the browser.
    Browser(&'static str),
}

/// A check: how often it is repeated in a run of an hour, and its runner.
struct Check {
    part: Part,
    rounds: u32,
    runner: Runner,
}

const fn check(part: Part, rounds: u32, runner: Runner) -> Check {
    Check { part, rounds, runner }
}

const CHECKS: [Check; 8] = [
    check(Part::Kill, 100, Runner::Rust("endure", "kill::")),
    // More than there are calls and errors, so that a tenth of an hour also makes most.
    check(Part::Write, 1500, Runner::Rust("endure", "write_failures::")),
    check(Part::Devices, 50, Runner::Rust("endure", "lost_devices::")),
    check(Part::Devices, 50, Runner::Browser("device is lost")),
    check(Part::Readers, 500_000, Runner::Rust("mutations", "")),
    check(Part::Readers, 500_000, Runner::Unit("www/endure.test.ts")),
    check(Part::Page, 10_000, Runner::Browser("long run")),
    check(Part::Page, 100, Runner::Browser("one after another")),
];

/// A test's report of its check.
#[derive(Debug, Deserialize, PartialEq)]
struct Figures {
    part: String,
    rounds: u64,
    failures: u64,
    /// Most memory measured, in bytes.
    peak: Option<f64>,
    seconds: f64,
    note: String,
}

/// Runs the chosen checks one after another, and prints the table.
pub fn run(preparation: &Preparation, options: &Options) -> Result<()> {
    ensure!(options.hours > 0.0, "--hours must be above 0");
    let wanted = |check: &&Check| options.parts.is_empty() || options.parts.contains(&check.part);
    let checks: Vec<&Check> = CHECKS.iter().filter(wanted).collect();
    let chromium = prepare(preparation, &checks)?;
    let (mut figures, mut failed) = (Vec::new(), Vec::new());
    for check in checks {
        let rounds = (f64::from(check.rounds) * options.hours).ceil().max(1.0);
        let mut command = check.runner.command();
        command.env(ROUNDS, rounds.to_string()).envs(chromium.as_ref().map(|file| ("CHROMIUM", file)));
        say(format!("── {:?}, {rounds} times ──", check.part));
        let (status, output) = process::tee(&mut command)?;
        let found = read(&output)?;
        if !status.success() || found.is_empty() {
            failed.push(process::line(&command));
        }
        figures.extend(found);
    }
    println!("\n{}", table(&figures));
    if !failed.is_empty() {
        bail!("failed or reported no figures:\n- {}", failed.join("\n- "));
    }
    Ok(())
}

/// Builds and installs what the checks need, before the first one starts. Returns the browser, if one is needed.
fn prepare(preparation: &Preparation, checks: &[&Check]) -> Result<Option<PathBuf>> {
    let mut chromium = None;
    let runs = |is: fn(&Runner) -> bool| checks.iter().any(|check| is(&check.runner));
    if checks.iter().any(|check| check.part == Part::Write) {
        say(preparation.strace()?);
    }
    if runs(|runner| matches!(runner, Runner::Rust(..))) {
        say(preparation.vulkan()?);
        process::run(cargo_test().args(["--test", "endure", "--test", "mutations", "--no-run"]))?;
    }
    if runs(|runner| matches!(runner, Runner::Unit(_))) {
        say(preparation.node_packages()?);
    }
    if runs(|runner| matches!(runner, Runner::Browser(_))) {
        chromium = Some(preparation.chromium()?);
        page::build(preparation, Profile::Release)?;
    }
    Ok(chromium)
}

fn cargo_test() -> Command {
    let mut command = workspace::cargo();
    command.args(["test", "--release", "--package", "emascope"]);
    command
}

impl Runner {
    fn command(&self) -> Command {
        match self {
            Self::Rust(program, name) => {
                let mut command = cargo_test();
                command.args(["--test", program, "--", name]);
                command
            }
            Self::Unit(file) => npm(&["test", "--", file]),
            Self::Browser(name) => {
                npm(&["run", "test:browser", "--", "tests/browser/engine/endure.test.ts", "-t", name])
            }
        }
    }
}

/// The figures in a test's output.
fn read(output: &str) -> Result<Vec<Figures>> {
    let lines = output.lines().filter_map(|line| Some(line.split_once(FIGURES)?.1));
    lines.map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn table(figures: &[Figures]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["check", "runs", "failures", "peak memory, MB", "time, s", "notes"]);
    for Figures { part, rounds, failures, peak, seconds, note } in figures {
        let peak = peak.map_or_else(|| "–".to_owned(), |bytes| format!("{:.1}", bytes / 1e6));
        let row = [
            part.clone(),
            rounds.to_string(),
            failures.to_string(),
            peak,
            format!("{seconds:.0}"),
            note.clone(),
        ];
        table.add_row(row);
    }
    for column in 1..5 {
        table.column_mut(column).expect("the table has six columns").set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"endure: {"part":"tar archives","rounds":7,"failures":0,"peak":2500000.0,"seconds":1.5,"note":"3 were read"}"#;

    #[test]
    fn figures_are_read_among_other_lines_and_become_rows() {
        let output = format!("running 2 tests\n{LINE}\ntest a ... {LINE}\ntest result: ok. 2 passed\n");
        let figures = read(&output).unwrap();
        assert_eq!(figures.len(), 2);
        assert_eq!((figures[0].rounds, figures[0].peak), (7, Some(2_500_000.0)));
        let text = table(&figures).to_string();
        assert!(text.contains("| tar archives |    7 |        0 |             2.5 |"), "{text}");
    }

    #[test]
    fn a_line_of_figures_that_is_cut_short_is_an_error() {
        assert!(read(&LINE[..40]).is_err());
        assert_eq!(read("nothing of the kind").unwrap(), []);
    }

    #[test]
    fn every_kind_of_checks_has_one() {
        for part in Part::value_variants() {
            assert!(CHECKS.iter().any(|check| check.part == *part), "{part:?}");
        }
    }
}
