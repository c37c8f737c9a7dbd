//! The ceilings of an adapter, measured by two kernels that do nothing else.
//!
//! A kernel's time is at least its arithmetic divided by one rate and its bytes divided by the other (Williams, Waterman,
//! Patterson 2009, "Roofline"); the share of the nearer ceiling shows how much is left to gain.

use std::time::{Duration, Instant};

use crate::{
    executor::{BoundPlan, Buffers, Executor},
    gpu::GpuError,
    kernel,
    layers::kernels::{Tiles, copy},
    plan::{Dispatch, Kernel, KernelRow, Lease, Memory, View, read, read_write},
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

    /// The share of the nearer ceiling that a kernel reached, from 0 to 1.
    pub fn share(&self, row: &KernelRow) -> f64 {
        let arithmetic = row.gflops_per_second / self.gflops_per_second;
        let traffic = row.gigabytes_per_second / self.gigabytes_per_second;
        arithmetic.max(traffic)
    }
}

/// `shaders/measure/roofline_fma.wgsl`.
pub fn fma(rounds: usize, coefficients: View, out: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "roofline_fma");
    let quads = (out.bytes / 16) as usize;
    Dispatch::new(&KERNEL, &[("ROUNDS", rounds)], [read(coefficients), read_write(out)], quads)
        .with_flops((quads * rounds * 16 * 3 * 4 * 2) as u64)
}
