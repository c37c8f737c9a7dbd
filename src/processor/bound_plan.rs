use std::{ops::Range, rc::Rc};

use super::{
    Buffers, Processor,
    buffers::Bound,
    kernels::{self, Kernel},
    queue::Work,
};
use crate::plan::{Dispatch, Slot};

/// A plan bound to memory, ready to be executed any number of times.
pub struct BoundPlan {
    buffers: Buffers,
    launches: Rc<[Launch]>,
}

/// A kernel and what it works on.
pub(super) struct Launch {
    pub kernel: Kernel,
    pub bound: Bound,
    dispatch: (&'static str, u64, u64),
}

impl BoundPlan {
    /// Binds `plan`. Ranges of a slot in `substitutes` bind the slot given there, from the byte offset given there on.
    ///
    /// # Panics
    /// If the plan has a kernel that is for adapters only.
    pub fn new<'a>(
        processor: &Processor,
        plan: impl IntoIterator<Item = &'a Dispatch>,
        buffers: &Buffers,
        substitutes: &[(Slot, (Slot, u64))],
    ) -> Self {
        let launch = |dispatch: &Dispatch| {
            let name = dispatch.kernel.name;
            let kernel = kernels::of(processor.workers(), dispatch);
            Launch {
                kernel: kernel.unwrap_or_else(|| panic!("the processor has no kernel {name}")),
                bound: Bound::new(dispatch, substitutes),
                dispatch: (name, dispatch.flops, dispatch.moved),
            }
        };
        Self { buffers: buffers.clone(), launches: plan.into_iter().map(launch).collect() }
    }

    /// Submits these dispatches of the plan, `repeats` times.
    pub fn submit(&self, part: Range<usize>, repeats: usize) {
        let Buffers { processor, memory } = &self.buffers;
        processor.count(|counters| {
            counters.submits += 1;
            counters.dispatches += (repeats * part.len()) as u64;
        });
        let (launches, memory, next) = (Rc::clone(&self.launches), memory.clone(), part.start);
        processor.submit(Work::Run { launches, memory, part, next, repeats });
    }

    /// Runs the plan once and times each dispatch.
    pub fn time(&self) -> Vec<crate::plan::KernelTime> {
        let time = |launch: &Launch| {
            let start = web_time::Instant::now();
            self.buffers.memory.launch(self.buffers.processor.workers(), launch);
            let seconds = start.elapsed().as_secs_f64();
            let (kernel, flops, moved) = launch.dispatch;
            crate::plan::KernelTime { kernel, seconds, flops, moved }
        };
        self.launches.iter().map(time).collect()
    }
}
