//! A run from its first step to its table.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use emascope::checkpoint;
use emascope::layers::kernels::{ConvOp, Tile};
use emascope::layout::ConvShape;
use emascope::report::{self, Style};
use emascope::run::Run;
use emascope::run::log::{Event, LogFile};
use emascope::run::recorded::RecordedRun;
use emascope::trainer::{PROBE_STEPS, Trainer};
use pollster::block_on;

use super::filters;
use super::saving::{Divergence, Saver};
use crate::cli::arguments::TrainFlags;
use crate::cli::interruption::Interruption;
use crate::cli::progress::Progress;

/// How long the adapter works between two progress reports: short enough for a bar that moves and a quick reaction to
/// Ctrl-C, long enough that the reports cost nothing.
const WORK_AT_ONCE: Duration = Duration::from_millis(250);

/// Most steps between two reports, so that the rings on the GPU still hold the numbers of all of them.
const STEPS_AT_ONCE: f64 = PROBE_STEPS as f64;

/// Steps taken and the time they took, evaluations and saving not counted.
#[derive(Default)]
pub struct Speed {
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

/// A run with everything that it writes and prints.
pub struct Session {
    pub flags: TrainFlags,
    pub run: Run,
    pub log: Option<LogFile>,
    pub recording: Option<RecordedRun>,
    pub progress: Progress,
    pub speed: Speed,
    pub saver: Saver,
    pub interruption: Interruption,
}

impl Session {
    /// Trains, saves and reports.
    pub fn run(mut self) -> anyhow::Result<()> {
        if let Some(log) = &mut self.log {
            // The first line tries the log out; later ones may fail without harm to the run.
            let (run, tiles) = (&self.run, tiles(self.run.trainer()));
            log.write(&Event::start(run.experiment(), &run.describe(), run.step(), tiles))?;
        }
        match self.train().and_then(|()| self.end()) {
            Ok(unsaved) => self.finish(None, unsaved),
            Err(error) => match error.downcast::<Divergence>() {
                Ok(divergence) => {
                    let left = self.saver.rescue() + &self.saver.rescue_averages(&self.run);
                    let error = anyhow!(
                        "the run diverged: {divergence}; try a lower --lr (it is {}) or more --warmup-steps (they are {}){left}",
                        self.run.experiment().lr,
                        self.run.experiment().warmup_steps
                    );
                    self.finish(Some(divergence.step), Some(error))
                }
                Err(error) => {
                    self.progress.finish();
                    let left = self.saver.rescue();
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
        while self.run.step() < total && !self.interruption.requested() {
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
            if (step.is_multiple_of(save_every) || self.saver.retry_is_due()) && step != total {
                self.saver.save(&self.run)?;
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

    /// Evaluates the raw weights and each average; adds no point to the history if an interruption cuts it short.
    fn evaluate(&mut self, may_be_cut_short: bool) -> anyhow::Result<()> {
        let go_on = || !(may_be_cut_short && self.interruption.requested());
        let tested = block_on(self.run.evaluate_in_parts(WORK_AT_ONCE, &go_on))?;
        let Some(tested) = tested else { return Ok(()) };
        let point = tested.evaluated.point();
        self.progress.evaluated(&point, tested.train_loss);
        self.log_event(|run| Event::epoch(run.experiment(), &point, tested.train_loss));
        if let Some(recording) = &mut self.recording {
            let (summary, filters) = (self.run.summary(), filters(self.run.trainer())?);
            recording.evaluated(&tested.evaluated, summary, &filters);
        }
        self.saver.evaluated(&self.run, point.methods[0].loss)
    }

    /// Saves the last checkpoint, and evaluates once more if the recording needs it.
    fn end(&mut self) -> anyhow::Result<Option<anyhow::Error>> {
        let unsaved = self.saver.save_at_end(&self.run)?;
        if self.recording.is_some() && self.run.has_unevaluated_steps() {
            self.evaluate(false)?;
        }
        Ok(unsaved)
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
            self.progress.messages().print(&format!("warning: {error}; the run was not recorded"));
        }
        let text = if self.flags.json {
            serde_json::to_string(&summary)? + "\n"
        } else {
            report::table(&rows, &averages, &provenance, Style::Text)
        };
        let printed = crate::cli::print(&text);
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
                    self.progress.messages().print(&warning);
                }
            }
        }
    }
}

/// The tiles of the trainer's convolutions, for the log.
fn tiles(trainer: &Trainer) -> BTreeMap<String, Tile> {
    let named =
        |(&(op, shape), &tile): (&(ConvOp, ConvShape), &Tile)| (emascope::tuning::name(op, shape), tile);
    trainer.tiles().iter().map(named).collect()
}
