//! `emascope train`: a run from its flags to its table.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::ArgMatches;
use emascope::average::Memory;
use emascope::checkpoint::{self, Fingerprint, LossSum, Metadata};
use emascope::config::Experiment;
use emascope::data::Dataset;
use emascope::gpu::Gpu;
use emascope::layers::kernels::{ConvOp, Tile};
use emascope::layout::Conv;
use emascope::model::Model;
use emascope::recorded_run::RecordedRun;
use emascope::report::{self, EvaluationPoint, MethodScore, Provenance, Style};
use emascope::run_log::{EmaScore, Event, RunLog, Score};
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
    let resumed = flags.resume.as_deref().map(Resumed::read).transpose()?;
    let base =
        resumed.as_ref().map_or_else(Experiment::default, |resumed| resumed.metadata.experiment.clone());
    let experiment = arguments::experiment(base, &flags, matches)?;
    if flags.print_config {
        return Ok(super::print(&(experiment.to_json() + "\n"))?);
    }
    outputs::check(&flags, &experiment.data)?;

    let dataset = open_data(&experiment, flags.quiet || flags.json)?;
    let model = Model::new(&experiment.model_spec())?;
    let fingerprint = Fingerprint::of(&dataset);
    let start = match (&resumed, &flags.init) {
        (Some(resumed), _) => Some(resumed.state(&experiment, &model, &fingerprint)?),
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
    let log = flags.log.as_deref().map(|path| RunLog::open(path, resumed.is_some())).transpose()?;
    say(&planned.memory().to_string());
    let mut trainer = block_on(planned.allocate(&dataset))?;
    if let Some(state) = &start {
        trainer.load_state(state)?;
    }
    let progress = Progress::new(flags.quiet || flags.json, trainer.step(), trainer.total_steps());
    let (history, since_evaluation) = resumed
        .map(|resumed| (resumed.metadata.history, resumed.metadata.since_evaluation))
        .unwrap_or_default();
    let provenance = provenance(&trainer, &dataset);
    let recording = flags.record.as_ref().map(|_| begin_recording(&mut trainer, &dataset)).transpose()?;
    let interruption = Interruption::listen(progress.voice(), interruption_notice(&flags))?;
    Session {
        flags,
        experiment,
        fingerprint,
        trainer,
        provenance,
        log,
        recording,
        progress,
        history,
        since_evaluation,
        speed: Speed::default(),
        kept: None,
        saved: None,
        began: step,
        save_again: None,
        interruption,
    }
    .run()
}

fn open_data(experiment: &Experiment, quiet: bool) -> anyhow::Result<Dataset> {
    let mut download = Download::new(quiet);
    let mut dataset =
        emascope::data::open(&experiment.data, &mut |done, total| download.advanced(done, total))?;
    let limit = |limit: Option<u32>| limit.map(|images| images as usize);
    dataset.limit(limit(experiment.limit_train), limit(experiment.limit_test));
    Ok(dataset)
}

fn provenance(trainer: &Trainer, dataset: &Dataset) -> Provenance {
    let experiment = trainer.experiment();
    Provenance {
        dataset: dataset.name.clone(),
        synthetic: dataset.synthetic,
        train_images: dataset.train.len(),
        test_images: dataset.test.len(),
        network: trainer.model().name.clone(),
        parameters: trainer.model().parameter_count(),
        steps: trainer.step(),
        batch: experiment.batch,
        seed: experiment.seed,
        adapter: trainer.gpu().adapter().to_string(),
    }
}

/// Follows the weights that a recording follows, from the next step on.
fn begin_recording(trainer: &mut Trainer, dataset: &Dataset) -> Result<RecordedRun, TrainError> {
    let recording = RecordedRun::begin(trainer, dataset, filters(trainer)?);
    trainer.probe(recording.probes())?;
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

/// A checkpoint to go on from.
struct Resumed {
    file: String,
    bytes: Vec<u8>,
    metadata: Metadata,
}

impl Resumed {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let (file, bytes) = (path.display().to_string(), checkpoint::read_file(path)?);
        let metadata = checkpoint::metadata(&file, &bytes)?;
        Ok(Self { file, bytes, metadata })
    }

    fn state(
        &self,
        experiment: &Experiment,
        model: &Model,
        data: &Fingerprint,
    ) -> Result<TrainingState, checkpoint::CheckpointError> {
        checkpoint::state(&self.file, &self.bytes, &self.metadata, experiment, model, data)
    }
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
    experiment: Experiment,
    fingerprint: Fingerprint,
    trainer: Trainer,
    provenance: Provenance,
    log: Option<RunLog>,
    recording: Option<RecordedRun>,
    progress: Progress,
    history: Vec<EvaluationPoint>,
    since_evaluation: LossSum,
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
            log.write(&Event::Start {
                config: Box::new(self.experiment.clone()),
                step: self.trainer.step(),
                parameters: self.provenance.parameters,
                dataset: self.provenance.dataset.clone(),
                adapter: self.provenance.adapter.clone(),
                tiles: tiles(&self.trainer),
            })?;
        }
        match self.train().and_then(|()| self.save_at_end()) {
            Ok(unsaved) => self.finish(None, unsaved),
            Err(error) => match error.downcast::<Divergence>() {
                Ok(divergence) => {
                    let left = self.rescue() + &self.rescue_averages();
                    let error = anyhow!(
                        "the run diverged: {divergence}; try a lower --lr (it is {}) or more --warmup-steps (they are {}){left}",
                        self.experiment.lr,
                        self.experiment.warmup_steps
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
        let total = self.trainer.total_steps();
        let save_every = self.flags.save_every.unwrap_or(u64::MAX);
        // The run that is resumed may have been interrupted within an evaluation.
        let step = self.trainer.step();
        let evaluation = |step| self.experiment.next_evaluation(step, self.trainer.steps_per_epoch());
        if self.since_evaluation.steps > 0 && evaluation(step.saturating_sub(1)) == step {
            self.evaluate(true)?;
        }
        let mut steps_at_once = 1.0_f64;
        while self.trainer.step() < total && !self.interruption.asked() {
            let step = self.trainer.step();
            let next = |every: u64| (step / every + 1).saturating_mul(every);
            let evaluation = self.experiment.next_evaluation(step, self.trainer.steps_per_epoch());
            let stop = evaluation.min(next(save_every));
            let count = (stop - step).min(steps_at_once as u64);
            let time = self.advance(count as u32)?;
            let fitting = count as f64 * WORK_AT_ONCE.as_secs_f64() / time.as_secs_f64();
            // Growing by degrees: the first steps also compile, and a surprise should not cost seconds.
            steps_at_once = fitting.clamp(1.0, (2.0 * steps_at_once).min(STEPS_AT_ONCE));

            let step = self.trainer.step();
            if step == evaluation {
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
        self.trainer.train(count)?;
        let probes = self.trainer.submit_probes();
        let metrics = block_on(self.trainer.metrics())?;
        let time = start.elapsed();
        if let (Some(recording), Some(probes)) = (&mut self.recording, probes) {
            recording.stepped(&metrics, &block_on(probes.take())?);
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
            self.since_evaluation.sum += metric.loss;
            self.since_evaluation.steps += 1;
        }
        let images_per_second = self.speed.images_per_second(self.experiment.batch);
        self.progress.advanced(self.trainer.step(), loss, images_per_second);
        Ok(time)
    }

    /// Evaluates the raw weights and each average; an interruption may cut it short, and then there is no point.
    fn evaluate(&mut self, may_be_cut_short: bool) -> anyhow::Result<()> {
        let go_on = || !(may_be_cut_short && self.interruption.asked());
        let methods = self.trainer.methods();
        let evaluated = block_on(self.trainer.evaluate_in_parts(&methods, WORK_AT_ONCE, &go_on))?;
        let Some(evaluated) = evaluated else { return Ok(()) };
        let point = evaluated.point();
        let LossSum { sum, steps } = std::mem::take(&mut self.since_evaluation);
        let train_loss = sum / steps as f64;
        self.progress.evaluated(&point, train_loss);
        self.log_event(|session| epoch_event(&session.experiment, &point, train_loss));
        let suspect = !point.methods[0].loss.is_finite();
        self.history.push(point);
        if let Some(recording) = &mut self.recording {
            recording.evaluated(&evaluated, report::summarise(&self.history), &filters(&self.trainer)?);
        }
        if self.flags.save.is_some() {
            self.kept = Some(self.checkpoint()?);
        } else if suspect {
            self.finite_state()?;
        }
        Ok(())
    }

    /// The state of the run.
    ///
    /// # Errors
    /// [`Divergence`] if not all of it is finite.
    fn finite_state(&self) -> anyhow::Result<TrainingState> {
        let state = block_on(self.trainer.state())?;
        match state.not_finite(self.trainer.averages()) {
            None => Ok(state),
            Some(what) => {
                let what = format!("{what} are infinite or not numbers");
                Err(Divergence { step: state.step, what }.into())
            }
        }
    }

    /// A checkpoint of now.
    ///
    /// # Errors
    /// As [`finite_state`](Self::finite_state).
    fn checkpoint(&mut self) -> anyhow::Result<Kept> {
        if let Some(kept) = self.kept.take_if(|kept| kept.step == self.trainer.step()) {
            return Ok(kept);
        }
        let state = self.finite_state()?;
        let metadata = Metadata {
            version: checkpoint::VERSION,
            experiment: self.experiment.clone(),
            step: state.step,
            ema_updates: self.experiment.ema.iter().map(|spec| spec.updates(state.step)).collect(),
            history: self.history.clone(),
            since_evaluation: self.since_evaluation,
            dataset: self.fingerprint.clone(),
        };
        let bytes = checkpoint::to_bytes(&metadata, self.trainer.model(), &state);
        Ok(Kept { step: state.step, bytes })
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
        let evaluated = self.history.last().map_or(0, |point| point.step);
        if self.recording.is_some() && evaluated < self.trainer.step() {
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
        let (Some(path), Ok(state)) = (&self.flags.save, block_on(self.trainer.state())) else {
            return String::new();
        };
        let before = self.saved.unwrap_or(self.began);
        let mut said = String::new();
        for (spec, arena) in self.experiment.ema.iter().zip(&state.ema) {
            if spec.updates(state.step) > spec.updates(before) && is_finite(arena) {
                let file = beside(path, &spec.name());
                let bytes = checkpoint::state_dict(self.trainer.model(), arena, state.step);
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
        self.provenance.steps = self.trainer.step();
        let rows = report::summarise(&self.history);
        let step = self.trainer.step();
        let unevaluated = self.since_evaluation.steps > 0;
        let averages: Vec<Memory> =
            self.trainer.averages().iter().map(|spec| Memory::after(spec, step)).collect();
        let summary = Event::Summary {
            rows: rows.clone(),
            averages: averages.clone(),
            images_per_second: self.speed.images_per_second(self.experiment.batch),
            interrupted: diverged.is_none() && (step < self.trainer.total_steps() || unevaluated),
            diverged,
            provenance: self.provenance.clone(),
        };
        self.log_event(|_| summary.clone());
        if let (Some(path), Some(recording)) = (&self.flags.record, self.recording) {
            let speed = self.speed.images_per_second(self.experiment.batch);
            if let Err(error) = checkpoint::write_file(path, recording.finish(speed).as_bytes()) {
                self.progress.voice().say(&format!("warning: {error}; there is no recording of this run"));
            }
        }
        let text = if self.flags.json {
            serde_json::to_string(&summary)? + "\n"
        } else {
            report::table(&rows, &averages, &self.provenance, Style::Text)
        };
        let printed = super::print(&text);
        error.map_or(Ok(()), Err)?;
        Ok(printed?)
    }

    /// Writes a line to the log, if there is one. A log that breaks is given up, with a warning: the run is worth more.
    fn log_event(&mut self, event: impl FnOnce(&Self) -> Event) {
        if let Some(mut log) = self.log.take() {
            match log.write(&event(self)) {
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

fn epoch_event(experiment: &Experiment, point: &EvaluationPoint, train_loss: f64) -> Event {
    let score = |method: &MethodScore| Score { accuracy: method.accuracy, loss: method.loss };
    let averages = experiment.ema.iter().zip(&point.methods[1..]);
    Event::Epoch {
        epoch: point.epoch,
        step: point.step,
        train_loss,
        raw: score(&point.methods[0]),
        ema: averages
            .map(|(&spec, method)| EmaScore {
                name: method.name.clone(),
                average: spec,
                beta: spec.beta(),
                score: score(method),
            })
            .collect(),
    }
}
