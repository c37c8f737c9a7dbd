//! Loss and accuracy of the training steps, in a ring on the GPU.

use super::{Pending, TrainError, Trainer};
use crate::{
    executor::Readback,
    plan::{Memory, View},
};

/// Steps whose metrics the ring keeps.
const RING: u64 = 4096;

/// Result of a training step on its own batch, before its update.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct StepMetric {
    /// Step, from 1.
    pub step: u64,
    /// Mean loss of the batch.
    pub loss: f64,
    /// Share of correct predictions in the batch, in percent.
    pub accuracy: f64,
}

/// Room for the ring.
pub(super) fn ring(memory: &Memory) -> View {
    memory.fixed("metrics", 16 * RING)
}

impl Trainer {
    /// Metrics of the steps submitted since the last call, at most the last 4,096. Waits for them.
    ///
    /// # Errors
    /// [`GpuError`](crate::gpu::GpuError).
    pub async fn metrics(&self) -> Result<Vec<StepMetric>, TrainError> {
        match self.submit_metrics() {
            Some(metrics) => metrics.take().await,
            None => Ok(Vec::new()),
        }
    }

    /// Requests the metrics of the steps submitted since the last call, if there are any.
    pub fn submit_metrics(&self) -> Option<Pending<Vec<StepMetric>>> {
        let after = self.metrics_read.replace(self.step);
        (after < self.step).then(|| self.submit_metrics_after(after))
    }

    /// Requests the metrics of the steps that this trainer submitted after step `after`, as far as the ring still has them.
    /// This does not affect later calls of [`submit_metrics`](Self::submit_metrics).
    pub fn submit_metrics_after(&self, after: u64) -> Pending<Vec<StepMetric>> {
        let last = self.step;
        let first = after.max(last.saturating_sub(RING)) + 1;
        let readback = Readback::of_views(&self.executor, &self.buffers, &[self.arenas.metrics]);
        Pending::new(readback, move |bytes| {
            let entries: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(bytes);
            let metric = |step| {
                let [loss, right, count, _] = entries[(step % RING) as usize].map(f64::from);
                StepMetric { step, loss: loss / count, accuracy: 100.0 * right / count }
            };
            (first..=last).map(metric).collect()
        })
    }
}
