//! The nearest run that the data and the adapter allow, for settings that may not fit, such as those of a link.

use super::{PlannedTrainer, TrainError, Trainer, planned::AVERAGES};
use crate::{
    config::{Adjustment, Because, Experiment},
    data::Dataset,
    executor::Executor,
    gpu::GpuError,
    network::Preset,
};

/// For lack of memory, a batch is not made smaller than this; then a smaller network is nearer.
const SMALLEST_BATCH: u32 = 8;

impl Trainer {
    /// Like [`new`](Self::new), but if the data or the adapter's memory do not allow `experiment`, builds the nearest that
    /// they do allow, and returns the changes with it. The experiment must be valid by itself.
    ///
    /// # Errors
    /// Errors that no other settings would avoid.
    pub async fn nearest(
        executor: &Executor,
        experiment: &Experiment,
        dataset: &Dataset,
    ) -> Result<(Self, Vec<Adjustment>), TrainError> {
        let mut experiment = experiment.clone();
        let mut adjustments: Vec<Adjustment> = Vec::new();
        loop {
            let error = match Self::tried(executor, &experiment, dataset).await {
                Ok(trainer) => return Ok((trainer, adjustments)),
                Err(error) => error,
            };
            let Some(adjustment) = mend(&mut experiment, &error) else { return Err(error) };
            // A batch that was halved several times is reported once.
            match adjustments.last_mut() {
                Some(last)
                    if last.to.is_some()
                        && last.key == adjustment.key
                        && last.because == adjustment.because =>
                {
                    last.to = adjustment.to;
                }
                _ => adjustments.push(adjustment),
            }
        }
    }

    async fn tried(
        executor: &Executor,
        experiment: &Experiment,
        dataset: &Dataset,
    ) -> Result<Self, TrainError> {
        let planned = PlannedTrainer::new(executor, experiment, dataset)?;
        experiment.check_length(planned.total_steps())?;
        planned.allocate(dataset).await
    }
}

/// Makes the smallest change that could avoid `error`; `None` if no setting could.
fn mend(experiment: &mut Experiment, error: &TrainError) -> Option<Adjustment> {
    match error {
        TrainError::Config(error) => experiment.mend(error),
        TrainError::BatchTooLarge { batch, images } => {
            experiment.batch = u32::try_from(*images).ok().filter(|&images| images > 0)?;
            Some(Adjustment::replaced(Because::Images, "batch", batch, images))
        }
        // A preset fits, so it is a network of the reader's own.
        TrainError::Shape(_) => {
            let model = serde_json::to_string(&experiment.model.take()?).expect("a network is JSON");
            Some(Adjustment::left_out(Because::Invalid, Experiment::MODEL_KEY, model))
        }
        TrainError::Gpu(GpuError::Limit { what, .. }) if what == AVERAGES => {
            let dropped = experiment.ema.pop()?;
            Some(Adjustment::left_out(Because::Memory, "ema", dropped))
        }
        TrainError::Gpu(GpuError::Limit { .. } | GpuError::OutOfMemory { .. }) => smaller(experiment),
        _ => None,
    }
}

/// Halves the batch or, if that is small already, chooses the next smaller network.
fn smaller(experiment: &mut Experiment) -> Option<Adjustment> {
    let replaced = |key, value: &dyn std::fmt::Display, to: &dyn std::fmt::Display| {
        Some(Adjustment::replaced(Because::Memory, key, value, to))
    };
    let batch = experiment.batch;
    if batch > SMALLEST_BATCH {
        experiment.batch = (batch / 2).max(SMALLEST_BATCH);
        return replaced("batch", &batch, &experiment.batch);
    }
    let preset = experiment.preset;
    experiment.preset = match preset {
        Preset::Tiny => return None,
        Preset::Small => Preset::Tiny,
        Preset::Resnet9 | Preset::Airbench => Preset::Small,
    };
    replaced("preset", &preset, &experiment.preset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Model, network::ModelSpec};

    #[test]
    fn too_little_memory_halves_the_batch_then_takes_smaller_networks() {
        let error: TrainError =
            GpuError::OutOfMemory { what: "the run".to_owned(), bytes: 1, reason: String::new() }.into();
        let mut experiment = Experiment { batch: 50, preset: Preset::Resnet9, ..Experiment::default() };
        let mut seen = Vec::new();
        while let Some(adjustment) = mend(&mut experiment, &error) {
            assert_eq!(adjustment.because, Because::Memory);
            seen.push(adjustment.to.unwrap());
        }
        assert_eq!(seen, ["25", "12", "8", "small", "tiny"]);
    }

    #[test]
    fn a_network_that_does_not_fit_is_left_out() {
        let model: ModelSpec = serde_json::from_str(r#"{"name":"mine","layers":["flatten"]}"#).unwrap();
        let error = TrainError::from(Model::new(&model).err().unwrap());
        let mut experiment = Experiment { model: Some(model), ..Experiment::default() };
        let adjustment = mend(&mut experiment, &error).unwrap();
        assert_eq!((adjustment.key.as_str(), adjustment.to), ("model", None));
        assert_eq!(
            (adjustment.value.as_str(), experiment),
            (r#"{"name":"mine","layers":["flatten"]}"#, Experiment::default())
        );
    }

    #[test]
    fn a_bank_that_is_too_large_loses_its_last_averages_and_nothing_else() {
        let error: TrainError =
            GpuError::Limit { what: AVERAGES.to_owned(), bytes: 2, limit: "maxBufferSize", allowed: 1 }
                .into();
        let before = Experiment::default();
        let mut experiment = before.clone();
        let adjustment = mend(&mut experiment, &error).unwrap();
        assert_eq!((adjustment.key.as_str(), adjustment.value.as_str()), ("ema", "0.999"));
        assert_eq!(experiment, Experiment { ema: before.ema[..4].to_vec(), ..before });
    }
}
