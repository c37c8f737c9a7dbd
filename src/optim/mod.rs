//! From gradients to weights: the optimizer and its learning rate.

mod adam;
mod schedule;

pub use adam::{AdamHeader, adam};
pub use schedule::learning_rate;
