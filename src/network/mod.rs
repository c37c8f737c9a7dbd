//! The description of a network before it is built: layers by name, presets, shapes, and the tensors of its parameters.

mod parameter;
mod preset;
mod shape;
mod spec;

pub use parameter::{Group, Initial, Parameter, ParameterKind};
pub use preset::{Norm, Preset};
pub use shape::{INPUT, MAX_FLOATS, Shape, ShapeError};
pub(crate) use spec::modules;
pub use spec::{LayerSpec, ModelSpec};
