//! `emascope train`: a run from its flags to its table.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::ArgMatches;
use emascope::checkpoint::{self, CheckpointError, Fingerprint};
use emascope::config::Experiment;
use emascope::data::Dataset;
use emascope::gpu::Gpu;
use emascope::layers::kernels::{ConvOp, Tile};
use emascope::layout::Conv;
use emascope::model::Model;
use emascope::report::{self, Style};
use emascope::run::log::{Event, LogFile};
use emascope::run::recorded::RecordedRun;
use emascope::run::{self, Checkpoint, Run, Saved};
use emascope::trainer::{PROBE_STEPS, TrainError, Trainer, TrainingState, is_finite};
use pollster::block_on;

use super::arguments::{self, TrainFlags, UsageError, parsed};
use super::interruption::Interruption;
use super::outputs;
use super::progress::{Download, Progress};
use super::tuning;

/// How long the adapter works before we look up: short enough for a bar that moves and a Ctrl-C that is heard, long
/// enough that looking costs nothing.
const WORK_AT_ONCE: Duration = Duration::from_millis(250);

/// Most steps between two looks, so that the rings on the GPU still hold the numbers of all of them.
const STEPS_AT_ONCE: f64 = PROBE_STEPS as f64;

/// How soon a save that failed is tried again: a disk that is full may have been cleared by then.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

/// Runs the command.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: TrainFlags = parsed(matches);
    let saved = flags.resume.as_deref().map(read_checkpoint).transpose()?;
    let base = saved.as_ref().map_or_else(Experiment::default, |saved| saved.experiment().clone());
    let experiment = arguments::experiment(base, &flags, matches)?;
    if flags.print_config {
        return Ok(super::print(&(experiment.to_json() + "\n"))?);
    }
    outputs::check(&flags, &experiment.data)?;

    let dataset = open_data(&experiment, flags.quiet || flags.json)?;
    let model = Model::new(&experiment.model_spec())?;
    let start = match (&saved, &flags.init) {
        (Some(saved), _) => Some(saved.state(&experiment, &model, &Fingerprint::of(&dataset))?),
        (None, Some(path)) => {
            let say = |text: &str| {
                if !flags.quiet && !flags.json {
                    super::complain(text);
                }
            };
            let raw = super::init::read(path, &model, say)?;
            Some(TrainingState::begin(raw, experiment.ema.len(), model.parameter_floats))
        }
        (None, None) => None,
    };

    let say = |text: &str| {
        if !flags.quiet && !flags.json {
            super::complain(text);
        }
    };
    let gpu = block_on(Gpu::open_adapter(flags.adapter.as_deref(), &mut |line| say(line)))?;
    let planned = tuning::plan(&gpu, &experiment, &dataset, flags.no_tune, say)?;
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
    say(&planned.memory().to_string());
    let mut trainer = block_on(planned.allocate(&dataset))?;
    let mut run = match (saved, start) {
        (Some(saved), Some(state)) => Run::resume(trainer, &dataset, saved, &state)?,
        (_, start) => {
            start.map_or(Ok(()), |state| trainer.load_state(&state))?;
            Run::new(trainer, &dataset)
        }
    };
    let progress = Progress::new(flags.quiet || flags.json, run.step(), run.total_steps());
    let recording = flags.record.as_ref().map(|_| begin_recording(&mut run, &dataset)).transpose()?;
    let interruption = Interruption::listen(progress.voice(), interruption_notice(&flags))?;
    Session {
        flags,
        run,
        log,
        recording,
        progress,
        speed: Speed::default(),
        kept: None,
        saved: None,
        began: step,
        save_again: None,
        interruption,
    }
    .run()
}

/// A checkpoint to go on from.
fn read_checkpoint(path: &Path) -> Result<Saved, CheckpointError> {
    Saved::read(path.display().to_string(), checkpoint::read_file(path)?)
}

fn open_data(experiment: &Experiment, quiet: bool) -> anyhow::Result<Dataset> {
    let mut download = Download::new(quiet);
    let dataset = emascope::data::open(&experiment.data, &mut |done, total| download.advanced(done, total))?;
    Ok(run::limited(experiment, dataset))
}

/// Follows the weights that a recording follows, from the next step on.
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

/// The tiles of the trainer's convolutions, for the log.
fn tiles(trainer: &Trainer) -> BTreeMap<String, Tile> {
    let named = |(&(op, shape), &tile): (&(ConvOp, Conv), &Tile)| (emascope::tuning::name(op, shape), tile);
    trainer.tiles().iter().map(named).collect()
}

/// What a first Ctrl-C is answered.
fn interruption_notice(flags: &TrainFlags) -> String {
    match &flags.save {
        Some(path) => format!(
            "stopping after this step, then saving to {}; Ctrl-C again stops at once, without saving",
            path.display()
        ),
        None => "stopping after this step; Ctrl-C again stops at once".to_owned(),
    }
}

/// Steps or weights that are no longer finite numbers, with which a run ends.
#[derive(Debug, thiserror::Error)]
#[error("{what} by step {step}")]
struct Divergence {
    step: u64,
    what: String,
}

/// A checkpoint as bytes.
struct Kept {
    step: u64,
    bytes: Vec<u8>,
}

/// Steps taken and the time they took, evaluations and saving not counted.
#[derive(Default)]
struct Speed {
    steps: u64,
    seconds: f64,
}

impl Speed {
    fn add(&mut self, steps: u64, time: Duration) {
        self.steps += steps;
        self.seconds += time.as_secs_f64();
    }

    fn images_per_second(&self, batch: u32) -> f64 {
        if self.steps == 0 { 0.0 } else { self.steps as f64 * f64::from(batch) / self.seconds }
    }
}

/// A run with all that it reports to.
struct Session {
    flags: TrainFlags,
    run: Run,
    log: Option<LogFile>,
    recording: Option<RecordedRun>,
    progress: Progress,
    speed: Speed,
    /// The last state known to be finite, if it is not the one saved.
    kept: Option<Kept>,
    /// The step of the checkpoint that was saved last.
    saved: Option<u64>,
    /// The step that it began at, or goes on from.
    began: u64,
    /// When a save that failed is due again.
    save_again: Option<Instant>,
    interruption: Interruption,
}

impl Session {
    fn run(mut self) -> anyhow::Result<()> {
        if let Some(log) = &mut self.log {
            // The first line tries the log out; later ones may fail without harm to the run.
            let (run, tiles) = (&self.run, tiles(self.run.trainer()));
            log.write(&Event::start(run.experiment(), &run.describe(), run.step(), tiles))?;
        }
        match self.train().and_then(|()| self.save_at_end()) {
            Ok(unsaved) => self.finish(None, unsaved),
            Err(error) => match error.downcast::<Divergence>() {
                Ok(divergence) => {
                    let left = self.rescue() + &self.rescue_averages();
                    let error = anyhow!(
                        "the run diverged: {divergence}; try a lower --lr (it is {}) or more --warmup-steps (they are {}){left}",
                        self.run.experiment().lr,
                        self.run.experiment().warmup_steps
                    );
                    self.finish(Some(divergence.step), Some(error))
                }
                Err(error) => {
                    self.progress.finish();
                    let left = self.rescue();
                    Err(if left.is_empty() { error } else { anyhow!("{error:#}{left}") })
                }
            },
        }
    }

    /// Trains to the end, or until interrupted.
    fn train(&mut self) -> anyhow::Result<()> {
        let total = self.run.total_steps();
        let save_every = self.flags.save_every.unwrap_or(u64::MAX);
        // The run that is resumed may have been interrupted within an evaluation.
        if self.run.evaluation_is_due() {
            self.evaluate(true)?;
        }
        let mut steps_at_once = 1.0_f64;
        while self.run.step() < total && !self.interruption.asked() {
            let step = self.run.step();
            let next = |every: u64| (step / every + 1).saturating_mul(every);
            let stop = self.run.next_evaluation().min(next(save_every));
            let count = (stop - step).min(steps_at_once as u64);
            let time = self.advance(count as u32)?;
            let fitting = count as f64 * WORK_AT_ONCE.as_secs_f64() / time.as_secs_f64();
            // Growing by degrees: the first steps also compile, and a surprise should not cost seconds.
            steps_at_once = fitting.clamp(1.0, (2.0 * steps_at_once).min(STEPS_AT_ONCE));

            let step = self.run.step();
            if self.run.evaluation_is_due() {
                self.evaluate(true)?;
            }
            let again = self.save_again.is_some_and(|due| due <= Instant::now());
            if (step.is_multiple_of(save_every) || again) && step != total {
                self.save()?;
            }
        }
        Ok(())
    }

    /// Takes `count` steps and waits for them.
    fn advance(&mut self, count: u32) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.run.train(count)?;
        let probes = self.run.submit_probes();
        let asked = self.run.submit_metrics().expect("steps were submitted");
        let metrics = self.run.read(block_on(asked.take())?);
        let time = start.elapsed();
        if let (Some(recording), Some(probes)) = (&mut self.recording, probes) {
            recording.stepped(&metrics, block_on(probes.take())?.value());
        }
        self.speed.add(count.into(), time);
        let mut loss = 0.0;
        for metric in &metrics {
            loss += metric.loss / metrics.len() as f64;
            if self.flags.log_steps {
                self.log_event(|_| Event::Step { step: metric.step, loss: metric.loss });
            }
            if !metric.loss.is_finite() {
                return Err(Divergence {
                    step: metric.step,
                    what: "the loss is not a finite number".to_owned(),
                }
                .into());
            }
        }
        let images_per_second = self.speed.images_per_second(self.run.experiment().batch);
        self.progress.advanced(self.run.step(), loss, images_per_second);
        Ok(time)
    }

    /// Evaluates the raw weights and each average; an interruption may cut it short, and then there is no point.
    fn evaluate(&mut self, may_be_cut_short: bool) -> anyhow::Result<()> {
        let go_on = || !(may_be_cut_short && self.interruption.asked());
        let tested = block_on(self.run.evaluate_in_parts(WORK_AT_ONCE, &go_on))?;
        let Some(tested) = tested else { return Ok(()) };
        let point = tested.evaluated.point();
        self.progress.evaluated(&point, tested.train_loss);
        self.log_event(|run| Event::epoch(run.experiment(), &point, tested.train_loss));
        if let Some(recording) = &mut self.recording {
            let (summary, filters) = (self.run.summary(), filters(self.run.trainer())?);
            recording.evaluated(&tested.evaluated, summary, &filters);
        }
        if self.flags.save.is_some() {
            self.kept = Some(self.checkpoint()?);
        } else if !point.methods[0].loss.is_finite() {
            self.finite_checkpoint()?;
        }
        Ok(())
    }

    /// A checkpoint of now.
    ///
    /// # Errors
    /// [`Divergence`] if not all of it is finite.
    fn finite_checkpoint(&self) -> anyhow::Result<Checkpoint> {
        let checkpoint = block_on(self.run.submit_checkpoint()?.take())?;
        match checkpoint.not_finite() {
            None => Ok(checkpoint),
            Some(what) => {
                let what = format!("{what} are infinite or not numbers");
                Err(Divergence { step: checkpoint.step(), what }.into())
            }
        }
    }

    /// A checkpoint of now, as bytes.
    ///
    /// # Errors
    /// As [`finite_checkpoint`](Self::finite_checkpoint).
    fn checkpoint(&mut self) -> anyhow::Result<Kept> {
        if let Some(kept) = self.kept.take_if(|kept| kept.step == self.run.step()) {
            return Ok(kept);
        }
        let checkpoint = self.finite_checkpoint()?;
        Ok(Kept { step: checkpoint.step(), bytes: checkpoint.to_bytes(self.run.model()) })
    }

    /// Saves a checkpoint in the middle of the run; one that cannot be saved is kept in memory, and tried again soon.
    fn save(&mut self) -> anyhow::Result<()> {
        let Some(path) = self.flags.save.clone() else { return Ok(()) };
        let interruption = self.interruption.clone();
        let _saving = interruption.saving();
        let kept = self.checkpoint()?;
        match checkpoint::write_file(&path, &kept.bytes) {
            Ok(()) => {
                self.saved = Some(kept.step);
                self.kept = None;
                if self.save_again.take().is_some() {
                    self.progress.voice().say(&format!("step {} is saved", kept.step));
                }
            }
            Err(error) => {
                if self.save_again.is_none() {
                    let warning = format!("warning: {error}; the run goes on, and saving is tried again");
                    self.progress.voice().say(&warning);
                }
                self.save_again = Some(Instant::now() + SAVE_AGAIN);
                self.kept = Some(kept);
            }
        }
        Ok(())
    }

    /// Saves the checkpoint that the run ends with, elsewhere if it must be, which is then an error; the recording gets its
    /// last point.
    fn save_at_end(&mut self) -> anyhow::Result<Option<anyhow::Error>> {
        let mut unsaved = None;
        if let Some(path) = self.flags.save.clone() {
            let interruption = self.interruption.clone();
            let _saving = interruption.saving();
            let Kept { step, bytes } = self.checkpoint()?;
            self.kept = None;
            match checkpoint::write_file(&path, &bytes) {
                Ok(()) => self.saved = Some(step),
                Err(error) => unsaved = Some(save_elsewhere(&error, &bytes)),
            }
        }
        if self.recording.is_some() && self.run.has_unevaluated_steps() {
            self.evaluate(false)?;
        }
        Ok(unsaved)
    }

    /// Saves the last finite state of a run that cannot go on, if it is newer than the one saved, and says where it is.
    fn rescue(&mut self) -> String {
        let Some(path) = self.flags.save.clone() else { return String::new() };
        let _saving = self.interruption.saving();
        let file = path.display();
        if let Some(Kept { step, bytes }) = self.kept.take() {
            match checkpoint::write_file(&path, &bytes) {
                Ok(()) => self.saved = Some(step),
                Err(error) => return format!("; {}", save_elsewhere(&error, &bytes)),
            }
        }
        match self.saved {
            Some(step) => format!("; {file} holds step {step}, from which --resume goes on"),
            None => format!("; no step before was kept, so {file} is as it was"),
        }
    }

    /// Saves the averages of a run that diverged which are still finite and have taken in weights since the state that was
    /// saved, each as a state dict of its own, and says where they are.
    fn rescue_averages(&self) -> String {
        let trainer = self.run.trainer();
        let (Some(path), Ok(state)) = (&self.flags.save, block_on(trainer.state())) else {
            return String::new();
        };
        let before = self.saved.unwrap_or(self.began);
        let mut said = String::new();
        for (spec, arena) in trainer.averages().iter().zip(&state.ema) {
            if spec.updates(state.step) > spec.updates(before) && is_finite(arena) {
                let file = beside(path, &spec.name());
                let bytes = checkpoint::state_dict(trainer.model(), arena, state.step);
                match checkpoint::write_file(&file, &bytes) {
                    Ok(()) => {
                        said += &format!("; {} is still finite and saved to {}", spec.name(), file.display())
                    }
                    Err(error) => said += &format!("; {error}"),
                }
            }
        }
        said
    }

    /// Reports the result of a run that ended well, by divergence, or with an `error` to end the program with.
    fn finish(mut self, diverged: Option<u64>, error: Option<anyhow::Error>) -> anyhow::Result<()> {
        self.progress.finish();
        let (run, images_per_second) = (&self.run, self.speed.images_per_second(self.run.experiment().batch));
        let (rows, averages, provenance) = (run.summary(), run.averages(), run.provenance());
        let ended_early = run.step() < run.total_steps() || run.has_unevaluated_steps();
        let summary = Event::Summary {
            rows: rows.clone(),
            averages: averages.clone(),
            images_per_second,
            interrupted: diverged.is_none() && ended_early,
            diverged,
            provenance: provenance.clone(),
        };
        self.log_event(|_| summary.clone());
        if let (Some(path), Some(recording)) = (&self.flags.record, self.recording)
            && let Err(error) = checkpoint::write_file(path, recording.finish(images_per_second).as_bytes())
        {
            self.progress.voice().say(&format!("warning: {error}; the run was not recorded"));
        }
        let text = if self.flags.json {
            serde_json::to_string(&summary)? + "\n"
        } else {
            report::table(&rows, &averages, &provenance, Style::Text)
        };
        let printed = super::print(&text);
        error.map_or(Ok(()), Err)?;
        Ok(printed?)
    }

    /// Writes a line to the log, if there is one. A log that breaks is given up, with a warning: the run is worth more.
    fn log_event(&mut self, event: impl FnOnce(&Run) -> Event) {
        if let Some(mut log) = self.log.take() {
            match log.write(&event(&self.run)) {
                Ok(()) => self.log = Some(log),
                Err(error) => {
                    let warning = format!("warning: {error}; the run goes on without a log");
                    self.progress.voice().say(&warning);
                }
            }
        }
    }
}

/// Puts a checkpoint that could not be saved where temporary files go, and says so: it may be another disk.
fn save_elsewhere(error: &checkpoint::CheckpointError, bytes: &[u8]) -> anyhow::Error {
    let write = || -> std::io::Result<PathBuf> {
        let mut file = tempfile::Builder::new().prefix("emascope-").suffix(".safetensors").tempfile()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.keep()?.1)
    };
    match write() {
        Ok(file) => anyhow!("{error}; the checkpoint is in {} instead", file.display()),
        Err(other) => anyhow!("{error}; nor can it be saved among the temporary files: {other}"),
    }
}

/// `run.safetensors` with `ema-0.9` put in: `run.ema-0.9.safetensors`.
fn beside(path: &Path, name: &str) -> PathBuf {
    let mut file = path.file_stem().unwrap_or_default().to_owned();
    file.push(format!(".{name}"));
    if let Some(extension) = path.extension() {
        file.push(".");
        file.push(extension);
    }
    path.with_file_name(file)
}
