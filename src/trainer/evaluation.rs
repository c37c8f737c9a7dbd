//! Test accuracy, loss and predictions of the raw weights and of each average.

use super::{Arenas, Feed, Pending, TrainError, Trainer, Weights};
use crate::{
    executor::{BoundPlan, Readback},
    plan::{Memory, View},
    report::{EvaluationPoint, MethodScore, RAW},
};

/// Result of a pass over the test images.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evaluation {
    /// Share of correct predictions, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy.
    pub loss: f64,
}

/// Predictions of several methods for every test image.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Number of test images.
    pub images: usize,
    /// Number of methods.
    pub methods: usize,
    /// Class of image `i` by method `m`, at `m * images + i`.
    pub classes: Vec<u8>,
    /// The probability that the method gives this class, at the same place.
    pub confidences: Vec<f32>,
}

/// Results of an evaluation of several methods, in the order requested.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The step after which it was made.
    pub step: u64,
    /// Passes over the training data by then.
    pub epoch: f64,
    /// Whether it came before the first regular evaluation.
    pub early: bool,
    /// Name of each method.
    pub names: Vec<String>,
    /// Accuracy and loss of each method.
    pub evaluations: Vec<Evaluation>,
    /// Predictions of each method for every test image.
    pub predictions: Predictions,
}

impl Evaluated {
    /// The point of the history.
    pub fn point(&self) -> EvaluationPoint {
        let score = |(name, &Evaluation { accuracy, loss }): (&String, &Evaluation)| MethodScore {
            name: name.clone(),
            accuracy,
            loss,
        };
        let methods = self.names.iter().zip(&self.evaluations).map(score).collect();
        EvaluationPoint { step: self.step, epoch: self.epoch, early: self.early, methods }
    }
}

/// Buffers for the results of evaluations: a region for each method, all of the same size, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Outputs {
    pub rows: usize,
    pub batch: usize,
    pub methods: usize,
}

impl Outputs {
    /// Sums of each batch, four floats; the view is the first method's.
    pub fn results(self, memory: &Memory) -> View {
        self.regions(memory, "evaluation results", 16 * self.rows)
    }

    /// Class and probability of each image, batch after batch; the view is the first method's.
    pub fn predictions(self, memory: &Memory) -> View {
        self.regions(memory, "predictions", 8 * self.rows * self.batch)
    }

    fn regions(self, memory: &Memory, label: &str, bytes: usize) -> View {
        let bytes = bytes as u64;
        let all = memory.fixed(label, bytes.next_multiple_of(256) * self.methods as u64);
        View { bytes, ..all }
    }
}

/// Bytes from one method's region to the next.
pub(super) fn stride(view: View) -> u64 {
    view.bytes.next_multiple_of(256)
}

impl Trainer {
    /// Current test accuracy and loss of the given weights, in the order requested.
    ///
    /// # Errors
    /// [`EmaError::NoSuchAverage`](crate::average::EmaError::NoSuchAverage), [`GpuError`](crate::gpu::GpuError).
    pub async fn evaluate(&self, which: &[Weights]) -> Result<Vec<Evaluation>, TrainError> {
        Ok(self.submit_evaluation(which)?.take().await?.evaluations)
    }

    /// Test accuracy and loss of the weights in place: the raw ones, or those of the applied average.
    ///
    /// # Errors
    /// [`GpuError`](crate::gpu::GpuError).
    pub async fn evaluate_current(&self) -> Result<Evaluation, TrainError> {
        let which = self.ema.applied().map_or(Weights::Raw, Weights::Ema);
        Ok(self.evaluate(&[which]).await?[0])
    }

    /// Submits evaluations; the results arrive when the GPU has finished everything submitted before.
    ///
    /// # Errors
    /// [`EmaError::NoSuchAverage`](crate::average::EmaError::NoSuchAverage), [`GpuError::Lost`](crate::gpu::GpuError::Lost).
    pub fn submit_evaluation(&self, which: &[Weights]) -> Result<Pending<Evaluated>, TrainError> {
        let places = self.places(which)?;
        for &place in &places {
            self.measure_buffers(place);
            self.replay_from_start(&self.evaluate_feed, &self.evaluate[place]);
        }
        Ok(self.read_evaluation(&places))
    }

    /// Like [`submit_evaluation`](Self::submit_evaluation), but in parts of about the duration `part`, with a wait after
    /// each. Gives up if `go_on` returns false after a part; the run stays as it was. The numbers are the same.
    ///
    /// # Errors
    /// The same, and [`GpuError::Timeout`](crate::gpu::GpuError::Timeout).
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn evaluate_in_parts(
        &self,
        which: &[Weights],
        part: std::time::Duration,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Evaluated>, TrainError> {
        let places = self.places(which)?;
        // One for recompute and one for evaluation, whose rows differ.
        let mut rows_a_part = [1; 2];
        for &place in &places {
            let recompute = place.checked_sub(1).and_then(|k| self.recompute[k].as_ref());
            let recompute = recompute.map(|recompute| (&self.recompute_feed, recompute, 0));
            let evaluate = (&self.evaluate_feed, &self.evaluate[place], 1);
            for (feed, plan, kind) in recompute.into_iter().chain([evaluate]) {
                self.rewind(feed);
                let mut left = feed.rows();
                while left > 0 {
                    if !go_on() {
                        return Ok(None);
                    }
                    let rows = left.min(rows_a_part[kind]);
                    let start = std::time::Instant::now();
                    let submitted = plan.submit(&self.executor, rows);
                    self.executor.wait(submitted)?;
                    left -= rows;
                    let fitting = rows as f64 * part.as_secs_f64() / start.elapsed().as_secs_f64();
                    rows_a_part[kind] = (fitting as usize).clamp(1, 2 * rows_a_part[kind]);
                }
            }
        }
        Ok(Some(self.read_evaluation(&places).take().await?))
    }

    /// The indices of these weights among the methods.
    fn places(&self, which: &[Weights]) -> Result<Vec<usize>, TrainError> {
        self.executor.check()?;
        self.expect_whole_step();
        let places = which.iter().map(|which| which.place(self.averages().len()));
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// Requests the results of the evaluations of these methods.
    fn read_evaluation(&self, places: &[usize]) -> Pending<Evaluated> {
        let averages = self.averages();
        let (images, Arenas { results, predictions, .. }) = (self.outline.test, &self.arenas);
        let ranges = [(results, results.bytes), (predictions, 8 * images as u64)].map(|(view, bytes)| {
            let range = |&place: &usize| View { offset: place as u64 * stride(*view), bytes, ..*view };
            places.iter().map(range).collect::<Vec<_>>()
        });
        let readback = Readback::of_views(&self.executor, &self.buffers, &ranges.concat());
        let name = |&place: &usize| place.checked_sub(1).map_or(RAW.to_owned(), |k| averages[k].name());
        let names: Vec<String> = places.iter().map(name).collect();
        let (step, epoch) = (self.step, self.step as f64 / self.steps_per_epoch() as f64);
        let early = self.experiment.is_early(step, self.steps_per_epoch());
        let (methods, result_bytes) = (places.len(), results.bytes as usize);
        Pending::new(readback, move |bytes| {
            let (results, predictions) = bytes.split_at(methods * result_bytes);
            let evaluations = results.chunks_exact(result_bytes).map(evaluation).collect();
            let pairs: Vec<[u32; 2]> = bytemuck::pod_collect_to_vec(predictions);
            let classes = pairs.iter().map(|pair| pair[0] as u8).collect();
            let confidences = pairs.iter().map(|pair| f32::from_bits(pair[1])).collect();
            let predictions = Predictions { images, methods, classes, confidences };
            Evaluated { step, epoch, early, names, evaluations, predictions }
        })
    }

    /// Recomputes batch norm's buffers if that is the policy of the average with this index among the methods.
    pub(super) fn measure_buffers(&self, place: usize) {
        if let Some(recompute) = place.checked_sub(1).and_then(|k| self.recompute[k].as_ref()) {
            self.replay_from_start(&self.recompute_feed, recompute);
        }
    }

    fn replay_from_start(&self, feed: &Feed, plan: &BoundPlan) {
        self.rewind(feed);
        plan.submit(&self.executor, feed.rows());
    }

    fn rewind(&self, feed: &Feed) {
        self.buffers.write(&self.executor, feed.cursor.slot, 0, &[0_u32; 4]);
    }
}

/// Means of the sums of each batch.
fn evaluation(bytes: &[u8]) -> Evaluation {
    let entries: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(bytes);
    let sum = |i: usize| entries.iter().map(|entry| f64::from(entry[i])).sum::<f64>();
    Evaluation { accuracy: 100.0 * sum(1) / sum(2), loss: sum(0) / sum(2) }
}
