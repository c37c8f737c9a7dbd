use super::{Buffers, Executor, buffers::elsewhere};
use crate::{
    gpu::{self, GpuError},
    plan::View,
    processor,
};

/// A copy of ranges of memory, taken in the order of submits after all work submitted before it.
pub enum Readback {
    /// On its way from an adapter.
    Gpu(gpu::Readback),
    /// Of the processor's memory.
    Processor(processor::Readback),
}

impl Readback {
    /// Copies views one after another and asks for them; does not wait.
    pub fn of_views(executor: &Executor, buffers: &Buffers, views: &[View]) -> Self {
        match (executor, buffers) {
            (Executor::Gpu(gpu), Buffers::Gpu(buffers)) => {
                Self::Gpu(gpu::Readback::of_views(gpu, buffers, views))
            }
            (Executor::Processor(_), Buffers::Processor(buffers)) => Self::Processor(buffers.read(views)),
            _ => elsewhere(),
        }
    }

    /// The bytes, once they have arrived.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Timeout`] or [`GpuError::Readback`].
    pub async fn take(self) -> Result<Vec<u8>, GpuError> {
        match self {
            Self::Gpu(readback) => readback.take().await,
            Self::Processor(readback) => Ok(readback.take().await),
        }
    }
}
