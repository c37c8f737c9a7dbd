use super::{Buffers, Gpu, buffer::Allocated, kernel::Bound};
use crate::plan::{Access, Dispatch, Slot, Storage, View};

/// A plan bound to buffers: pipelines and bind groups, ready to be encoded any number of times.
pub struct Recording {
    pub(super) launches: Vec<Launch>,
}

pub(super) struct Launch {
    #[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "read where kernels are timed"))]
    pub kernel: &'static str,
    pub flops: u64,
    pub moved: u64,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    workgroups: [u32; 2],
}

impl Launch {
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.workgroups[0], self.workgroups[1], 1);
    }
}

fn bound((allocated, access, view): &(&Allocated, Access, View)) -> Bound {
    match allocated {
        Allocated::Buffer(_) => (Storage::Buffer, *access, view.bytes),
        Allocated::Texels(_) => {
            assert_eq!(view.offset, 0, "a texture is bound as a whole");
            (Storage::Texels, *access, view.bytes)
        }
    }
}

impl Recording {
    /// Compiles the pipelines and makes the bind groups of `plan`. Ranges of a slot in `substitutes` bind the slot given
    /// there, from the byte offset given there on.
    pub fn new<'a>(
        gpu: &Gpu,
        plan: impl IntoIterator<Item = &'a Dispatch>,
        buffers: &Buffers,
        substitutes: &[(Slot, (Slot, u64))],
    ) -> Self {
        let place = |access: Access, view: View| {
            let stands_for = substitutes.iter().find(|(from, _)| *from == view.slot);
            let (slot, base) = stands_for.map_or((view.slot, 0), |substitute| substitute.1);
            (buffers.allocated(slot), access, View { slot, offset: base + view.offset, ..view })
        };
        let launches = plan
            .into_iter()
            .map(|dispatch| {
                let places: Vec<(&Allocated, Access, View)> =
                    dispatch.bindings.iter().map(|&(access, view)| place(access, view)).collect();
                let bound: Vec<Bound> = places.iter().map(bound).collect();
                let pipeline = gpu.pipeline(dispatch, &bound);
                let uniform = (!dispatch.uniform.is_empty()).then(|| gpu.uniform(&dispatch.uniform));
                let mut entries: Vec<_> = (0..)
                    .zip(&places)
                    .map(|(binding, (allocated, _, view))| wgpu::BindGroupEntry {
                        binding,
                        resource: match allocated {
                            Allocated::Texels(texels) => wgpu::BindingResource::TextureView(texels),
                            Allocated::Buffer(buffer) => wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                                buffer,
                                offset: view.offset,
                                size: wgpu::BufferSize::new(view.bytes),
                            }),
                        },
                    })
                    .collect();
                entries.extend(uniform.iter().map(|uniform| wgpu::BindGroupEntry {
                    binding: dispatch.bindings.len() as u32,
                    resource: uniform.as_entire_binding(),
                }));
                if bound.iter().any(|&(storage, access, _)| gpu.loads.want_sampler(storage, access)) {
                    entries.push(wgpu::BindGroupEntry {
                        binding: entries.len() as u32,
                        resource: wgpu::BindingResource::Sampler(&gpu.sampler),
                    });
                }
                let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(dispatch.kernel.name),
                    layout: &pipeline.get_bind_group_layout(0),
                    entries: &entries,
                });
                Launch {
                    kernel: dispatch.kernel.name,
                    flops: dispatch.flops,
                    moved: dispatch.moved,
                    pipeline,
                    bindings,
                    workgroups: dispatch.workgroups,
                }
            })
            .collect();
        Self { launches }
    }

    /// Number of dispatches.
    pub fn len(&self) -> usize {
        self.launches.len()
    }

    /// Arithmetic of the definitions of all dispatches.
    pub fn flops(&self) -> u64 {
        self.launches.iter().map(|launch| launch.flops).sum()
    }

    /// Bytes that the definitions of all dispatches read and write.
    pub fn moved(&self) -> u64 {
        self.launches.iter().map(|launch| launch.moved).sum()
    }

    /// Whether nothing would be dispatched.
    pub fn is_empty(&self) -> bool {
        self.launches.is_empty()
    }

    /// Encodes and submits the plan `repeats` times.
    pub fn submit(&self, gpu: &Gpu, repeats: usize) -> wgpu::SubmissionIndex {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("plan") });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for _ in 0..repeats {
                self.launches.iter().for_each(|launch| launch.encode(&mut pass));
            }
        }
        let dispatches = (repeats * self.launches.len()) as u64;
        gpu.counting.count(|counters| counters.dispatches += dispatches);
        gpu.submit(encoder)
    }
}
