//! Executes a plan on the processor, in Rust: for machines and browsers without a graphics card.
//!
//! The plan is the one that the GPU executes. A kernel's name chooses the function of the same name in `kernels/`, which
//! works on slices of `f32`: the ranges that the dispatch binds. Vector instructions come from `fearless_simd`, chosen when
//! the processor is opened; threads from `rayon`, in a browser if its page has started any (`threads`). How work is divided among threads depends on shapes
//! alone, so the same seed gives the same bits whatever their number.
//!
//! Natively work is done when it is submitted. In a browser it waits in a queue until its end is waited for, and lets the worker
//! answer messages in between.

mod bound_plan;
mod buffers;
mod floats;
mod kernels;
mod queue;
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
mod threads;
mod workers;

pub use bound_plan::BoundPlan;
pub use buffers::Buffers;
pub use queue::Readback;
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use threads::{join_threads, open_threads};

use std::rc::Rc;

use crate::{
    gpu::{AdapterReport, PROCESSOR},
    plan::{Counters, Counting, Dispatch},
};
use queue::Queue;
use workers::Workers;

/// The processor. Clones share its threads, its queue and its counters.
#[derive(Clone)]
pub struct Processor(Rc<Inner>);

struct Inner {
    workers: Workers,
    queue: Queue,
    counting: Counting,
    report: AdapterReport,
}

impl Processor {
    /// Every core of this machine; in a browser the threads that the page has started.
    pub fn open() -> Self {
        Self::of(Workers::all())
    }

    /// Whether it has vector instructions, without which it is slower than it is worth.
    #[cfg(target_arch = "wasm32")]
    pub fn has_vectors() -> bool {
        cfg!(target_feature = "simd128")
    }

    /// At most `threads` threads.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_threads(threads: usize) -> Self {
        Self::of(Workers::new(threads))
    }

    fn of(workers: Workers) -> Self {
        let report =
            AdapterReport { name: workers.to_string(), backend: PROCESSOR.to_owned(), software: true };
        Self(Rc::new(Inner { workers, queue: Queue::default(), counting: Counting::default(), report }))
    }

    /// What it is.
    pub fn report(&self) -> &AdapterReport {
        &self.0.report
    }

    /// The counters as of now; the difference of two is what was asked in between.
    pub fn counters(&self) -> Counters {
        self.0.counting.get()
    }

    /// Whether it has the kernel of this dispatch.
    pub fn executes(&self, dispatch: &Dispatch) -> bool {
        kernels::of(self.workers(), dispatch).is_some()
    }

    fn workers(&self) -> &Workers {
        &self.0.workers
    }

    fn count(&self, change: impl FnOnce(&mut Counters)) {
        self.0.counting.count(change);
    }
}
