//! Batch norm and group norm.

mod batch;
mod group;
mod pass;
mod statistics;

pub use batch::*;
pub use group::*;
pub use pass::*;
pub use statistics::{Moments, norm_statistics};

use statistics::moments;
