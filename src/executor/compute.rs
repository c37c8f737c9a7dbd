#[cfg(target_arch = "wasm32")]
use super::Executor;
#[cfg(target_arch = "wasm32")]
use crate::{
    gpu::{Gpu, GpuError},
    processor::Processor,
};

/// What computes runs, as a user chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[cfg_attr(
    target_arch = "wasm32",
    derive(serde::Serialize, serde::Deserialize, tsify::Tsify),
    serde(rename_all = "lowercase")
)]
pub enum Compute {
    /// A graphics card where there is one, else the processor. In a browser any adapter goes before the processor.
    #[default]
    Auto,
    /// A graphics adapter; a software adapter too.
    Gpu,
    /// The processor.
    Processor,
}

#[cfg(target_arch = "wasm32")]
impl Executor {
    /// Opens what `compute` chooses.
    ///
    /// # Errors
    /// A browser without WebGPU or without an adapter, where the processor is not wanted, or has no vector instructions.
    pub async fn open(compute: Compute) -> Result<Self, GpuError> {
        if compute == Compute::Processor {
            return Ok(Processor::open().into());
        }
        match Gpu::open().await {
            Ok(gpu) => Ok(gpu.into()),
            Err(GpuError::NoWebGpu | GpuError::NoAdapter(_) | GpuError::NoDevice { .. })
                if compute == Compute::Auto && Processor::has_vectors() =>
            {
                Ok(Processor::open().into())
            }
            Err(error) => Err(error),
        }
    }
}
