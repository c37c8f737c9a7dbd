//! A run as a description: its network is built and its settings fit its data; nothing is planned yet.

use super::{TrainError, feed::Outline};
use crate::{average::BufferPolicy, config::Experiment, model::Model};

/// Most images in a pass that recomputes batch norm's buffers, in whole batches.
pub const RECOMPUTE_IMAGES: usize = 2048;

/// Description of a run.
pub(super) struct Blueprint {
    pub experiment: Experiment,
    pub outline: Outline,
    pub model: Model,
}

/// Builds the network of `experiment` for images of `outline`.
///
/// # Errors
/// [`TrainError`]: a network that does not fit, a batch larger than the data, no test images.
pub(super) fn describe(experiment: &Experiment, outline: Outline) -> Result<Blueprint, TrainError> {
    let model = Model::new(&experiment.model_spec())?;
    let batch = experiment.batch;
    if outline.train < batch as usize {
        return Err(TrainError::BatchTooLarge { batch, images: outline.train });
    }
    if let (1, Some(layer)) = (batch, &model.batch_norm_of_a_pixel) {
        return Err(TrainError::SingleValue { layer: layer.clone() });
    }
    if outline.test == 0 {
        return Err(TrainError::NoTestImages(outline.name));
    }
    Ok(Blueprint { experiment: experiment.clone(), outline, model })
}

impl Blueprint {
    /// Images in a step.
    pub fn batch(&self) -> usize {
        self.experiment.batch as usize
    }

    /// Whole batches in the training data.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.outline.train / self.batch()) as u64
    }

    /// Batches of an evaluation.
    pub fn evaluate_rows(&self) -> usize {
        self.outline.test.div_ceil(self.batch())
    }

    /// Batches of a pass that recomputes batch norm's buffers.
    pub fn recompute_rows(&self) -> usize {
        let recomputes = self.experiment.ema.iter().any(|spec| spec.buffers == BufferPolicy::Recompute);
        if recomputes {
            (RECOMPUTE_IMAGES / self.batch()).clamp(1, self.outline.train / self.batch())
        } else {
            1
        }
    }
}
