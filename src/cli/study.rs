//! `emascope study`: the runs of a study, and its result.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ArgMatches;
use emascope::checkpoint::{self, Tried};
use emascope::config::Experiment;
use emascope::data::Dataset;
use emascope::report::Style;
use emascope::study::{
    self, Folders, Images, PlannedRun, RunRecord, Study, StudyError, StudyResult, Watch, check_result, share,
};

use super::arguments::{StudyFlags, UsageError, in_file, parsed, read};
use super::interruption::Interruption;
use super::progress::{Download, StudyProgress};
use super::tuning;

/// The folder of results next to a study.
const RESULTS: &str = "results";

/// Runs the command.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: StudyFlags = parsed(matches);
    let study = Study::from_json(&read(&flags.file)?).map_err(|error| in_file(&flags.file, &error))?;
    let (name, out) = places(&flags)?;
    let seeds = match &flags.seeds {
        Some(text) => study::seeds(text).map_err(|error| UsageError(format!("--seeds: {error}")))?,
        None => study.seeds.clone(),
    };
    // Results of other seeds do not replace the study's.
    let stem = if seeds == study.seeds { "result" } else { "result-of-other-seeds" };
    let result = out.join(&name).join(stem).with_extension("json");
    check_result(&result, &study).map_err(|error| usage(&flags.file, error))?;
    let shard = flags.shard.as_deref().map(study::shard).transpose();
    let shard = shard.map_err(|error| UsageError(format!("--shard: {error}")))?;

    let mut download = Download::new(flags.quiet);
    let cifar10 = flags.cifar10.as_deref();
    let images = Images::open(&study, cifar10, &mut |done, total| download.advanced(done, total))?;
    drop(download);
    let runs = study::planned(&study, &seeds, &images).map_err(|error| usage(&flags.file, error))?;
    let folders = Folders(std::iter::once(out.join("runs")).chain(flags.runs.clone()).collect());
    let ours = shard.map_or(&runs[..], |(part, of)| share(&runs, part, of));
    let to_make: Vec<&PlannedRun> = ours.iter().filter(|run| folders.find(run).is_none()).collect();
    folders.check_images(&to_make, &images)?;

    if !flags.report && !to_make.is_empty() {
        make(&flags, &folders, &images, &to_make)?;
    }
    if shard.is_some() {
        let there = runs.iter().filter(|run| folders.find(run).is_some()).count();
        let text = format!(
            "this share is complete: {} runs; of the study's {}, {there} are here\n",
            ours.len(),
            runs.len()
        );
        return Ok(super::print(&text)?);
    }
    let records: Vec<RunRecord> = folders.read(&runs, &images)?;
    let outcome = StudyResult::of(&study, &name, &seeds, &images, &runs, &records);
    let folder = out.join(&name);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    checkpoint::write_file(&result, outcome.to_json().as_bytes())?;
    checkpoint::write_file(&result.with_extension("md"), outcome.text(Style::Markdown).as_bytes())?;
    let text = if flags.json { outcome.to_json() } else { outcome.text(Style::Text) };
    Ok(super::print(&text)?)
}

/// The name of the study, and the folder of results.
fn places(flags: &StudyFlags) -> anyhow::Result<(String, PathBuf)> {
    let name = flags.file.file_stem().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| UsageError(format!("{}: this is not a file", flags.file.display())))?;
    let usual = flags.file.parent().unwrap_or(Path::new("")).join(RESULTS);
    Ok((name, flags.out.clone().unwrap_or(usual)))
}

/// An error as one of usage, if it is one of the study's file.
fn usage(file: &Path, error: StudyError) -> anyhow::Error {
    match error {
        StudyError::OtherStudy { .. } => UsageError(error.to_string()).into(),
        error if error.is_usage() => in_file(file, &error),
        error => error.into(),
    }
}

/// Makes runs, each of which is on disk before the next begins.
fn make(flags: &StudyFlags, folders: &Folders, images: &Images, runs: &[&PlannedRun]) -> anyhow::Result<()> {
    let folder = &folders.0[0];
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    // Any problem with writing shows before the first run, not after it.
    drop(Tried::replacing(&folders.place(runs[0]))?);
    let note = |text: &str| {
        if !flags.quiet {
            super::print_error(text);
        }
    };
    let executor = flags.compute.open(note)?;
    let progress = StudyProgress::new(flags.quiet, runs.iter().map(|run| run.work()).sum());
    let notice = "stopping; runs that are finished are kept, and the same command continues";
    let interruption = Interruption::listen(progress.messages(), notice.to_owned())?;
    let plan = |experiment: &Experiment, dataset: &Dataset| {
        tuning::plan(&executor, experiment, dataset, flags.compute.no_tune, note)
    };
    let mut following = Following { progress, interruption, batch: 0, before: 0 };
    for (number, run) in (1..).zip(runs) {
        following.begin(run);
        let log = study::train(run, images, &plan, &mut following)
            .with_context(|| format!("{} cannot be made", run.name()))?;
        let Some(log) = log else {
            following.progress.finish();
            let (done, all) = (number - 1, runs.len());
            anyhow::bail!("interrupted after {done} of {all} runs; the same command makes the others");
        };
        {
            let _saving = following.interruption.saving();
            checkpoint::write_file(&folders.place(run), log.as_bytes())?;
        }
        let record = RunRecord::read(&folders.place(run), run)?;
        following.end(run, number, runs.len(), &record);
    }
    following.progress.finish();
    Ok(())
}

/// Follows the runs on the progress bar.
struct Following {
    progress: StudyProgress,
    interruption: Interruption,
    /// Images in a step of the run.
    batch: u64,
    /// Images of the runs before it.
    before: u64,
}

impl Following {
    fn begin(&mut self, run: &PlannedRun) {
        self.batch = run.experiment.batch.into();
        self.progress.begin(&run.name());
    }

    fn end(&mut self, run: &PlannedRun, number: usize, all: usize, record: &RunRecord) {
        self.before += run.work();
        let outcome = match record.diverged {
            Some(step) => format!("diverged at step {step}"),
            None => {
                let score =
                    |score: &emascope::report::MethodScore| format!("{} {:.1} %", score.name, score.accuracy);
                let best =
                    record.last[1..].iter().max_by(|one, other| one.accuracy.total_cmp(&other.accuracy));
                let shown: Vec<String> = record.last.first().into_iter().chain(best).map(score).collect();
                shown.join(" · ")
            }
        };
        self.progress.end(self.before, &format!("run {number} of {all} · {} · {outcome}", run.name()));
    }
}

impl Watch for Following {
    fn advanced(&mut self, step: u64) {
        self.progress.advanced(self.before + step * self.batch);
    }

    fn go_on(&self) -> bool {
        !self.interruption.requested()
    }
}
