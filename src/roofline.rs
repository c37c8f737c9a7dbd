//! The ceilings of an adapter, measured by two kernels that do nothing else.
//!
//! A kernel's time is at least its arithmetic divided by one rate and its bytes divided by the other (Williams, Waterman,
//! Patterson 2009, "Roofline"); the share of the nearer ceiling shows how much is left to gain.

use std::{collections::BTreeMap, time::Duration};

use web_time::Instant;

use crate::{
    executor::{BoundPlan, Buffers, Executor},
    gpu::GpuError,
    kernel,
    layers::kernels::{Tiles, copy},
    plan::{Dispatch, Kernel, KernelTime, Lease, Memory, View, read, read_write},
};

/// Quads that the arithmetic is spread over.
const QUADS: usize = 1 << 16;

/// Bytes of the copy's source: more than the caches of a processor hold, or of a graphics card.
const COPY_BYTES: u64 = 128 << 20;

/// Number of runs, of which the fastest counts.
const RUNS: usize = 5;

/// The least time of a run, compared with which the clock's resolution and the cost of a submit are small.
const RUN: Duration = Duration::from_millis(50);

/// The two ceilings of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Roofline {
    /// Multiplications and additions per second, in 10⁹.
    pub gflops_per_second: f64,
    /// Bytes read and written per second, in 10⁹.
    pub gigabytes_per_second: f64,
}

impl Roofline {
    /// Measures an adapter, which should be idle otherwise.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn measure(executor: &Executor) -> Result<Self, GpuError> {
        let memory = Memory::default();
        let coefficients = memory.fixed("roofline coefficients", 16);
        let out = memory.fixed("roofline sums", 16 * QUADS as u64);
        let bytes = COPY_BYTES.min(executor.largest_binding() / 256 * 256);
        let storage = executor.profile(Tiles::new()).storage;
        let tensors = ["roofline source", "roofline copy"]
            .map(|label| memory.lease(label, bytes as usize / 4, storage));
        let [from, to] = tensors.each_ref().map(Lease::view);
        let buffers = Buffers::allocate(executor, &memory).await?;
        // A factor just below 1 keeps the numbers in range.
        buffers.write(executor, coefficients.slot, 0, &[0.999_f32, 0.001, 0.0, 0.0]);
        let seconds = async |dispatch: &Dispatch, launches| -> Result<f64, GpuError> {
            let plan = BoundPlan::new(executor, std::slice::from_ref(dispatch), &buffers, &[]);
            let mut least = f64::INFINITY;
            for run in 0..=RUNS {
                let start = Instant::now();
                plan.submit(executor, launches);
                executor.finished().await?;
                // The first run compiles and touches the memory.
                if run > 0 {
                    least = least.min(start.elapsed().as_secs_f64());
                }
            }
            Ok(least)
        };
        let mut rounds = 16;
        let gflops_per_second = loop {
            let dispatch = fma(rounds, coefficients, out);
            let seconds = seconds(&dispatch, 1).await?;
            if seconds >= RUN.as_secs_f64() {
                break dispatch.flops as f64 / seconds * 1e-9;
            }
            rounds *= 4;
        };
        let mut copies = 1;
        let gigabytes_per_second = loop {
            let seconds = seconds(&copy(from, to), copies).await?;
            if seconds >= RUN.as_secs_f64() {
                break copies as f64 * 2.0 * bytes as f64 / seconds * 1e-9;
            }
            copies *= 4;
        };
        Ok(Self { gflops_per_second, gigabytes_per_second })
    }

    /// The share of the nearer ceiling that work of these operations and bytes reached, from 0 to 1.
    pub fn share(&self, flops: u64, bytes: u64, seconds: f64) -> f64 {
        let arithmetic = flops as f64 * 1e-9 / self.gflops_per_second;
        let traffic = bytes as f64 * 1e-9 / self.gigabytes_per_second;
        arithmetic.max(traffic) / seconds
    }

    /// One row per kernel, slowest first, of steps whose dispatches were timed; times are means over the steps.
    pub fn rows(&self, steps: &[Vec<KernelTime>]) -> Vec<KernelRow> {
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
        let row = |(kernel, sum): (&'static str, Sum)| KernelRow {
            kernel,
            dispatches: sum.dispatches / steps.len(),
            milliseconds: 1e3 * sum.seconds / steps.len() as f64,
            share: sum.seconds / total,
            gflops_per_second: sum.flops as f64 / sum.seconds * 1e-9,
            gigabytes_per_second: sum.moved as f64 / sum.seconds * 1e-9,
            ceiling: self.share(sum.flops, sum.moved, sum.seconds),
        };
        let mut rows: Vec<KernelRow> = sums.into_iter().map(row).collect();
        rows.sort_by(|a, b| b.milliseconds.total_cmp(&a.milliseconds));
        rows
    }
}

/// The dispatches of one kernel in a step.
#[derive(Clone, Debug, serde::Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct KernelRow {
    /// The kernel's name.
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
    /// Their share of the nearer ceiling, from 0 to 1.
    pub ceiling: f64,
}

/// `shaders/measure/roofline_fma.wgsl`.
pub fn fma(rounds: usize, coefficients: View, out: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "roofline_fma");
    let quads = (out.bytes / 16) as usize;
    Dispatch::new(&KERNEL, &[("ROUNDS", rounds)], [read(coefficients), read_write(out)], quads)
        .with_flops((quads * rounds * 16 * 3 * 4 * 2) as u64)
}
