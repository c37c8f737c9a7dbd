use super::Executor;
use crate::{
    gpu::{self, GpuError},
    plan::{Memory, Slot, View},
    processor,
};

/// What is behind the slots of a plan's memory.
pub enum Buffers {
    /// Buffers and textures of an adapter.
    Gpu(gpu::Buffers),
    /// Memory of the processor.
    Processor(processor::Buffers),
}

impl Buffers {
    /// Allocates every slot of `memory`, zeroed.
    ///
    /// # Errors
    /// [`GpuError::Limit`] names the first slot that an adapter's limits forbid; [`GpuError::OutOfMemory`].
    pub async fn allocate(executor: &Executor, memory: &Memory) -> Result<Self, GpuError> {
        Ok(match executor {
            Executor::Gpu(gpu) => Self::Gpu(gpu::Buffers::allocate(gpu, memory).await?),
            Executor::Processor(processor) => {
                Self::Processor(processor::Buffers::allocate(processor, memory)?)
            }
        })
    }

    /// Gives the memory back now, not when this is dropped. What was submitted before is still carried out.
    pub fn release(&self) {
        match self {
            Self::Gpu(buffers) => buffers.release(),
            Self::Processor(buffers) => buffers.release(),
        }
    }

    /// Writes `data` at byte `offset` of a slot, before what is submitted next.
    pub fn write<T: bytemuck::NoUninit>(&self, executor: &Executor, slot: Slot, offset: u64, data: &[T]) {
        match (self, executor) {
            (Self::Gpu(buffers), Executor::Gpu(gpu)) => buffers.write(gpu, slot, offset, data),
            (Self::Processor(buffers), _) => buffers.write(slot, offset, data),
            _ => elsewhere(),
        }
    }

    /// Copies views of `source` to the beginnings of views of this, each as long as the source's, in the order of submits.
    pub fn copy_from(&self, executor: &Executor, source: &Self, pairs: &[(View, View)]) {
        match (self, executor, source) {
            (Self::Gpu(buffers), Executor::Gpu(gpu), Self::Gpu(source)) => {
                buffers.copy_from(gpu, source, pairs);
            }
            (Self::Processor(buffers), _, Self::Processor(source)) => buffers.copy_from(source, pairs),
            _ => elsewhere(),
        }
    }
}

/// Panics where memory of one executor meets another.
pub(super) fn elsewhere() -> ! {
    panic!("memory of another executor")
}
