//! A network is a list of layers.

mod spec;

pub use spec::{LayerSpec, ModelSpec};
