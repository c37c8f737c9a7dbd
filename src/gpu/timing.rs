//! How long each dispatch of a plan takes.

use web_time::Instant;

use super::{BoundPlan, Gpu, GpuError, Readback, owned::Owned};
use crate::plan::KernelTime;

impl BoundPlan {
    /// Runs the plan once and times each dispatch by the adapter's clock, read before and after. On a software adapter, or
    /// if there is no such clock, each dispatch is submitted by itself and timed by the host's clock. (lavapipe reports the
    /// time of its queue, which runs ahead of the work.)
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Timeout`] or [`GpuError::Readback`].
    pub async fn time(&self, gpu: &Gpu) -> Result<Vec<KernelTime>, GpuError> {
        let seconds =
            if gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) && !gpu.adapter().software {
                self.by_the_adapters_clock(gpu).await?
            } else {
                self.one_by_one(gpu).await?
            };
        let time = |(launch, seconds): (&super::bound_plan::Launch, f64)| KernelTime {
            kernel: launch.kernel,
            seconds,
            flops: launch.flops,
            moved: launch.moved,
        };
        Ok(self.launches.iter().zip(seconds).map(time).collect())
    }

    async fn by_the_adapters_clock(&self, gpu: &Gpu) -> Result<Vec<f64>, GpuError> {
        let stamps = 2 * self.launches.len() as u32;
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("kernel times"),
            ty: wgpu::QueryType::Timestamp,
            count: stamps,
        });
        let bytes = u64::from(stamps) * 8;
        let queries = Owned::new(gpu, queries);
        let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("kernel times"),
            size: bytes,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let resolved = Owned::new(gpu, resolved);
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
            launch.encode(&mut pass);
        }
        encoder.resolve_query_set(&queries, 0..stamps, &resolved, 0);
        gpu.submit(encoder);
        let ticks = Readback::start(gpu, &[(&resolved, 0, bytes)]).take().await?;
        let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(&ticks);
        let tick = f64::from(gpu.queue.get_timestamp_period()) * 1e-9;
        Ok(ticks.chunks_exact(2).map(|ticks| ticks[1].saturating_sub(ticks[0]) as f64 * tick).collect())
    }

    async fn one_by_one(&self, gpu: &Gpu) -> Result<Vec<f64>, GpuError> {
        let mut seconds = Vec::with_capacity(self.launches.len());
        for launch in &self.launches {
            let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            launch.encode(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
            let start = Instant::now();
            gpu.submit(encoder);
            gpu.finished().await?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        Ok(seconds)
    }
}
