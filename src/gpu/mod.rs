//! The only room that names a wgpu descriptor: adapter and device, pipelines, buffers, read-back.

#[cfg(not(target_arch = "wasm32"))]
mod adapters;
mod buffer;
#[cfg(target_arch = "wasm32")]
mod compile;
mod counters;
mod device;
mod instance;
mod kernel;
mod owned;
mod readback;
mod recording;
mod texels;
#[cfg(not(target_arch = "wasm32"))]
mod timing;

#[cfg(not(target_arch = "wasm32"))]
pub use adapters::{AdapterKind, ListedAdapter, adapters};
pub use buffer::Buffers;
pub use counters::Counters;
pub use device::{AdapterReport, Gpu, GpuError};
pub use kernel::Kernel;
pub use readback::Readback;
pub use recording::Recording;
pub use texels::Loads;
#[cfg(not(target_arch = "wasm32"))]
pub use timing::KernelTime;
