//! The subject: exponential moving averages (EMAs) of the weights.
//!
//! ```text
//! v_t = β · v_{t−1} + (1 − β) · w_t,   v_0 = w_0
//! ```
//!
//! after each optimizer step, for a bank of up to eight averages at once (`shaders/ema.wgsl`). Written as
//! `v ← v + a_t (w − v)`, everything that makes one average differ from another (β, a warm-up, skipped steps, what
//! happens to batch norm's buffers) is in its rate a_t, which this module computes in double precision.

mod bank;
mod rate;
mod spec;

pub use bank::{EmaError, ModelEma, update};
pub use rate::{Memory, Rates, rates};
pub use spec::{AverageSpec, BufferPolicy, SpecError, Warmup};

/// Most averages that a bank holds; `BANK` in `shaders/ema.wgsl`.
pub const MAX_AVERAGES: usize = 8;
