use wgpu::util::DeviceExt;

use super::{Gpu, GpuError, owned::Owned, software::create_texture};
use crate::plan::{Memory, PlannedSlot, Slot, Storage, TEXELS_A_ROW, View};

/// The buffers and textures of a [`Memory`]'s slots.
pub struct Buffers {
    slots: Vec<Allocated>,
}

/// An allocated slot.
enum Allocated {
    Buffer(Owned<wgpu::Buffer>),
    Texels(Owned<wgpu::TextureView>),
}

impl Buffers {
    /// Allocates every slot of `memory`, zeroed.
    ///
    /// # Errors
    /// [`GpuError::Limit`] names the first slot that the adapter's limits forbid; [`GpuError::OutOfMemory`].
    pub async fn allocate(gpu: &Gpu, memory: &Memory) -> Result<Self, GpuError> {
        let limits = gpu.device.limits();
        let slots = memory.slots();
        let texels = 16 * TEXELS_A_ROW * u64::from(limits.max_texture_dimension_2d);
        for PlannedSlot { label, bytes, storage } in &slots {
            let allowances = match storage {
                Storage::Buffer => vec![
                    ("maxStorageBufferBindingSize", limits.max_storage_buffer_binding_size),
                    ("maxBufferSize", limits.max_buffer_size),
                ],
                Storage::Texels => vec![("largest texture (maxTextureDimension2D)", texels)],
            };
            for (limit, allowed) in allowances {
                if *bytes > allowed {
                    return Err(GpuError::Limit { what: label.clone(), bytes: *bytes, limit, allowed });
                }
            }
        }
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = |label: &str, size: u64| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage: wgpu::BufferUsages::STORAGE
                    | wgpu::BufferUsages::COPY_SRC
                    | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let allocated = |PlannedSlot { label, bytes, storage }: &PlannedSlot| match storage {
            Storage::Buffer => Allocated::Buffer(Owned::new(gpu, buffer(label, *bytes))),
            Storage::Texels => Allocated::Texels(Owned::new(gpu, create_texture(&gpu.device, label, *bytes))),
        };
        let slots: Vec<_> = slots.iter().map(allocated).collect();
        match scope.pop().await {
            None => Ok(Self { slots }),
            Some(error) => Err(GpuError::OutOfMemory {
                what: "the training run".to_owned(),
                bytes: memory.bytes(),
                reason: error.to_string(),
            }),
        }
    }

    /// Frees the memory now instead of when this is dropped. Work submitted before is still done.
    pub fn release(&self) {
        for slot in &self.slots {
            match slot {
                Allocated::Buffer(buffer) => buffer.release(),
                Allocated::Texels(texels) => texels.release(),
            }
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

    /// Copies views of `source` to the beginnings of views of these buffers, in queue order; each copy has the length of
    /// the source view.
    pub fn copy_from(&self, gpu: &Gpu, source: &Self, pairs: &[(View, View)]) {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("copy") });
        for (from, to) in pairs {
            let (from_buffer, to_buffer) = (source.get(from.slot), self.get(to.slot));
            encoder.copy_buffer_to_buffer(from_buffer, from.offset, to_buffer, to.offset, from.bytes);
        }
        gpu.submit(encoder);
    }

    /// The resource to bind: a range of a buffer, or a whole texture.
    pub(super) fn resource(&self, view: View) -> wgpu::BindingResource<'_> {
        match &self.slots[view.slot.index()] {
            Allocated::Buffer(buffer) => wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: view.offset,
                size: wgpu::BufferSize::new(view.bytes),
            }),
            Allocated::Texels(texels) => {
                assert_eq!(view.offset, 0, "a texture is bound as a whole");
                wgpu::BindingResource::TextureView(texels)
            }
        }
    }

    pub(super) fn get(&self, slot: Slot) -> &wgpu::Buffer {
        match &self.slots[slot.index()] {
            Allocated::Buffer(buffer) => buffer,
            Allocated::Texels(_) => panic!("a texture is neither written nor read back"),
        }
    }
}

impl Gpu {
    /// Submits the commands of `encoder`.
    pub(super) fn submit(&self, encoder: wgpu::CommandEncoder) -> wgpu::SubmissionIndex {
        self.counting.count(|counters| counters.submits += 1);
        self.queue.submit([encoder.finish()])
    }

    /// A uniform buffer with the constant contents `words`, padded to the 16 bytes that a struct may be rounded up to.
    pub(super) fn uniform(&self, words: &[u32]) -> Owned<wgpu::Buffer> {
        let mut words = words.to_vec();
        words.resize(words.len().next_multiple_of(4), 0);
        let buffer = self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("uniform"),
            contents: bytemuck::cast_slice(&words),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        Owned::new(self, buffer)
    }
}
