//! `emascope train`: a run from its flags to its table.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use emascope::checkpoint::{self, Fingerprint, LossSum, Metadata};
use emascope::config::Experiment;
use emascope::data::Dataset;
use emascope::gpu::Gpu;
use emascope::layers::kernels::{ConvOp, Tile};
use emascope::layout::Conv;
use emascope::model::Model;
use emascope::recorded_run::RecordedRun;
use emascope::report::{self, Average, EvaluationPoint, MethodScore, Provenance, Style};
use emascope::run_log::{EmaScore, Event, RunLog, Score};
use emascope::trainer::{PROBE_STEPS, TrainError, Trainer, TrainingState};
use pollster::block_on;

use super::arguments::{self, TrainFlags, UsageError, parsed};
use super::progress::{Download, Progress};
use super::tuning;

/// How long the adapter works before we look up: short enough for a bar that moves and a Ctrl-C that is heard, long
/// enough that looking costs nothing.
const WORK_AT_ONCE: Duration = Duration::from_millis(250);

/// Most steps between two looks, so that the rings on the GPU still hold the numbers of all of them.
const STEPS_AT_ONCE: f64 = PROBE_STEPS as f64;

/// Exit code after a second Ctrl-C, by convention 128 + SIGINT.
const INTERRUPTED: i32 = 130;

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
    for path in flags.save.iter().chain(&flags.record) {
        checkpoint::check_writable(path)?;
    }

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

    let gpu = block_on(Gpu::open())?;
    let say = |text: &str| {
        if !flags.quiet && !flags.json {
            super::complain(text);
        }
    };
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
        warned: false,
        interrupted: listen_for_ctrl_c()?,
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

/// The first Ctrl-C asks the run to end, the second does not ask.
fn listen_for_ctrl_c() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    })?;
    Ok(interrupted)
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
    warned: bool,
    interrupted: Arc<AtomicBool>,
}

impl Session {
    fn run(mut self) -> anyhow::Result<()> {
        self.log_event(|session| Event::Start {
            config: Box::new(session.experiment.clone()),
            step: session.trainer.step(),
            parameters: session.provenance.parameters,
            dataset: session.provenance.dataset.clone(),
            adapter: session.provenance.adapter.clone(),
            tiles: tiles(&session.trainer),
        })?;
        let total = self.trainer.total_steps();
        let evaluate_every = self.experiment.eval_every.unwrap_or(self.trainer.steps_per_epoch());
        let save_every = self.flags.save_every.unwrap_or(u64::MAX);
        let mut steps_at_once = 1.0_f64;
        while self.trainer.step() < total && !self.interrupted.load(Ordering::Relaxed) {
            let step = self.trainer.step();
            let next = |every: u64| (step / every + 1).saturating_mul(every);
            let stop = total.min(next(evaluate_every)).min(next(save_every));
            let count = (stop - step).min(steps_at_once as u64);
            let time = self.advance(count as u32)?;
            let fitting = count as f64 * WORK_AT_ONCE.as_secs_f64() / time.as_secs_f64();
            // Growing by degrees: the first steps also compile, and a surprise should not cost seconds.
            steps_at_once = fitting.clamp(1.0, (2.0 * steps_at_once).min(STEPS_AT_ONCE));

            let step = self.trainer.step();
            if step.is_multiple_of(evaluate_every) || step == total {
                self.evaluate()?;
            }
            if step.is_multiple_of(save_every) && step != total {
                self.save()?;
            }
        }
        let evaluated = self.history.last().map_or(0, |point| point.step);
        let unfinished = evaluated < self.trainer.step();
        if self.recording.is_some() && unfinished {
            self.evaluate()?;
        }
        self.save()?;
        self.finish()
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
            self.since_evaluation.sum += metric.loss;
            self.since_evaluation.steps += 1;
            if let Some(log) = self.log.as_mut().filter(|_| self.flags.log_steps) {
                log.write(&Event::Step { step: metric.step, loss: metric.loss })?;
            }
        }
        if !loss.is_finite() && !self.warned {
            self.warned = true;
            let step = metrics.iter().find(|metric| !metric.loss.is_finite()).map_or(0, |metric| metric.step);
            self.progress.note(&format!(
                "warning: the loss is no number from step {step} on: the run has diverged; a lower --lr may help"
            ));
        }
        let images_per_second = self.speed.images_per_second(self.experiment.batch);
        self.progress.advanced(self.trainer.step(), loss, images_per_second);
        Ok(time)
    }

    /// Evaluates the raw weights and each average.
    fn evaluate(&mut self) -> anyhow::Result<()> {
        let evaluated = block_on(self.trainer.submit_evaluation(&self.trainer.methods())?.take())?;
        let point = evaluated.point();
        let LossSum { sum, steps } = std::mem::take(&mut self.since_evaluation);
        let train_loss = sum / steps as f64;
        self.progress.evaluated(&point, train_loss);
        self.log_event(|session| epoch_event(&session.experiment, &point, train_loss))?;
        self.history.push(point);
        if let Some(recording) = &mut self.recording {
            recording.evaluated(&evaluated, report::summarise(&self.history), &filters(&self.trainer)?);
        }
        Ok(())
    }

    /// Saves a checkpoint if one is wanted.
    fn save(&self) -> anyhow::Result<()> {
        let Some(path) = &self.flags.save else { return Ok(()) };
        let state = block_on(self.trainer.state())?;
        let metadata = Metadata {
            version: checkpoint::VERSION,
            experiment: self.experiment.clone(),
            step: state.step,
            ema_updates: self.experiment.ema.iter().map(|spec| spec.updates(state.step)).collect(),
            history: self.history.clone(),
            since_evaluation: self.since_evaluation,
            dataset: self.fingerprint.clone(),
        };
        Ok(checkpoint::write_file(path, &checkpoint::to_bytes(&metadata, self.trainer.model(), &state))?)
    }

    /// Reports the result.
    fn finish(mut self) -> anyhow::Result<()> {
        self.progress.finish();
        self.provenance.steps = self.trainer.step();
        let rows = report::summarise(&self.history);
        let step = self.trainer.step();
        let averages: Vec<Average> =
            self.trainer.averages().iter().map(|spec| Average::after(spec, step)).collect();
        let summary = Event::Summary {
            rows: rows.clone(),
            averages: averages.clone(),
            images_per_second: self.speed.images_per_second(self.experiment.batch),
            interrupted: self.trainer.step() < self.trainer.total_steps(),
            provenance: self.provenance.clone(),
        };
        self.log_event(|_| summary.clone())?;
        if let (Some(path), Some(recording)) = (&self.flags.record, self.recording) {
            let speed = self.speed.images_per_second(self.experiment.batch);
            checkpoint::write_file(path, recording.finish(speed).as_bytes())?;
        }
        let text = if self.flags.json {
            serde_json::to_string(&summary)? + "\n"
        } else {
            report::table(&rows, &averages, &self.provenance, Style::Text)
        };
        Ok(super::print(&text)?)
    }

    fn log_event(&mut self, event: impl FnOnce(&Self) -> Event) -> anyhow::Result<()> {
        if let Some(mut log) = self.log.take() {
            log.write(&event(self))?;
            self.log = Some(log);
        }
        Ok(())
    }
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
            .map(|(spec, method)| EmaScore {
                name: method.name.clone(),
                beta: spec.beta,
                score: score(method),
            })
            .collect(),
    }
}
