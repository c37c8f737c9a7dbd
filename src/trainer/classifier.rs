//! Single pictures through the network of a run, with any of its weights.

use super::{TrainError, Trainer};
use crate::{
    data::{CLASSES, IMAGE_BYTES, IMAGE_SIDE},
    executor::{BoundPlan, Buffers, Executor, Readback},
    gpu::GpuError,
    layers::{
        Pass, Recorder,
        kernels::{Tiles, copy},
    },
    network::INPUT,
    plan::{Memory, View},
};

/// The forward pass of one picture, with memory of its own: a run is not disturbed, whatever its batch.
///
/// It computes as an evaluation of the image alone does, with batch norm's running statistics.
pub struct Classifier {
    executor: Executor,
    buffers: Buffers,
    plan: BoundPlan,
    weights: View,
    picture: View,
    logits: View,
    /// Mean and standard deviation of byte / 255 over the training images, for each colour.
    colours: [(f64, f64); 3],
}

impl Trainer {
    /// A classifier of pictures with the network of this run, where the run is computed.
    ///
    /// # Errors
    /// [`GpuError`]: no memory for it.
    pub fn classifier(&self) -> impl Future<Output = Result<Classifier, TrainError>> + 'static {
        let executor = self.executor.clone();
        let memory = Memory::default();
        let fixed = |label, floats: usize| memory.fixed(label, 4 * floats as u64);
        let weights = fixed("weights", self.model.arena_floats);
        // An evaluation has no gradients, and reads nothing of its batch's header.
        let views = [weights, fixed("gradients", self.model.parameter_floats), fixed("header", 4)];
        let profile = executor.profile(Tiles::new());
        let mut recorder = Recorder::new(Pass::Evaluate, &profile, &memory, &self.model.parameters, views);
        let x = recorder.tensor("x", INPUT.batch(1), false);
        // Tensors may be textures, which are neither written nor read from outside.
        let picture = fixed("picture", INPUT.batch(1).size());
        recorder.plan.push(copy(picture, x.view()));
        let y = self.model.forward(&mut recorder, x);
        let logits = fixed("logits", y.image.size());
        recorder.plan.push(copy(y.view(), logits));
        let plan = recorder.plan;
        let [mean, deviation] = [self.outline.mean, self.outline.deviation];
        let colours = std::array::from_fn(|colour| (mean[colour], deviation[colour]));
        async move {
            let buffers = Buffers::allocate(&executor, &memory).await?;
            let plan = BoundPlan::new(&executor, &plan, &buffers, &[]);
            Ok(Classifier { executor, buffers, plan, weights, picture, logits, colours })
        }
    }
}

impl Classifier {
    /// The probability of each class by these weights, an arena of the run
    /// ([`submit_weights`](Trainer::submit_weights)). `picture` is red, then green, then blue, as in a record of CIFAR-10.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn classify(
        &self,
        weights: &[f32],
        picture: &[u8; IMAGE_BYTES],
    ) -> Result<[f32; CLASSES], GpuError> {
        self.buffers.write(&self.executor, self.weights.slot, 0, weights);
        self.buffers.write(&self.executor, self.picture.slot, 0, &self.normalised(picture));
        self.plan.submit(&self.executor, 1);
        let bytes = Readback::of_views(&self.executor, &self.buffers, &[self.logits]).take().await?;
        let logits: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        let greatest = logits[..CLASSES].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let power = |k: usize| f64::from(logits[k] - greatest).exp();
        let sum: f64 = (0..CLASSES).map(power).sum();
        Ok(std::array::from_fn(|k| (power(k) / sum) as f32))
    }

    /// The picture as the network takes it: pixel by pixel, each colour less its mean in standard deviations, and a zero.
    fn normalised(&self, picture: &[u8; IMAGE_BYTES]) -> Vec<[f32; 4]> {
        const PIXELS: usize = IMAGE_SIDE * IMAGE_SIDE;
        let value = |pixel: usize, colour: usize| {
            let (mean, deviation) = self.colours[colour];
            ((f64::from(picture[colour * PIXELS + pixel]) / 255.0 - mean) / deviation) as f32
        };
        (0..PIXELS).map(|pixel| [value(pixel, 0), value(pixel, 1), value(pixel, 2), 0.0]).collect()
    }
}
