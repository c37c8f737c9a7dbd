use super::{Buffers, Gpu, Readback, buffer::Allocated, kernel::Bound};
use crate::plan::{Access, Dispatch, Slot, Storage, View};

/// A plan bound to buffers: pipelines and bind groups, ready to be encoded any number of times.
pub struct Recording {
    launches: Vec<Launch>,
}

struct Launch {
    kernel: &'static str,
    flops: u64,
    moved: u64,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    workgroups: [u32; 2],
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

/// Measured time of one dispatch of a recording.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KernelTime {
    /// Stem of the kernel.
    pub kernel: &'static str,
    /// Seconds by the adapter's clock.
    pub seconds: f64,
    /// Arithmetic of its definition.
    pub flops: u64,
    /// Bytes that its definition reads and writes.
    pub moved: u64,
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
                let pipeline =
                    gpu.pipeline(dispatch.kernel, &dispatch.constants, &bound, !dispatch.uniform.is_empty());
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

    /// Encodes the plan once.
    pub(crate) fn replay(&self, pass: &mut wgpu::ComputePass<'_>) {
        for launch in &self.launches {
            pass.set_pipeline(&launch.pipeline);
            pass.set_bind_group(0, &launch.bindings, &[]);
            pass.dispatch_workgroups(launch.workgroups[0], launch.workgroups[1], 1);
        }
    }

    /// Encodes and submits the plan `repeats` times.
    pub fn submit(&self, gpu: &Gpu, repeats: usize) -> wgpu::SubmissionIndex {
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("plan") });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for _ in 0..repeats {
                self.replay(&mut pass);
            }
        }
        let dispatches = (repeats * self.launches.len()) as u64;
        gpu.counting.count(|counters| counters.dispatches += dispatches);
        gpu.submit(encoder)
    }

    /// Submits the plan once, each dispatch in a pass of its own, reading the adapter's clock around each. `None`, and
    /// nothing submitted, where the adapter has no timestamp queries.
    pub fn submit_timed(&self, gpu: &Gpu) -> Option<(Readback, Timing)> {
        if !gpu.has_clock() {
            return None;
        }
        let stamps = 2 * self.launches.len() as u32;
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("kernel times"),
            ty: wgpu::QueryType::Timestamp,
            count: stamps,
        });
        let bytes = u64::from(stamps) * 8;
        let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("kernel times"),
            size: bytes,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("timed plan") });
        for (i, launch) in (0..).zip(&self.launches) {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(launch.kernel),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &queries,
                    beginning_of_pass_write_index: Some(2 * i),
                    end_of_pass_write_index: Some(2 * i + 1),
                }),
            });
            pass.set_pipeline(&launch.pipeline);
            pass.set_bind_group(0, &launch.bindings, &[]);
            pass.dispatch_workgroups(launch.workgroups[0], launch.workgroups[1], 1);
        }
        encoder.resolve_query_set(&queries, 0..stamps, &resolved, 0);
        gpu.submit(encoder);
        let readback = Readback::start(gpu, &[(&resolved, 0, bytes)]);
        let nanoseconds_a_tick = f64::from(gpu.queue.get_timestamp_period());
        let launches = self.launches.iter().map(|one| (one.kernel, one.flops, one.moved)).collect();
        Some((readback, Timing { launches, nanoseconds_a_tick }))
    }
}

/// How to read the clock's ticks of [`Recording::submit_timed`].
pub struct Timing {
    /// Kernel, arithmetic and bytes of each dispatch.
    launches: Vec<(&'static str, u64, u64)>,
    nanoseconds_a_tick: f64,
}

impl Timing {
    /// The time of each dispatch from the bytes of the read-back.
    pub fn read(&self, bytes: &[u8]) -> Vec<KernelTime> {
        let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(bytes);
        let time = |(&(kernel, flops, moved), ticks): (&(&'static str, u64, u64), &[u64])| {
            let seconds = ticks[1].saturating_sub(ticks[0]) as f64 * self.nanoseconds_a_tick * 1e-9;
            KernelTime { kernel, seconds, flops, moved }
        };
        self.launches.iter().zip(ticks.chunks_exact(2)).map(time).collect()
    }
}
