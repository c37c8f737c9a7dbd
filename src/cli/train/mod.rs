//! `emascope train`: a run from its flags to its table.

mod saving;
mod session;

use std::path::Path;

use clap::ArgMatches;
use emascope::checkpoint::{self, CheckpointError, Fingerprint};
use emascope::config::Experiment;
use emascope::data::Dataset;
use emascope::model::Model;
use emascope::run::log::LogFile;
use emascope::run::recorded::RecordedRun;
use emascope::run::{self, Run, Saved};
use emascope::trainer::{TrainError, Trainer, TrainingState};
use pollster::block_on;

use super::arguments::{self, TrainFlags, UsageError, parsed};
use super::interruption::Interruption;
use super::progress::{Download, Progress};
use super::{outputs, tuning};
use saving::Saver;
use session::{Session, Speed};

/// Runs the command.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: TrainFlags = parsed(matches);
    let saved = flags.resume.as_deref().map(read_checkpoint).transpose()?;
    let base = saved.as_ref().map_or_else(Experiment::default, |saved| saved.experiment().clone());
    let experiment = arguments::experiment(base, &flags, matches)?;
    if flags.print_config {
        return Ok(super::print(&(experiment.to_json() + "\n"))?);
    }
    if flags.print_script {
        return Ok(super::print(&run::script::training_script(&experiment)?)?);
    }
    outputs::check(&flags, &experiment.data)?;

    let silent = flags.quiet || flags.json;
    let note = |text: &str| {
        if !silent {
            super::print_error(text);
        }
    };
    let dataset = open_data(&experiment, silent)?;
    let start = start(saved.as_ref(), &flags, &experiment, &dataset, note)?;
    let executor = flags.compute.open(note)?;
    let planned = tuning::plan(&executor, &experiment, &dataset, flags.compute.no_tune, note)?;
    experiment.check_length(planned.total_steps())?;
    let step = start.as_ref().map_or(0, |state| state.step);
    if step > planned.total_steps() {
        return Err(UsageError(format!(
            "the checkpoint is at step {step}, past the run's end at step {}; give more --steps or --epochs",
            planned.total_steps()
        ))
        .into());
    }
    let log = flags.log.as_deref().map(|path| LogFile::open(path, saved.is_some())).transpose()?;
    note(&planned.memory().to_string());
    let trainer = block_on(planned.allocate(&dataset))?;
    let mut run = begin(trainer, &dataset, saved, start)?;
    if let Some(before) = run.moved_from() {
        let here = run.trainer().executor().adapter();
        note(&format!(
            "the checkpoint was computed by {before}; {here} continues it, within rounding but not bit by bit"
        ));
    }
    let progress = Progress::new(silent, run.step(), run.total_steps());
    let recording = flags.record.as_ref().map(|_| begin_recording(&mut run, &dataset)).transpose()?;
    let interruption = Interruption::listen(progress.messages(), interruption_notice(&flags))?;
    let saver = Saver::new(flags.save.clone(), step, interruption.clone(), progress.messages());
    Session { flags, run, log, recording, progress, speed: Speed::default(), saver, interruption }.run()
}

/// The state to start from, if it is not that of the seed: a checkpoint's, or the weights of `--init`.
fn start(
    saved: Option<&Saved>,
    flags: &TrainFlags,
    experiment: &Experiment,
    dataset: &Dataset,
    note: impl FnOnce(&str),
) -> anyhow::Result<Option<TrainingState>> {
    let model = Model::new(&experiment.model_spec())?;
    if let Some(saved) = saved {
        return Ok(Some(saved.state(experiment, &model, &Fingerprint::of(dataset))?));
    }
    let Some(path) = &flags.init else { return Ok(None) };
    let raw = super::init::read(path, &model, note)?;
    Ok(Some(TrainingState::begin(raw, experiment.ema.len(), model.parameter_floats)))
}

/// A run from the state to start from, or from the seed.
fn begin(
    mut trainer: Trainer,
    dataset: &Dataset,
    saved: Option<Saved>,
    start: Option<TrainingState>,
) -> Result<Run, TrainError> {
    if let (Some(saved), Some(state)) = (saved, &start) {
        return Run::resume(trainer, dataset, saved, state);
    }
    if let Some(state) = start {
        trainer.load_state(&state)?;
    }
    Ok(Run::new(trainer, dataset))
}

/// The checkpoint to resume.
fn read_checkpoint(path: &Path) -> Result<Saved, CheckpointError> {
    Saved::read(path.display().to_string(), checkpoint::read_file(path)?)
}

fn open_data(experiment: &Experiment, quiet: bool) -> anyhow::Result<Dataset> {
    let mut download = Download::new(quiet);
    let dataset = emascope::data::open(&experiment.data, &mut |done, total| download.advanced(done, total))?;
    Ok(run::limited(experiment, dataset))
}

/// Begins a recording, and follows its weights from the next step on.
fn begin_recording(run: &mut Run, dataset: &Dataset) -> Result<RecordedRun, TrainError> {
    let recording = RecordedRun::begin(run, dataset, filters(run.trainer())?);
    run.probe(recording.probes())?;
    Ok(recording)
}

/// The first convolution of every method.
fn filters(trainer: &Trainer) -> Result<Vec<Vec<f32>>, TrainError> {
    let filters = trainer.model().filters().map(|filters| block_on(trainer.submit_tensor(filters).take()));
    filters.unwrap_or_else(|| Ok(Vec::new()))
}

/// The message after a first Ctrl-C.
fn interruption_notice(flags: &TrainFlags) -> String {
    match &flags.save {
        Some(path) => format!(
            "stopping after this step, then saving to {}; Ctrl-C again stops at once, without saving",
            path.display()
        ),
        None => "stopping after this step; Ctrl-C again stops at once".to_owned(),
    }
}
