//! Executes plans: a GPU does, or the processor. Which one is decided when a run begins; nothing above asks.
//!
//! Both offer the same: [`Buffers`] behind the slots of a plan's memory, a [`BoundPlan`] on them, work in the order in which it
//! is submitted, and a [`Readback`] of what is in memory at that place of the order.

mod bound_plan;
mod buffers;
mod compute;
mod readback;

pub use bound_plan::{BoundPlan, Submission};
pub use buffers::Buffers;
pub use compute::Compute;
pub use readback::Readback;

#[cfg(not(target_arch = "wasm32"))]
use crate::gpu::{AdapterKind, ListedAdapter, adapters};
use crate::{
    gpu::{AdapterReport, Gpu, GpuError},
    layers::{Profile, kernels::Tiles},
    plan::Counters,
    processor::Processor,
};

/// What executes a run. Clones are the same.
#[derive(Clone)]
pub enum Executor {
    /// A graphics adapter.
    Gpu(Gpu),
    /// This machine's processor.
    Processor(Processor),
}

impl From<Gpu> for Executor {
    fn from(gpu: Gpu) -> Self {
        Self::Gpu(gpu)
    }
}

impl From<Processor> for Executor {
    fn from(processor: Processor) -> Self {
        Self::Processor(processor)
    }
}

impl Executor {
    /// A graphics card if there is one that opens, else the processor: a software adapter computes on the processor too, and
    /// slower.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn open() -> Self {
        Self::open_and_note(&mut |line| log::warn!("{line}")).await
    }

    /// Like [`open`](Self::open); `note` is called for what had to be passed over.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn open_and_note(note: &mut dyn FnMut(&str)) -> Self {
        let is_card = |adapter: &ListedAdapter| adapter.kind != AdapterKind::Software;
        if adapters().await.is_ok_and(|all| all.iter().any(is_card)) {
            match Gpu::open_adapter(None, note).await {
                Ok(gpu) if !gpu.adapter().software => return gpu.into(),
                Ok(_) => (),
                Err(error) => note(&format!("{error}; the processor computes instead")),
            }
        }
        Processor::open().into()
    }

    /// What it is.
    pub fn adapter(&self) -> &AdapterReport {
        match self {
            Self::Gpu(gpu) => gpu.adapter(),
            Self::Processor(processor) => processor.report(),
        }
    }

    /// How a network is recorded for it; `tiles` were measured on it.
    pub fn profile(&self, tiles: Tiles) -> Profile {
        match self {
            Self::Gpu(gpu) => Profile::of(gpu.adapter().software, tiles),
            Self::Processor(_) => Profile::processor(),
        }
    }

    /// Most bytes that a kernel can see through one binding.
    pub fn largest_binding(&self) -> u64 {
        match self {
            Self::Gpu(gpu) => gpu.largest_binding(),
            Self::Processor(_) => isize::MAX as u64,
        }
    }

    /// The counters as of now; the difference of two is what was asked in between.
    pub fn counters(&self) -> Counters {
        match self {
            Self::Gpu(gpu) => gpu.counters(),
            Self::Processor(processor) => processor.counters(),
        }
    }

    /// Fails once a device has been lost.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    pub fn check(&self) -> Result<(), GpuError> {
        match self {
            Self::Gpu(gpu) => gpu.check(),
            Self::Processor(_) => Ok(()),
        }
    }

    /// Waits until `submission` has finished, where waiting is allowed: natively.
    ///
    /// # Errors
    /// [`GpuError::Timeout`] or [`GpuError::Lost`].
    pub(crate) fn wait(&self, submission: Submission) -> Result<(), GpuError> {
        match (self, submission) {
            (Self::Gpu(gpu), Submission(Some(index))) => gpu.poll(true, Some(index)),
            _ => Ok(()),
        }
    }

    /// A future that ends when all work submitted so far has finished.
    ///
    /// # Errors
    /// [`GpuError::Timeout`] or [`GpuError::Lost`].
    pub fn finished(&self) -> impl Future<Output = Result<(), GpuError>> + 'static {
        // Of a GPU the work submitted so far, whatever is submitted before this is awaited.
        let finished = match self {
            Self::Gpu(gpu) => Ok(gpu.finished()),
            Self::Processor(processor) => Err(processor.clone()),
        };
        async move {
            match finished {
                Ok(finished) => finished.await,
                Err(processor) => {
                    processor.drain().await;
                    Ok(())
                }
            }
        }
    }

    /// Gives a device up at once, as a driver reset would; used to test recovery. The processor cannot be lost.
    pub fn destroy(&self) {
        if let Self::Gpu(gpu) = self {
            gpu.destroy();
        }
    }
}
