//! `emascope bench`: how fast a training step is, where its time goes, and how it grows.

mod growth;
mod step;
mod work;

use clap::ArgMatches;
use emascope::average::AverageSpec;
use emascope::config::Experiment;
use emascope::data::synthetic::{self, synthetic as images};
use emascope::roofline::Roofline;
use emascope::trainer::PlannedTrainer;
use pollster::block_on;

use super::arguments::{self, BenchFlags, parsed};
use super::tuning;

/// The averages, unless flags name others.
const AVERAGES: [f64; 4] = [0.9, 0.98, 0.99, 0.999];

/// Runs the command.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: BenchFlags = parsed(matches);
    let base = Experiment { ema: AVERAGES.map(AverageSpec::new).to_vec(), ..Experiment::default() };
    let experiment = arguments::settings_of(base, matches)?;
    experiment.validate()?;
    let dataset = images(synthetic::SEED, synthetic::TRAIN.max(experiment.batch as usize), synthetic::TEST);
    let note = |text: &str| {
        if !flags.json {
            super::print_error(text);
        }
    };
    let executor = flags.compute.open(note)?;
    if let Some(file) = &flags.export {
        return work::export(&executor, &experiment, dataset, file);
    }
    if flags.growth {
        let growth = growth::measure(&executor, &experiment, flags.samples, flags.compute.no_tune);
        let text = if flags.json { serde_json::to_string(&growth)? + "\n" } else { growth.as_text() };
        return Ok(super::print(&text)?);
    }
    if flags.plan {
        let memory = PlannedTrainer::new(&executor, &experiment, &dataset)?.memory();
        let text = if flags.json { serde_json::to_string(&memory)? } else { memory.to_string() };
        return Ok(super::print(&(text + "\n"))?);
    }
    let planned = tuning::plan(&executor, &experiment, &dataset, flags.compute.no_tune, note)?;
    note(&planned.memory().to_string());
    let roofline = block_on(Roofline::measure(&executor))?;
    let mut trainer = block_on(planned.allocate(&dataset))?;
    let report = step::measure(&mut trainer, flags.samples, roofline)?;
    let text = if flags.json { serde_json::to_string(&report)? + "\n" } else { report.as_text() };
    Ok(super::print(&text)?)
}

/// The median; of an even number of values the mean of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (lower, upper) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    0.5 * (lower + upper)
}

/// The smallest and the largest value.
fn spread(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::MAX, f64::MIN), |(least, most), &v| (least.min(v), most.max(v)))
}
