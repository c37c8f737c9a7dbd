//! What computes a run: a graphics card where there is one, else the processor.

use emascope::executor::{Compute, Executor};
use emascope::gpu::Gpu;
use emascope::processor::Processor;
use pollster::block_on;

/// Flags of the commands that compute.
#[derive(Clone, Debug, clap::Args)]
pub struct ComputeFlags {
    /// What computes: `auto` is a graphics card, or the processor where there is none; `gpu` also takes a software adapter
    #[arg(long, value_enum, value_name = "WHAT", default_value = "auto")]
    compute: Compute,
    /// Run on this adapter: part of its name, or its number in `emascope adapters`
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Use default tile sizes for the convolutions; skip autotuning
    #[arg(long)]
    pub no_tune: bool,
}

impl ComputeFlags {
    /// Opens what they ask for. `say` reports what had to be passed over.
    ///
    /// # Errors
    /// An adapter that is not there or does not open.
    pub fn open(&self, say: impl Fn(&str)) -> anyhow::Result<Executor> {
        let wants_adapter = self.adapter.is_some() || std::env::var_os("WGPU_ADAPTER_NAME").is_some();
        Ok(match self.compute {
            Compute::Processor if self.adapter.is_some() => {
                return Err(super::arguments::UsageError(
                    "--adapter names a graphics adapter, which --compute processor does not use".to_owned(),
                )
                .into());
            }
            Compute::Processor => Processor::open().into(),
            Compute::Auto if !wants_adapter => block_on(Executor::open_and_note(&mut |line| say(line))),
            Compute::Auto | Compute::Gpu => {
                block_on(Gpu::open_adapter(self.adapter.as_deref(), &mut |line| say(line)))?.into()
            }
        })
    }
}
