use std::{cell::Cell, ops::Deref, rc::Rc};

use super::Gpu;
use crate::plan::Counting;

/// A resource that takes memory on the adapter until it is destroyed.
pub(super) trait Destroy {
    fn destroy(&self);
}

impl Destroy for wgpu::Buffer {
    fn destroy(&self) {
        Self::destroy(self);
    }
}

impl Destroy for wgpu::TextureView {
    fn destroy(&self) {
        self.texture().destroy();
    }
}

impl Destroy for wgpu::QuerySet {
    fn destroy(&self) {
        Self::destroy(self);
    }
}

/// Memory on the adapter that is freed when its owner is dropped. A browser would free it only at a garbage collection,
/// which does not know how much memory is behind it. Work submitted before is still done.
pub(super) struct Owned<T: Destroy> {
    resource: T,
    counting: Rc<Counting>,
    released: Cell<bool>,
}

impl<T: Destroy> Owned<T> {
    pub fn new(gpu: &Gpu, resource: T) -> Self {
        gpu.counting.count(|counters| counters.allocations += 1);
        Self { resource, counting: Rc::clone(&gpu.counting), released: Cell::new(false) }
    }

    /// Frees the memory now.
    pub fn release(&self) {
        if !self.released.replace(true) {
            self.resource.destroy();
            self.counting.count(|counters| counters.releases += 1);
        }
    }
}

impl<T: Destroy> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.resource
    }
}

impl<T: Destroy> Drop for Owned<T> {
    fn drop(&mut self) {
        self.release();
    }
}
