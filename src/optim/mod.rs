//! From gradients to weights: the optimizer, the groups of parameters that have learning rates of their own, and the schedule.

mod adam;
mod group;
mod lookahead;
mod schedule;
mod sgd;

pub use adam::{AdamHeader, adam};
pub use group::{Header, Headers, headers, update};
pub use lookahead::{lookahead, lookahead_rate};
pub use schedule::learning_rate;
pub use sgd::{SgdHeader, sgd};
