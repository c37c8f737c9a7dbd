//! From gradients to weights: the optimizer, the groups of parameters that have learning rates of their own, and the schedule.

mod adam;
mod group;
mod schedule;
mod sgd;

pub use adam::{AdamHeader, adam};
pub use group::{Header, Headers, headers, update};
pub use schedule::learning_rate;
pub use sgd::{SgdHeader, sgd};
