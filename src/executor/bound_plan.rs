use std::ops::Range;

use super::{Buffers, Executor, buffers::elsewhere};
use crate::{
    gpu,
    plan::{Dispatch, Slot},
    processor,
};
use crate::{gpu::GpuError, plan::KernelTime};

/// A plan bound to memory, ready to be submitted any number of times.
pub struct BoundPlan {
    bound: Bound,
    len: usize,
    flops: u64,
    moved: u64,
}

enum Bound {
    Gpu(gpu::BoundPlan),
    Processor(processor::BoundPlan),
}

/// Work that went out; the processor's is done when it returns natively.
pub struct Submission(pub(super) Option<wgpu::SubmissionIndex>);

impl BoundPlan {
    /// Compiles the kernels of `plan` and binds them. Ranges of a slot in `substitutes` bind the slot given there, from the
    /// byte offset given there on.
    pub fn new(
        executor: &Executor,
        plan: &[Dispatch],
        buffers: &Buffers,
        substitutes: &[(Slot, (Slot, u64))],
    ) -> Self {
        let bound = match (executor, buffers) {
            (Executor::Gpu(gpu), Buffers::Gpu(buffers)) => {
                Bound::Gpu(gpu::BoundPlan::new(gpu, plan, buffers, substitutes))
            }
            (Executor::Processor(processor), Buffers::Processor(buffers)) => {
                Bound::Processor(processor::BoundPlan::new(processor, plan, buffers, substitutes))
            }
            _ => elsewhere(),
        };
        let sum = |of: fn(&Dispatch) -> u64| plan.iter().map(of).sum();
        Self { bound, len: plan.len(), flops: sum(|one| one.flops), moved: sum(|one| one.moved) }
    }

    /// Gives back what only this plan holds; it can then not be submitted any more.
    pub fn release(&self) {
        if let Bound::Gpu(plan) = &self.bound {
            plan.release();
        }
    }

    /// Number of dispatches.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing would be dispatched.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Arithmetic of the definitions of all dispatches.
    pub fn flops(&self) -> u64 {
        self.flops
    }

    /// Bytes that the definitions of all dispatches read and write.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// Submits the plan `repeats` times.
    pub fn submit(&self, executor: &Executor, repeats: usize) -> Submission {
        match (&self.bound, executor) {
            (Bound::Gpu(plan), Executor::Gpu(gpu)) => Submission(Some(plan.submit(gpu, repeats))),
            (Bound::Processor(plan), _) => {
                plan.submit(0..self.len, repeats);
                Submission(None)
            }
            _ => elsewhere(),
        }
    }

    /// Submits these dispatches of the plan once.
    pub fn submit_part(&self, executor: &Executor, part: Range<usize>) -> Submission {
        match (&self.bound, executor) {
            (Bound::Gpu(plan), Executor::Gpu(gpu)) => Submission(Some(plan.submit_part(gpu, part))),
            (Bound::Processor(plan), _) => {
                plan.submit(part, 1);
                Submission(None)
            }
            _ => elsewhere(),
        }
    }

    /// Runs the plan once and times each dispatch.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Timeout`] or [`GpuError::Readback`].
    pub async fn time(&self, executor: &Executor) -> Result<Vec<KernelTime>, GpuError> {
        executor.finished().await?;
        match (&self.bound, executor) {
            (Bound::Gpu(plan), Executor::Gpu(gpu)) => plan.time(gpu).await,
            (Bound::Processor(plan), _) => Ok(plan.time()),
            _ => elsewhere(),
        }
    }
}
