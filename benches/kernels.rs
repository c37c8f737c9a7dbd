//! `cargo bench`: each kernel alone, with the shapes it has in a training step of `tiny` at batch 64.
//!
//! Criterion compares with the last run. `cargo bench -- conv` takes those whose name contains `conv`; `emascope bench` tells
//! the same kernels' times within a step, beside the adapter's ceilings.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emascope::config::Experiment;
use emascope::data::synthetic::{SEED, synthetic};
use emascope::gpu::{Buffers, Gpu, Recording};
use emascope::trainer::PlannedTrainer;
use pollster::block_on;

fn kernels(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
    let experiment = Experiment::default();
    let planned = PlannedTrainer::new(&gpu, &experiment, &synthetic(SEED, 1_000, 100)).expect("tiny fits");
    let (plan, memory) = planned.step();
    let buffers = block_on(Buffers::allocate(&gpu, memory)).unwrap_or_else(|error| panic!("{error}"));
    let mut seen = HashSet::new();
    for dispatch in plan {
        let constants: Vec<String> = dispatch.constants.iter().map(|(_, value)| value.to_string()).collect();
        let shape = format!("{} {:?} {:?}", constants.join(","), dispatch.uniform, dispatch.workgroups);
        if !seen.insert((dispatch.kernel.name, shape)) {
            continue;
        }
        let nth = seen.iter().filter(|(name, _)| *name == dispatch.kernel.name).count();
        let (kilobytes, megaflops) = (dispatch.moved / 1_000, dispatch.flops / 1_000_000);
        let work = match megaflops {
            0 => format!("{nth}: {kilobytes} kB"),
            _ => format!("{nth}: {megaflops} MFLOP, {kilobytes} kB"),
        };
        let recording = Recording::new(&gpu, [dispatch], &buffers, &[]);
        let mut group = criterion.benchmark_group(dispatch.kernel.name);
        group.throughput(match dispatch.flops {
            0 => Throughput::Bytes(dispatch.moved),
            flops => Throughput::Elements(flops),
        });
        group.bench_function(BenchmarkId::from_parameter(work), |bencher| {
            bencher.iter_custom(|launches| {
                let start = Instant::now();
                recording.submit(&gpu, launches as usize);
                block_on(gpu.finished()).unwrap_or_else(|error| panic!("{error}"));
                start.elapsed()
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = kernels
}
criterion_main!(benches);
