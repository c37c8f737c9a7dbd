//! What only adapters that compute on the processor need: tensors in textures, and pipelines compiled ahead.

#[cfg(target_arch = "wasm32")]
mod compile;
mod texels;

pub use texels::Loads;
pub(super) use texels::{create_texture, length_constant};
