//! A network is a list of layers.

mod parameter;
mod spec;

pub use parameter::{Parameter, ParameterKind};
pub use spec::{LayerSpec, ModelSpec};
