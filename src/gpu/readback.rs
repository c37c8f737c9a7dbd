use futures_channel::oneshot;

use super::{Buffers, Gpu, GpuError, owned::Owned};
use crate::plan::View;

/// A copy of buffer ranges on its way to the processor, taken in queue order after all work submitted before it.
pub struct Readback {
    gpu: Gpu,
    staging: Owned<wgpu::Buffer>,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Readback {
    /// Copies `ranges` (buffer, byte offset, byte length; multiples of 4) one after another and requests them, without
    /// waiting.
    pub(super) fn start(gpu: &Gpu, ranges: &[(&wgpu::Buffer, u64, u64)]) -> Self {
        gpu.counting.count(|counters| counters.readbacks += 1);
        let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: ranges.iter().map(|range| range.2).sum(),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("readback") });
        let mut at = 0;
        for &(buffer, offset, length) in ranges {
            encoder.copy_buffer_to_buffer(buffer, offset, &staging, at, length);
            at += length;
        }
        gpu.submit(encoder);
        let (sender, mapped) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver may have been dropped, which is not an error.
            let _ = sender.send(result);
        });
        Self { gpu: gpu.clone(), staging: Owned::new(gpu, staging), mapped }
    }

    /// Copies views one after another and requests them, without waiting.
    pub fn of_views(gpu: &Gpu, buffers: &Buffers, views: &[View]) -> Self {
        let range = |view: &View| (buffers.get(view.slot), view.offset, view.bytes);
        Self::start(gpu, &views.iter().map(range).collect::<Vec<_>>())
    }

    /// The bytes, once they have arrived.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Timeout`] or [`GpuError::Readback`].
    pub async fn take(mut self) -> Result<Vec<u8>, GpuError> {
        if cfg!(not(target_arch = "wasm32")) {
            self.gpu.poll(true, None)?;
        }
        let result = (&mut self.mapped).await;
        let result = result.map_err(|_| GpuError::Readback("the request was dropped".to_owned()))?;
        self.bytes(result)
    }

    fn bytes(&self, result: Result<(), wgpu::BufferAsyncError>) -> Result<Vec<u8>, GpuError> {
        self.gpu.check()?;
        result.map_err(|error| GpuError::Readback(error.to_string()))?;
        let view =
            self.staging.get_mapped_range(..).map_err(|error| GpuError::Readback(error.to_string()))?;
        Ok(view.to_vec())
    }
}
