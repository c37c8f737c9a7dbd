use std::cell::Cell;

/// Work requested from an executor since it was opened. Unlike times, these numbers are the same in every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Command buffers submitted, including those of read-backs.
    pub submits: u64,
    /// Launches of kernels.
    pub dispatches: u64,
    /// Writes from the host's memory.
    pub uploads: u64,
    /// Bytes of these writes.
    pub uploaded_bytes: u64,
    /// Copies to the host's memory.
    pub readbacks: u64,
    /// Buffers and textures allocated, including the buffers of read-backs.
    pub allocations: u64,
    /// Buffers and textures freed.
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

/// Counters that clones of an executor share.
#[derive(Default)]
pub(crate) struct Counting(Cell<Counters>);

impl Counting {
    pub fn count(&self, change: impl FnOnce(&mut Counters)) {
        let mut counters = self.0.get();
        change(&mut counters);
        self.0.set(counters);
    }

    /// As of now.
    pub fn get(&self) -> Counters {
        self.0.get()
    }
}
