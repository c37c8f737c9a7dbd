//! `emascope bench`: how fast a training step is, and where its time goes.

mod work;

use std::collections::BTreeMap;
use std::time::Instant;

use clap::ArgMatches;
use emascope::config::{EmaSpec, Experiment};
use emascope::data::synthetic::{self, synthetic as images};
use emascope::gpu::{Gpu, KernelTime};
use emascope::report::{Style, empty_grid};
use emascope::trainer::{MAX_STEPS_A_SUBMIT, Trainer};
use pollster::block_on;
use serde::Serialize;

use super::arguments::{self, BenchFlags, parsed};

/// Averages of the bank where no flag names others.
const AVERAGES: [f64; 4] = [0.9, 0.98, 0.99, 0.999];

/// Steps before the first sample: they compile the pipelines and warm the caches.
const WARM_UP: u32 = 3;

/// A sample lasts at least this long, in seconds.
const SAMPLE_SECONDS: f64 = 1.0;

#[derive(Serialize)]
struct Report {
    adapter: String,
    network: String,
    parameters: usize,
    batch: u32,
    averages: usize,
    steps_a_sample: u32,
    /// Of each sample, in order.
    images_per_second: Vec<f64>,
    gflops_per_second: f64,
    gpu_bytes: u64,
    gpu_bytes_without_sharing: u64,
    dispatches: usize,
    /// By the adapter's clock; nothing where it has none.
    kernels: Option<Vec<Row>>,
}

/// The dispatches of one kernel in a step.
#[derive(Clone, Default, Serialize)]
struct Row {
    kernel: &'static str,
    dispatches: usize,
    milliseconds: f64,
    share: f64,
    gflops_per_second: f64,
    gigabytes_per_second: f64,
}

/// Runs the command.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: BenchFlags = parsed(matches);
    let base = Experiment { ema: AVERAGES.map(EmaSpec::new).to_vec(), ..Experiment::default() };
    let experiment = arguments::settings_of(base, matches)?;
    experiment.validate()?;
    let dataset = images(synthetic::SEED, synthetic::TRAIN, synthetic::TEST);
    let gpu = block_on(Gpu::open())?;
    if let Some(file) = &flags.export {
        return work::export(&gpu, &experiment, dataset, file);
    }
    let mut trainer = block_on(Trainer::new(&gpu, &experiment, &dataset))?;
    let report = measure(&mut trainer, flags.samples)?;
    let text = if flags.json { serde_json::to_string(&report)? + "\n" } else { as_text(&report) };
    Ok(super::print(&text)?)
}

fn measure(trainer: &mut Trainer, samples: u32) -> anyhow::Result<Report> {
    let mut time = |steps: u32| -> anyhow::Result<f64> {
        let start = Instant::now();
        trainer.train(steps)?;
        block_on(trainer.finish())?;
        Ok(start.elapsed().as_secs_f64())
    };
    time(WARM_UP)?;
    let steps = (SAMPLE_SECONDS / time(1)?).ceil().clamp(1.0, f64::from(32 * MAX_STEPS_A_SUBMIT)) as u32;
    let seconds = (0..samples).map(|_| time(steps)).collect::<anyhow::Result<Vec<f64>>>()?;
    let mut steps_timed: Vec<Vec<KernelTime>> = Vec::new();
    for _ in 0..samples {
        steps_timed.extend(block_on(trainer.time_step())?);
    }
    let experiment = trainer.experiment();
    let images = f64::from(steps) * f64::from(experiment.batch);
    let images_per_second: Vec<f64> = seconds.iter().map(|seconds| images / seconds).collect();
    let flops = trainer.flops_per_step() as f64;
    Ok(Report {
        adapter: trainer.gpu().adapter().to_string(),
        network: trainer.model().name.clone(),
        parameters: trainer.model().parameter_count(),
        batch: experiment.batch,
        averages: experiment.ema.len(),
        steps_a_sample: steps,
        gflops_per_second: flops * median(&images_per_second) / f64::from(experiment.batch) * 1e-9,
        images_per_second,
        gpu_bytes: trainer.gpu_bytes(),
        gpu_bytes_without_sharing: trainer.unshared_gpu_bytes(),
        dispatches: trainer.dispatches_per_step(),
        kernels: (!steps_timed.is_empty()).then(|| rows(&steps_timed)),
    })
}

/// A row a kernel, slowest first; times are means over the steps.
fn rows(steps: &[Vec<KernelTime>]) -> Vec<Row> {
    #[derive(Default)]
    struct Sum {
        dispatches: usize,
        seconds: f64,
        flops: u64,
        bytes: u64,
    }
    let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
    for time in steps.iter().flatten() {
        let sum = sums.entry(time.kernel).or_default();
        sum.dispatches += 1;
        sum.seconds += time.seconds;
        sum.flops += time.flops;
        sum.bytes += time.bytes;
    }
    let total: f64 = sums.values().map(|sum| sum.seconds).sum();
    let row = |(kernel, sum): (&'static str, Sum)| Row {
        kernel,
        dispatches: sum.dispatches / steps.len(),
        milliseconds: 1e3 * sum.seconds / steps.len() as f64,
        share: sum.seconds / total,
        gflops_per_second: sum.flops as f64 / sum.seconds * 1e-9,
        gigabytes_per_second: sum.bytes as f64 / sum.seconds * 1e-9,
    };
    let mut rows: Vec<Row> = sums.into_iter().map(row).collect();
    rows.sort_by(|a, b| b.milliseconds.total_cmp(&a.milliseconds));
    rows
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn as_text(report: &Report) -> String {
    let speeds = &report.images_per_second;
    let (least, most) =
        speeds.iter().fold((f64::MAX, 0.0_f64), |(least, most), &v| (least.min(v), most.max(v)));
    let mut text = format!(
        "{}, {} parameters, batch {}, {} averages\nadapter: {}\n\
         {:.1} images/s (median of {}, {least:.1} to {most:.1}; {} steps each), {:.2} GFLOP/s\n\
         {:.1} MB on the adapter, data set included ({:.1} MB if no tensors shared memory); {} dispatches a step\n",
        report.network,
        report.parameters,
        report.batch,
        report.averages,
        report.adapter,
        median(speeds),
        speeds.len(),
        report.steps_a_sample,
        report.gflops_per_second,
        report.gpu_bytes as f64 * 1e-6,
        report.gpu_bytes_without_sharing as f64 * 1e-6,
        report.dispatches,
    );
    let Some(rows) = &report.kernels else {
        return text + "the adapter has no timestamp queries, so the kernels' times are unknown\n";
    };
    let ema = rows.iter().find(|row| row.kernel == "ema").map_or(0.0, |row| row.share);
    let header = ["kernel", "dispatches", "ms a step", "share, %", "GFLOP/s", "GB/s"];
    let mut grid = empty_grid(&header, Style::Text);
    for row in rows {
        grid.add_row([
            row.kernel.to_owned(),
            row.dispatches.to_string(),
            format!("{:.3}", row.milliseconds),
            format!("{:.1}", 100.0 * row.share),
            if row.gflops_per_second > 0.0 {
                format!("{:.1}", row.gflops_per_second)
            } else {
                "–".to_owned()
            },
            format!("{:.1}", row.gigabytes_per_second),
        ]);
    }
    text += &format!(
        "{grid}\nthe averages take {:.1}% of the step; GB/s counts every bound range once\n",
        100.0 * ema
    );
    text
}
