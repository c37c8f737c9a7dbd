//! How long the dispatches of a plan took.

use std::collections::BTreeMap;

/// Measured time of one dispatch of a recording.
#[derive(Clone, Debug, serde::Serialize)]
pub struct KernelTime {
    /// Stem of the kernel.
    pub kernel: &'static str,
    /// Seconds.
    pub seconds: f64,
    /// Multiplications and additions of its definition.
    pub flops: u64,
    /// Bytes that its definition reads and writes.
    pub moved: u64,
}

/// All dispatches of one kernel in a step.
#[derive(Clone, Debug, serde::Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct KernelRow {
    /// Stem of the kernel.
    pub kernel: &'static str,
    /// Their number.
    pub dispatches: usize,
    /// Their time in a step.
    pub milliseconds: f64,
    /// Their share of the step, from 0 to 1.
    pub share: f64,
    /// Multiplications and additions per second, in 10⁹.
    pub gflops_per_second: f64,
    /// Bytes read and written per second, in 10⁹.
    pub gigabytes_per_second: f64,
}

impl KernelRow {
    /// One row per kernel, slowest first, of steps whose dispatches were timed; times are means over the steps.
    pub fn of_steps(steps: &[Vec<KernelTime>]) -> Vec<Self> {
        #[derive(Default)]
        struct Sum {
            dispatches: usize,
            seconds: f64,
            flops: u64,
            moved: u64,
        }
        let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
        for time in steps.iter().flatten() {
            let sum = sums.entry(time.kernel).or_default();
            sum.dispatches += 1;
            // A coarse clock may measure 0 for a short kernel.
            sum.seconds += time.seconds.max(1e-9);
            sum.flops += time.flops;
            sum.moved += time.moved;
        }
        let total: f64 = sums.values().map(|sum| sum.seconds).sum();
        let row = |(kernel, sum): (&'static str, Sum)| Self {
            kernel,
            dispatches: sum.dispatches / steps.len(),
            milliseconds: 1e3 * sum.seconds / steps.len() as f64,
            share: sum.seconds / total,
            gflops_per_second: sum.flops as f64 / sum.seconds * 1e-9,
            gigabytes_per_second: sum.moved as f64 / sum.seconds * 1e-9,
        };
        let mut rows: Vec<Self> = sums.into_iter().map(row).collect();
        rows.sort_by(|a, b| b.milliseconds.total_cmp(&a.milliseconds));
        rows
    }
}
