//! `cargo xtask bench`: the same training step in Emascope and in other programs, on this machine, in one run.
//!
//! The engine writes the work (initial weights, a batch, the losses of five steps); each peer reads it, shows by its
//! first loss that it does the same work, and is timed. Peers live in benches/peers/, outside the workspace; nothing of
//! them ships.

mod chart;
mod machine;
mod peers;
mod report;
mod row;
mod work;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};
use clap::{Args, ValueEnum};

use crate::prepare::Preparation;
use crate::{process, workspace};
use machine::Machine;
use peers::Peer;
use report::Report;
use row::Row;
use work::Work;

/// Options of `bench`.
#[derive(Args)]
pub struct Options {
    /// Time only these
    #[arg(value_enum)]
    peers: Vec<Peer>,
    /// Networks to train
    #[arg(long, value_delimiter = ',', default_value = "tiny,small")]
    networks: Vec<String>,
    /// Images per step
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..))]
    batch: u32,
    /// Samples of each program, of about a second or a step, whichever is longer
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    /// Minutes a program may take per network before it is stopped; in the browser, minutes per configuration before it
    /// reports the samples it has
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Also write the figures to docs/, as the project's published figures
    #[arg(long, conflicts_with = "peers")]
    keep: bool,
}

/// Measures, prints the table, and writes it as JSON and as a chart. The results are on disk after each peer.
pub fn run(preparation: &Preparation, options: &Options) -> Result<()> {
    process::say(preparation.vulkan()?);
    let mut build = workspace::cargo();
    process::run(build.args(["build", "--release", "--package", "emascope"]))?;
    let works = options
        .networks
        .iter()
        .map(|network| Work::export(network, options.batch))
        .collect::<Result<Vec<Work>>>()?;
    let wanted = |peer: &&Peer| {
        if options.peers.is_empty() { peer.is_usual() } else { options.peers.contains(peer) }
    };
    let name = format!("speed-{}-{}", options.networks.join("-"), options.batch);
    let mut report = Report { machine: Machine::this(), rows: Vec::new() };
    for &peer in Peer::value_variants().iter().filter(wanted) {
        report.rows.extend(rows_of(peer, preparation, options, &works));
        if report.is_timed() {
            write(&report, &name, &workspace::target().join("peers"))?;
        }
    }
    print!("\n{}", report.as_text());
    ensure!(report.is_timed(), "no program could be timed; the reasons are above");
    if options.keep {
        write(&report, &name, &workspace::root().join("docs"))?;
    }
    Ok(())
}

fn write(report: &Report, name: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(format!("{name}.json")), report.as_json()?)?;
    fs::write(folder.join(format!("{name}.svg")), chart::draw(report)?)?;
    process::say(format!("written: {name}.json and {name}.svg in {}", folder.display()));
    Ok(())
}

/// The rows of a peer, for each work; a peer that cannot be prepared or run is reported and does not stop the others.
fn rows_of(peer: Peer, preparation: &Preparation, options: &Options, works: &[Work]) -> Vec<Row> {
    let name = peer.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let command = peer.prepare(preparation, options);
    let limit = peer.limit(options.minutes);
    let one = |work: &Work| {
        let mut rows = Vec::new();
        let command = command.as_ref().map_err(|error| anyhow!("{error:#}"));
        let asked = command.and_then(|command| ask(peer, &mut command(work), work, limit, &mut rows));
        if let Err(error) = asked {
            // Published results name no folder of this machine.
            let why = format!("{error:#}").replace(&format!("{}/", workspace::root().display()), "");
            rows.push(Row::failed(peer.place(), &name, &work.network, work.batch, why));
        }
        rows
    };
    works.iter().flat_map(one).collect()
}

/// Runs a peer on one work file, and adds its results to `rows`, even if it fails afterwards.
fn ask(peer: Peer, command: &mut Command, work: &Work, limit: Duration, rows: &mut Vec<Row>) -> Result<()> {
    let (status, printed) = process::tee_within(command, limit)?;
    let told = peer.rows(&printed, work).map(|told| rows.extend(told));
    let Some(status) = status else {
        let further = if rows.is_empty() { "" } else { "further " };
        bail!("no {further}result within {} minutes; allow more with --minutes", limit.as_secs() / 60);
    };
    process::check(command, status).and(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_figures_are_those_of_everybody() {
        let parse = |words: &[&str]| {
            let command = Options::augment_args(clap::Command::new("bench"));
            command.try_get_matches_from([&["bench"], words].concat()).is_ok()
        };
        assert!(parse(&["--keep"]) && parse(&["burn"]));
        assert!(!parse(&["burn", "--keep"]));
    }

    #[cfg(unix)]
    #[test]
    fn a_peer_that_fails_or_takes_too_long_keeps_what_it_told() {
        let work = Work { file: "none".into(), network: "tiny".to_owned(), batch: 64, losses: vec![2.5] };
        let asked = |peer, script: &str, limit| {
            let mut rows = Vec::new();
            let mut command = Command::new("sh");
            let end = ask(peer, command.args(["-c", script]), &work, limit, &mut rows);
            (rows.len(), end.map_err(|error| error.to_string()))
        };
        let row = r#"echo '{"peer":"p","runtime":"r","network":"tiny","batch":64,"losses":[2.5],"images_per_second":[1]}'"#;
        let (ample, short) = (Duration::MAX, Duration::from_secs(2));
        assert_eq!(asked(Peer::Pytorch, row, ample), (1, Ok(())));
        let (told, end) = asked(Peer::Pytorch, &format!("{row}; exit 3"), ample);
        assert!(told == 1 && end.unwrap_err().contains("failed"));
        let (told, end) = asked(Peer::Pytorch, &format!("{row}; exec sleep 60"), short);
        assert!(told == 1 && end.unwrap_err().starts_with("no further result within"));
        let (told, end) = asked(Peer::Emascope, "exec sleep 60", short);
        assert!(told == 0 && end.unwrap_err().starts_with("no result within"));
    }
}
