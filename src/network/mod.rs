//! The description of a network before it is built: layers by name, presets, shapes, and the tensors of its parameters.

mod parameter;
mod preset;
mod shape;
mod spec;

/// PyTorch's default ε of batch and group norm.
pub const NORM_EPSILON: f64 = 1e-5;

/// PyTorch's default momentum of batch norm's running statistics.
pub const BATCH_NORM_MOMENTUM: f64 = 0.1;

pub use parameter::{Group, Initial, Parameter, ParameterKind};
pub use preset::{Norm, Preset};
pub use shape::{INPUT, MAX_FLOATS, Shape, ShapeError};
pub(crate) use spec::modules;
pub use spec::{LayerSpec, ModelSpec};
