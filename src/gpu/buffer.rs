use wgpu::util::DeviceExt;

use super::{Gpu, GpuError};
use crate::plan::{Memory, Slot, View};

/// The buffers behind a [`Memory`]'s slots.
pub struct Buffers {
    buffers: Vec<wgpu::Buffer>,
}

impl Buffers {
    /// Allocates every slot of `memory`, zeroed.
    ///
    /// # Errors
    /// [`GpuError::Limit`] names the first slot that the adapter's limits forbid; [`GpuError::OutOfMemory`].
    pub async fn allocate(gpu: &Gpu, memory: &Memory) -> Result<Self, GpuError> {
        let limits = gpu.device.limits();
        let slots = memory.slots();
        for (label, bytes) in &slots {
            let allowances = [
                ("maxStorageBufferBindingSize", limits.max_storage_buffer_binding_size),
                ("maxBufferSize", limits.max_buffer_size),
            ];
            for (limit, allowed) in allowances {
                if *bytes > allowed {
                    return Err(GpuError::Limit { what: label.clone(), bytes: *bytes, limit, allowed });
                }
            }
        }
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        gpu.counting.count(|counters| counters.allocations += slots.len() as u64);
        let buffers = slots
            .iter()
            .map(|(label, size)| {
                gpu.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size: *size,
                    usage: wgpu::BufferUsages::STORAGE
                        | wgpu::BufferUsages::COPY_SRC
                        | wgpu::BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            })
            .collect();
        match scope.pop().await {
            None => Ok(Self { buffers }),
            Some(error) => Err(GpuError::OutOfMemory {
                what: "the training run".to_owned(),
                bytes: memory.bytes(),
                reason: error.to_string(),
            }),
        }
    }

    /// Writes `data` at byte `offset` of a slot, before the next submit.
    pub fn write<T: bytemuck::NoUninit>(&self, gpu: &Gpu, slot: Slot, offset: u64, data: &[T]) {
        let bytes: &[u8] = bytemuck::cast_slice(data);
        gpu.counting.count(|counters| {
            counters.uploads += 1;
            counters.uploaded_bytes += bytes.len() as u64;
        });
        gpu.queue.write_buffer(self.get(slot), offset, bytes);
    }

    /// Copies views of `source` to the beginnings of views of this, each as long as the source's, in queue order.
    pub fn copy_from(&self, gpu: &Gpu, source: &Self, pairs: &[(View, View)]) {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copy") });
        for (from, to) in pairs {
            let (from_buffer, to_buffer) = (source.get(from.slot), self.get(to.slot));
            encoder.copy_buffer_to_buffer(from_buffer, from.offset, to_buffer, to.offset, from.bytes);
        }
        gpu.submit(encoder);
    }

    pub(crate) fn get(&self, slot: Slot) -> &wgpu::Buffer {
        &self.buffers[slot.index()]
    }
}

impl Gpu {
    /// Sends off what `encoder` holds.
    pub(super) fn submit(&self, encoder: wgpu::CommandEncoder) -> wgpu::SubmissionIndex {
        self.counting.count(|counters| counters.submits += 1);
        self.queue.submit([encoder.finish()])
    }

    /// A uniform buffer that holds `words` for good; padded to the 16 bytes that a struct may be rounded up to.
    pub(super) fn uniform(&self, words: &[u32]) -> wgpu::Buffer {
        let mut words = words.to_vec();
        words.resize(words.len().next_multiple_of(4), 0);
        self.counting.count(|counters| counters.allocations += 1);
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("uniform"),
            contents: bytemuck::cast_slice(&words),
            usage: wgpu::BufferUsages::UNIFORM,
        })
    }
}
