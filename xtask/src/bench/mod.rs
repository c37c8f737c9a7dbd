//! `cargo xtask bench`: the same training step by us and by others, on this machine, in one run.
//!
//! The engine writes the work (initial weights, a batch, the losses of five steps); each peer reads it, shows by its first
//! loss that it does the same work, and is timed. Peers live in benches/peers/, outside the workspace; nothing of them ships.

mod chart;
mod machine;
mod peers;
mod report;
mod row;
mod work;

use std::fs;

use anyhow::{Result, ensure};
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
    /// Images a step
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..))]
    batch: u32,
    /// Samples of each, of about a second or a step, whichever is longer
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    /// Minutes that a configuration in the browser may take; it then tells the samples it has
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// Write the figures into docs/ too, as those that the project tells
    #[arg(long)]
    keep: bool,
}

/// Measures, prints the table, and writes it as JSON and as a chart.
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
    let mut rows = Vec::new();
    for &peer in Peer::value_variants().iter().filter(wanted) {
        rows.extend(rows_of(peer, preparation, options, &works));
    }
    let report = Report { machine: Machine::this(), rows };
    print!("\n{}", report.as_text());
    let folder =
        if options.keep { workspace::root().join("docs") } else { workspace::target().join("peers") };
    fs::create_dir_all(&folder)?;
    let name = format!("speed-{}-{}", options.networks.join("-"), options.batch);
    fs::write(folder.join(format!("{name}.json")), report.as_json()?)?;
    fs::write(folder.join(format!("{name}.svg")), chart::draw(&report)?)?;
    process::say(format!("written: {name}.json and {name}.svg in {}", folder.display()));
    ensure!(report.rows.iter().any(|row| row.speed().is_some()), "nobody could be timed");
    Ok(())
}

/// What a peer printed of each work; a peer that cannot be prepared or run is told of, and stops nobody else.
fn rows_of(peer: Peer, preparation: &Preparation, options: &Options, works: &[Work]) -> Vec<Row> {
    let name = peer.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let command = peer.prepare(preparation, options);
    let one = |work: &Work| -> Result<Vec<Row>> {
        let command = command.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let mut command = command(work);
        let (status, printed) = process::tee(&mut command)?;
        process::check(&command, status)?;
        let first = work.losses[0];
        peer.lines(&printed, work)?.iter().map(|line| Row::read(peer.place(), line, first)).collect()
    };
    let failed =
        |work: &Work, why: String| vec![Row::failed(peer.place(), &name, &work.network, work.batch, why)];
    works
        .iter()
        .flat_map(|work| one(work).unwrap_or_else(|error| failed(work, format!("{error:#}"))))
        .collect()
}
