//! Code for software adapters only: tensors in textures, and pipelines compiled in advance.

#[cfg(target_arch = "wasm32")]
mod compile;
mod texels;

pub use texels::Loads;
pub(super) use texels::{create_texture, length_constant};
