use std::cell::Cell;

use super::Gpu;

/// What has been asked of an adapter since it was opened. Unlike times, these numbers are the same at every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Command buffers that went out, read-backs included.
    pub submits: u64,
    /// Launches of kernels.
    pub dispatches: u64,
    /// Writes from the processor's memory.
    pub uploads: u64,
    /// Bytes of these writes.
    pub uploaded_bytes: u64,
    /// Copies on their way to the processor's memory.
    pub readbacks: u64,
    /// Buffers and textures allocated, the buffers of read-backs included.
    pub allocations: u64,
    /// Those of them that were given back.
    pub releases: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
}

impl std::ops::Sub for Counters {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            submits: self.submits - earlier.submits,
            dispatches: self.dispatches - earlier.dispatches,
            uploads: self.uploads - earlier.uploads,
            uploaded_bytes: self.uploaded_bytes - earlier.uploaded_bytes,
            readbacks: self.readbacks - earlier.readbacks,
            allocations: self.allocations - earlier.allocations,
            releases: self.releases - earlier.releases,
            pipelines: self.pipelines - earlier.pipelines,
        }
    }
}

/// Counters that clones of a [`Gpu`] share.
#[derive(Default)]
pub(super) struct Counting(Cell<Counters>);

impl Counting {
    pub fn count(&self, change: impl FnOnce(&mut Counters)) {
        let mut counters = self.0.get();
        change(&mut counters);
        self.0.set(counters);
    }
}

impl Gpu {
    /// The counters as of now; the difference of two is what was asked in between.
    pub fn counters(&self) -> Counters {
        self.counting.0.get()
    }
}
