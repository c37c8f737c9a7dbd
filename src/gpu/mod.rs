//! The only module that names wgpu descriptors: adapter and device, pipelines, buffers, read-back.

#[cfg(not(target_arch = "wasm32"))]
mod adapters;
mod bound_plan;
mod buffer;
mod device;
mod instance;
mod owned;
mod pipeline;
mod readback;
mod software;
mod timing;

#[cfg(not(target_arch = "wasm32"))]
pub use adapters::{AdapterKind, ListedAdapter, adapters};
pub use bound_plan::BoundPlan;
pub use buffer::Buffers;
pub use device::{AdapterReport, Gpu, GpuError, PROCESSOR};
pub use readback::Readback;
pub use software::Loads;
