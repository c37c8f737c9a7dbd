//! Changes of settings during a run.
//!
//! The settings of each step are computed on the host, so most changes simply take effect from the next row of the step
//! table on. A bank with a different number of averages, or one whose buffers are recomputed, needs other plans: then a new
//! trainer is built with the new settings on the same adapter, and takes over the state by copies on the GPU. Steps may be
//! submitted while it is built.

use serde_json::Value;

use super::{Outline, PlannedTrainer, TrainError, Trainer};
use crate::{
    average::BufferPolicy,
    config::{ConfigError, Experiment, settings},
    executor::Executor,
    layers::kernels::Tiles,
    plan::View,
};

/// A change that a run can make.
pub struct Change {
    experiment: Experiment,
    executor: Executor,
    /// The outline of the images, for a trainer that has to be built.
    rebuild: Option<Outline>,
}

/// A change for which everything is ready.
pub struct PreparedChange {
    experiment: Experiment,
    successor: Option<Trainer>,
}

impl Trainer {
    /// Continues with the settings of `experiment` from the next step on, with the same images. Every live setting may
    /// change; averages may get another β, warm-up, interval or buffer policy, and new averages may be added at the end,
    /// which begin with the current raw weights.
    ///
    /// # Errors
    /// [`TrainError::Config`] for any other change; [`TrainError::Gpu`] if the adapter is too small for a longer bank. The
    /// run then stays as it was.
    pub async fn change(&mut self, experiment: &Experiment) -> Result<(), TrainError> {
        let prepared = self.check_change(experiment)?.prepare().await?;
        self.make_change(prepared)
    }

    /// The first third of [`change`](Self::change): checks whether it is possible.
    ///
    /// # Errors
    /// See [`Trainer::change`].
    pub fn check_change(&self, wanted: &Experiment) -> Result<Change, TrainError> {
        let mut experiment = wanted.clone();
        let ours = self.averages();
        for spec in experiment.ema.iter_mut().skip(ours.len()) {
            spec.from = spec.from.max(self.step);
        }
        experiment.validate()?;
        let (before, after) = (self.experiment.to_value(), experiment.to_value());
        let fixed = settings().into_iter().filter(|setting| !setting.live).map(|setting| setting.key);
        let mut fixed = fixed.chain([Experiment::MODEL_KEY]);
        let get = |value: &Value, key: &str| value.get(key).cloned();
        if let Some(key) = fixed.find(|key| get(&before, key) != get(&after, key)) {
            return Err(ConfigError::Fixed { key: key.to_owned() }.into());
        }
        if experiment.ema.len() < ours.len() {
            let reason = "`ema`: an average cannot be taken out of a run; it can only be hidden".to_owned();
            return Err(ConfigError::Combination(reason).into());
        }
        if let Some((spec, _)) =
            ours.iter().zip(&experiment.ema).find(|(ours, theirs)| ours.from != theirs.from)
        {
            let reason = format!("`ema`: `{spec}` begins after step {}, which cannot change", spec.from);
            return Err(ConfigError::Combination(reason).into());
        }
        let total = experiment.total_steps(self.steps_per_epoch());
        experiment.check_length(total)?;
        if total < self.step {
            let reason = format!("the run is at step {}; it cannot end at step {total}", self.step);
            return Err(ConfigError::Combination(reason).into());
        }
        let measured = |experiment: &Experiment| -> Vec<bool> {
            experiment.ema.iter().map(|spec| spec.buffers == BufferPolicy::Recompute).collect()
        };
        let rebuild = measured(&experiment) != measured(&self.experiment);
        let rebuild = rebuild.then(|| self.outline.clone());
        Ok(Change { experiment, executor: self.executor.clone(), rebuild })
    }

    /// The last third of [`change`](Self::change).
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied).
    pub fn make_change(&mut self, prepared: PreparedChange) -> Result<(), TrainError> {
        let PreparedChange { experiment, successor } = prepared;
        match successor {
            None => self.experiment = experiment,
            Some(mut successor) => {
                successor.take_over(self)?;
                *self = successor;
            }
        }
        Ok(())
    }

    /// Continues the run of `other`, from which averages at the end of the bank may be missing.
    fn take_over(&mut self, other: &mut Self) -> Result<(), TrainError> {
        other.ema.require_raw()?;
        other.expect_whole_step();
        let (ours, theirs) = (&self.arenas, &other.arenas);
        let both = |view: fn(&super::Arenas) -> View| (view(theirs), view(ours));
        let mut copies = vec![
            both(|arenas| arenas.weights),
            both(|arenas| arenas.moments[0]),
            both(|arenas| arenas.moments[1]),
            both(|arenas| arenas.metrics),
            both(|arenas| arenas.probes),
        ];
        copies.extend(theirs.slow.into_iter().zip(ours.slow));
        let floats = self.model.arena_floats;
        let known = other.averages().len();
        for k in 0..self.averages().len() {
            let average = |bank: View| bank.floats(k * floats, floats);
            let source = if k < known { average(theirs.bank) } else { theirs.weights };
            copies.push((source, average(ours.bank)));
        }
        for (theirs, ours) in other.images.iter().zip(&self.images) {
            copies.extend(theirs.views().zip(ours.views()));
        }
        self.buffers.copy_from(&self.executor, &other.buffers, &copies);
        self.step = other.step;
        for spec in self.experiment.ema.iter_mut().skip(known) {
            spec.from = spec.from.max(self.step);
        }
        self.order = std::mem::take(&mut other.order);
        self.disturbance = other.disturbance;
        self.in_flight = std::mem::take(&mut other.in_flight);
        self.metrics_read.set(other.metrics_read.get());
        self.follow(std::mem::take(&mut other.probes.places));
        self.probes.read.set(other.probes.read.get());
        Ok(())
    }
}

impl Change {
    /// The second third of [`Trainer::change`]: builds what it needs.
    ///
    /// # Errors
    /// See [`Trainer::change`].
    pub async fn prepare(self) -> Result<PreparedChange, TrainError> {
        let Self { experiment, executor, rebuild } = self;
        let successor = match rebuild {
            None => None,
            Some(outline) => {
                let planned = PlannedTrainer::of_outline(&executor, &experiment, outline, Tiles::new())?;
                Some(planned.allocate_without_images().await?)
            }
        };
        Ok(PreparedChange { experiment, successor })
    }
}
