//! Making a run.

use std::time::{Duration, Instant};

use pollster::block_on;

use super::{
    StudyError,
    file::BadBatch,
    record::Line,
    runs::{Images, PlannedRun},
};
use crate::{
    config::{Experiment, Tta},
    data::Dataset,
    run::{Run, log::Event},
    trainer::{Evaluated, MAX_STEPS_A_SUBMIT, PlannedTrainer, TrainError},
};

/// Images between two looks at [`Watch`].
const IMAGES_AT_ONCE: u32 = 2048;

/// Duration of a part of an evaluation, after which [`Watch`] is asked whether to go on.
const PART: Duration = Duration::from_millis(250);

/// Follows a run, and may end it.
pub trait Watch {
    /// The run has reached this step.
    fn advanced(&mut self, step: u64);
    /// Whether to go on.
    fn go_on(&self) -> bool;
}

/// Plans the runs of a study on an executor.
pub type Planner<'a> = &'a dyn Fn(&Experiment, &Dataset) -> Result<PlannedTrainer, TrainError>;

/// Makes a run and returns its log; `None` once `watch` ends it.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    planned: &PlannedRun,
    images: &Images,
    plan: Planner<'_>,
    watch: &mut dyn Watch,
) -> Result<Option<String>, StudyError> {
    let experiment = &planned.experiment;
    let trainer = block_on(plan(experiment, &images.data)?.allocate(&images.data))?;
    let mut run = Run::new(trainer, &images.data);
    let mut log = Line::Run {
        digest: planned.digest.clone(),
        program: concat!("emascope ", env!("CARGO_PKG_VERSION")).to_owned(),
        data: images.fingerprint().clone(),
        final_test: images.final_fingerprint().cloned(),
        bad_batch: planned.bad_batch,
    }
    .text();
    log += &Event::start(experiment, &run.describe(), 0, Default::default()).line();

    let at_once = (IMAGES_AT_ONCE / experiment.batch).clamp(1, MAX_STEPS_A_SUBMIT);
    let (mut seconds, mut diverged) = (0.0, None);
    while run.step() < run.total_steps() && diverged.is_none() {
        if !watch.go_on() {
            return Ok(None);
        }
        let start = Instant::now();
        let steps = next_steps(&mut run, planned.bad_batch).min(at_once.into());
        run.train(steps as u32)?;
        let metrics = run.submit_metrics().expect("steps were submitted");
        let metrics = run.read(block_on(metrics.take())?);
        seconds += start.elapsed().as_secs_f64();
        diverged = metrics.iter().find(|metric| !metric.loss.is_finite()).map(|metric| metric.step);
        if diverged.is_none() && run.evaluation_is_due() {
            let Some(tested) = block_on(run.evaluate_in_parts(PART, &|| watch.go_on()))? else {
                return Ok(None);
            };
            log += &Event::epoch(experiment, &tested.evaluated.point(), tested.train_loss).line();
        }
        watch.advanced(run.step());
    }
    if let (Some(dataset), None) = (&images.final_test, diverged) {
        let Some(evaluated) = final_test(&run, planned.final_tta, dataset, plan, watch)? else {
            return Ok(None);
        };
        log += &Line::test(experiment, &evaluated).text();
    }
    let images = run.step() as f64 * f64::from(experiment.batch);
    let summary = Event::Summary {
        rows: run.summary(),
        averages: run.averages(),
        images_per_second: images / seconds,
        interrupted: false,
        diverged,
        provenance: run.provenance(),
    };
    Ok(Some(log + &summary.line()))
}

/// Steps up to the next evaluation, or up to the bad batch, which is a step alone.
fn next_steps(run: &mut Run, bad_batch: Option<BadBatch>) -> u64 {
    let (step, stop) = (run.step(), run.next_evaluation());
    match bad_batch {
        Some(BadBatch { step: bad, factor }) if bad == step + 1 => {
            run.disturb(factor);
            1
        }
        Some(BadBatch { step: bad, .. }) if bad > step => stop.min(bad - 1) - step,
        _ => stop - step,
    }
}

/// Tests the weights at the end of a run on the test images of `dataset`, and gives back the memory of the run before.
fn final_test(
    run: &Run,
    tta: Option<Tta>,
    dataset: &Dataset,
    plan: Planner<'_>,
    watch: &mut dyn Watch,
) -> Result<Option<Evaluated>, StudyError> {
    let state = block_on(run.trainer().state())?;
    run.trainer().release();
    let experiment = Experiment { tta: tta.unwrap_or(run.experiment().tta), ..run.experiment().clone() };
    let mut trainer = block_on(plan(&experiment, dataset)?.allocate(dataset))?;
    trainer.load_state(&state)?;
    let methods = trainer.methods();
    Ok(block_on(trainer.evaluate_in_parts(&methods, PART, &|| watch.go_on()))?)
}
