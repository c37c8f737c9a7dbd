use std::ops::Range;

use super::{Buffers, Gpu, owned::Owned};
use crate::plan::{Dispatch, Slot, View};

/// A plan bound to buffers: pipelines and bind groups, ready to be encoded any number of times.
pub struct BoundPlan {
    pub(super) launches: Vec<Launch>,
}

pub(super) struct Launch {
    pub kernel: &'static str,
    pub flops: u64,
    pub moved: u64,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    /// Bound by `bindings`, and freed with them.
    uniform: Option<Owned<wgpu::Buffer>>,
    workgroups: [u32; 2],
}

impl Launch {
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.workgroups[0], self.workgroups[1], 1);
    }
}

impl BoundPlan {
    /// Compiles the pipelines and makes the bind groups of `plan`. Ranges of a slot in `substitutes` bind the slot given
    /// there, from the byte offset given there on.
    pub fn new<'a>(
        gpu: &Gpu,
        plan: impl IntoIterator<Item = &'a Dispatch>,
        buffers: &Buffers,
        substitutes: &[(Slot, (Slot, u64))],
    ) -> Self {
        let resource = |view: View| {
            let stands_for = substitutes.iter().find(|(from, _)| *from == view.slot);
            let (slot, base) = stands_for.map_or((view.slot, 0), |substitute| substitute.1);
            buffers.resource(View { slot, offset: base + view.offset, ..view })
        };
        let launches = plan
            .into_iter()
            .map(|dispatch| {
                let pipeline = gpu.pipeline(dispatch);
                let uniform = (!dispatch.uniform.is_empty()).then(|| gpu.uniform(&dispatch.uniform));
                let sampler = gpu.wants_sampler(dispatch).then_some(&gpu.sampler);
                let resources = dispatch.bindings.iter().map(|(_, view)| resource(*view));
                let resources = resources
                    .chain(uniform.iter().map(|uniform| uniform.as_entire_binding()))
                    .chain(sampler.map(wgpu::BindingResource::Sampler));
                let entries: Vec<_> = (0..)
                    .zip(resources)
                    .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
                    .collect();
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
                    uniform,
                    workgroups: dispatch.workgroups,
                }
            })
            .collect();
        Self { launches }
    }

    /// Frees what only this plan holds; it can no longer be encoded.
    pub fn release(&self) {
        for uniform in self.launches.iter().filter_map(|launch| launch.uniform.as_ref()) {
            uniform.release();
        }
    }

    /// Encodes and submits the plan `repeats` times.
    pub fn submit(&self, gpu: &Gpu, repeats: usize) -> wgpu::SubmissionIndex {
        submit(gpu, &self.launches, repeats)
    }

    /// Encodes and submits these dispatches of the plan once.
    pub fn submit_part(&self, gpu: &Gpu, part: Range<usize>) -> wgpu::SubmissionIndex {
        submit(gpu, &self.launches[part], 1)
    }
}

fn submit(gpu: &Gpu, launches: &[Launch], repeats: usize) -> wgpu::SubmissionIndex {
    let mut encoder =
        gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("plan") });
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for _ in 0..repeats {
            launches.iter().for_each(|launch| launch.encode(&mut pass));
        }
    }
    let dispatches = (repeats * launches.len()) as u64;
    gpu.counting.count(|counters| counters.dispatches += dispatches);
    gpu.submit(encoder)
}
