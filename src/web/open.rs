//! Opening what computes, and building a run or resuming one.

use std::cell::{Cell, RefCell};

use tsify::Ts;

use super::{
    failure::{ErrorName, Failure},
    files::{Files, finished},
};
use crate::{
    checkpoint::Fingerprint,
    config::{Adjustment, ConfigError, Experiment},
    data::{Dataset, subset},
    executor::{Compute, Executor},
    gpu::GpuError,
    run::{self, Run, Saved},
    trainer::Trainer,
};

/// The name of a checkpoint in messages, as it comes without its file's name.
const CHECKPOINT: &str = "the checkpoint";

/// A run that was built or resumed.
pub(super) struct Opened {
    pub run: Run,
    pub dataset: Dataset,
    /// Settings that differ from the requested ones.
    pub adjustments: Vec<Adjustment>,
}

pub(super) async fn create(
    experiment: Ts<Experiment>,
    files: Option<Files>,
    nearest: bool,
) -> Result<Opened, Failure> {
    let mut experiment = read_experiment(experiment)?;
    if files.is_none() {
        experiment.data = "synthetic".to_owned();
    }
    let mut dataset = finished(files)?;
    // The files that the page fetched may be damaged.
    if experiment.data == "subset" {
        dataset = subset::check(dataset)?;
    }
    let dataset = run::limited(&experiment, dataset);
    let executor = open_executor().await?;
    let (trainer, adjustments) = if nearest {
        Trainer::nearest(&executor, &experiment, &dataset).await?
    } else {
        let trainer = Trainer::new(&executor, &experiment, &dataset).await?;
        experiment.check_length(trainer.total_steps())?;
        (trainer, Vec::new())
    };
    Ok(Opened { run: Run::new(trainer, &dataset), dataset, adjustments })
}

pub(super) async fn resume(checkpoint: Vec<u8>, files: Option<Files>) -> Result<Opened, Failure> {
    let saved = Saved::read(CHECKPOINT, checkpoint)?;
    let experiment = saved.experiment();
    let bad_file = |error: ConfigError| Failure { name: ErrorName::BadFile, message: error.to_string() };
    experiment.validate().map_err(bad_file)?;
    let dataset = run::limited(experiment, finished(files)?);
    let executor = open_executor().await?;
    let trainer = Trainer::new(&executor, experiment, &dataset).await?;
    let state = saved.state(experiment, trainer.model(), &Fingerprint::of(&dataset))?;
    let run = Run::resume(trainer, &dataset, saved, &state)?;
    Ok(Opened { run, dataset, adjustments: Vec::new() })
}

thread_local! {
    static COMPUTE: Cell<Compute> = const { Cell::new(Compute::Auto) };
    static OPEN: RefCell<Option<Executor>> = const { RefCell::new(None) };
}

/// Chooses what computes the runs that are opened from now on.
pub(super) fn choose(compute: Compute) {
    if COMPUTE.replace(compute) != compute {
        OPEN.set(None);
    }
}

/// What computed the previous run, with its compiled pipelines, unless it is lost.
pub(super) async fn open_executor() -> Result<Executor, GpuError> {
    if let Some(open) = OPEN.with_borrow(|open| open.clone().filter(|open| open.check().is_ok())) {
        return Ok(open);
    }
    let open = Executor::open(COMPUTE.get()).await?;
    OPEN.set(Some(open.clone()));
    Ok(open)
}

/// Checks an experiment from the page, which may have come from a link or a file.
pub(super) fn read_experiment(experiment: Ts<Experiment>) -> Result<Experiment, Failure> {
    let text = js_sys::JSON::stringify(&experiment.into());
    let text = text.map_or_else(|_| String::new(), String::from);
    let experiment = Experiment::from_json(&text)?;
    experiment.validate()?;
    Ok(experiment)
}
