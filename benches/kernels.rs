//! `cargo bench`: each kernel alone, with the shapes it has in a training step of `tiny` at batch 64.
//!
//! Criterion compares with the last run. `cargo bench -- conv` takes those whose name contains `conv`; `emascope bench` prints
//! the same kernels' times within a step, against the adapter's ceilings.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use emascope::config::Experiment;
use emascope::data::synthetic::{SEED, synthetic};
use emascope::gpu::{BoundPlan, Buffers, Gpu};
use emascope::layers::kernels::{
    ConvOp, KernelSet, conv_forward, conv_forward_plain, conv_grad_weight, conv_grad_weight_plain,
    grad_weight_chunks,
};
use emascope::plan::Memory;
use emascope::trainer::PlannedTrainer;
use pollster::block_on;

fn kernels(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
    let experiment = Experiment::default();
    let planned = PlannedTrainer::new(&gpu.clone().into(), &experiment, &synthetic(SEED, 1_000, 100))
        .expect("tiny fits");
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
        let plan = BoundPlan::new(&gpu, [dispatch], &buffers, &[]);
        let mut group = criterion.benchmark_group(dispatch.kernel.name);
        group.throughput(match dispatch.flops {
            0 => Throughput::Bytes(dispatch.moved),
            flops => Throughput::Elements(flops),
        });
        group.bench_function(BenchmarkId::from_parameter(work), |bencher| {
            bencher.iter_custom(|launches| time(&gpu, &plan, launches));
        });
    }
}

/// "How much did tiling win?": each convolution of the step as it is defined, by registers and by tiles.
fn conv_ladder(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
    let planned =
        PlannedTrainer::new(&gpu.clone().into(), &Experiment::default(), &synthetic(SEED, 1_000, 100))
            .expect("tiny fits");
    for (op, shape) in planned.convolutions().into_iter().filter(|(_, shape)| shape.kernel == 3) {
        let memory = Memory::default();
        let floats = |label, count: usize| memory.fixed(label, 4 * count as u64);
        let (x, y) = (floats("x", shape.input().size()), floats("y", shape.output().size()));
        let w = floats("w", shape.weight_size());
        let most = KernelSet::BOTH.map(|kernels| grad_weight_chunks(kernels, shape)).into_iter().max();
        let partial = floats("partial", most.unwrap_or(1) * shape.weight_size());
        let rung = |kernels| match op {
            ConvOp::Forward => conv_forward(kernels, shape, x, w, None, y),
            ConvOp::GradWeight => {
                let chunks = grad_weight_chunks(kernels, shape);
                let partial = partial.floats(0, chunks * shape.weight_size());
                conv_grad_weight(kernels, shape, chunks, x, y, partial)
            }
        };
        let plain = match op {
            ConvOp::Forward => conv_forward_plain(shape, x, w, None, y),
            ConvOp::GradWeight => conv_grad_weight_plain(shape, 1, x, y, w),
        };
        let buffers = block_on(Buffers::allocate(&gpu, &memory)).unwrap_or_else(|error| panic!("{error}"));
        let mut group =
            criterion.benchmark_group(format!("conv_ladder/{}", emascope::tuning::name(op, shape)));
        group.throughput(Throughput::Elements(plain.flops));
        let rungs = [plain, rung(KernelSet::Register), rung(KernelSet::Tiled(None))];
        for (name, dispatch) in ["plain", "registers", "tiles"].into_iter().zip(rungs) {
            let plan = BoundPlan::new(&gpu, [&dispatch], &buffers, &[]);
            group.bench_function(name, |bencher| bencher.iter_custom(|launches| time(&gpu, &plan, launches)));
        }
    }
}

/// The time of `launches` launches.
fn time(gpu: &Gpu, plan: &BoundPlan, launches: u64) -> Duration {
    let start = Instant::now();
    plan.submit(gpu, launches as usize);
    block_on(gpu.finished()).unwrap_or_else(|error| panic!("{error}"));
    start.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = kernels, conv_ladder
}
criterion_main!(benches);
