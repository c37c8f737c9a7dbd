//! A training step: images per second, and the time of each kernel against the adapter's ceilings.

use std::time::Instant;

use comfy_table::Table;
use emascope::plan::MemoryReport;
use emascope::plan::{Counters, KernelRow, KernelTime};
use emascope::report::{Style, empty_grid};
use emascope::roofline::Roofline;
use emascope::trainer::{MAX_STEPS_A_SUBMIT, Trainer};
use pollster::block_on;
use serde::Serialize;

use super::{median, spread};

/// Steps before the first sample: they compile the pipelines and warm the caches.
const WARM_UP: u32 = 3;

/// A sample lasts at least this long, in seconds.
const SAMPLE_SECONDS: f64 = 1.0;

/// A submit whose CPU time is measured has the maximum number of steps, or as many as fit into this time, in seconds.
const SUBMIT_SECONDS: f64 = 10.0;

/// Measurements of one configuration.
#[derive(Serialize)]
pub struct Report {
    adapter: String,
    network: String,
    parameters: usize,
    batch: u32,
    averages: usize,
    steps_a_sample: u32,
    /// For each sample, in order.
    pub images_per_second: Vec<f64>,
    gflops_per_second: f64,
    /// CPU time of a full submit, and of a submit of a single step.
    submits: [Submit; 2],
    memory: MemoryReport,
    dispatches: usize,
    roofline: Roofline,
    kernels: Vec<Row>,
}

/// Cost of a submit on the calling thread.
#[derive(Serialize)]
struct Submit {
    steps: u32,
    /// Time per step that the calling thread is blocked, for each sample.
    processor_milliseconds: Vec<f64>,
    /// Work for the adapter.
    counters: Counters,
}

impl Submit {
    fn measure(trainer: &mut Trainer, samples: u32, steps: u32) -> anyhow::Result<Self> {
        let (mut processor_milliseconds, mut counters) = (Vec::new(), Counters::default());
        for _ in 0..samples {
            let before = trainer.executor().counters();
            let start = Instant::now();
            trainer.train(steps)?;
            processor_milliseconds.push(1e3 * start.elapsed().as_secs_f64() / f64::from(steps));
            counters = trainer.executor().counters() - before;
            block_on(trainer.finish())?;
        }
        Ok(Self { steps, processor_milliseconds, counters })
    }
}

/// The dispatches of one kernel in a step.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    kernel: KernelRow,
    /// Share of the nearer ceiling of the adapter, from 0 to 1.
    ceiling: f64,
}

fn rows(steps: &[Vec<KernelTime>], roofline: &Roofline) -> Vec<Row> {
    let row = |kernel| Row { ceiling: roofline.share(&kernel), kernel };
    KernelRow::of_steps(steps).into_iter().map(row).collect()
}

/// Seconds that `steps` steps take.
pub fn time(trainer: &mut Trainer, steps: u32) -> anyhow::Result<f64> {
    let start = Instant::now();
    trainer.train(steps)?;
    block_on(trainer.finish())?;
    Ok(start.elapsed().as_secs_f64())
}

/// Times `samples` samples of about `seconds` or more, after one that does not count and lets an idle GPU reach its usual
/// clock. Returns steps per sample and seconds per step.
pub fn sample(trainer: &mut Trainer, samples: u32, seconds: f64) -> anyhow::Result<(u32, Vec<f64>)> {
    time(trainer, WARM_UP)?;
    let mut steps = 1;
    loop {
        let taken = time(trainer, steps)?;
        if taken >= seconds {
            break;
        }
        steps = (f64::from(steps) * (1.1 * seconds / taken).clamp(1.0, 4.0)).ceil() as u32;
    }
    let times = (0..samples).map(|_| Ok(time(trainer, steps)? / f64::from(steps)));
    Ok((steps, times.collect::<anyhow::Result<_>>()?))
}

/// Times the trainer's step.
pub fn measure(trainer: &mut Trainer, samples: u32, roofline: Roofline) -> anyhow::Result<Report> {
    let (steps, seconds) = sample(trainer, samples, SAMPLE_SECONDS)?;
    let full = (SUBMIT_SECONDS / median(&seconds)).clamp(1.0, MAX_STEPS_A_SUBMIT.into()) as u32;
    let submits = [Submit::measure(trainer, samples, full)?, Submit::measure(trainer, samples, 1)?];
    let mut steps_timed: Vec<Vec<KernelTime>> = Vec::new();
    for _ in 0..samples {
        steps_timed.push(block_on(trainer.time_step())?);
    }
    let experiment = trainer.experiment();
    let flops = trainer.flops_per_step() as f64;
    Ok(Report {
        adapter: trainer.executor().adapter().to_string(),
        network: trainer.model().name.clone(),
        parameters: trainer.model().parameter_count(),
        batch: experiment.batch,
        averages: experiment.ema.len(),
        steps_a_sample: steps,
        images_per_second: seconds.iter().map(|seconds| f64::from(experiment.batch) / seconds).collect(),
        gflops_per_second: flops / median(&seconds) * 1e-9,
        submits,
        memory: trainer.memory().clone(),
        dispatches: trainer.dispatches_per_step(),
        roofline,
        kernels: rows(&steps_timed, &roofline),
    })
}

impl Report {
    /// The tables as text.
    pub fn as_text(&self) -> String {
        let speeds = &self.images_per_second;
        let (least, most) = spread(speeds);
        let [full, alone] = &self.submits;
        let (briefest, longest) = spread(&full.processor_milliseconds);
        let Counters { submits, dispatches, uploads, uploaded_bytes, readbacks, allocations, .. } =
            full.counters;
        let Roofline { gflops_per_second, gigabytes_per_second } = self.roofline;
        let text = format!(
            "{}, {} parameters, batch {}, {} averages\nadapter: {}\n\
             ceilings: {gflops_per_second:.1} GFLOP/s, {gigabytes_per_second:.1} GB/s, measured with kernels that do nothing else\n\
             {:.1} images/s (median of {}, {least:.1} to {most:.1}; {} steps each), {:.2} GFLOP/s\n\
             {:.3} ms of CPU time per step until it is submitted, {} at a time ({briefest:.3} to {longest:.3}); \
             {:.3} ms for one alone\n\
             {} dispatches per step; {} at a time: {submits} submit, {dispatches} dispatches, {uploads} uploads before them \
             ({uploaded_bytes} bytes), {readbacks} read-backs, {allocations} allocations\n",
            self.network,
            self.parameters,
            self.batch,
            self.averages,
            self.adapter,
            median(speeds),
            speeds.len(),
            self.steps_a_sample,
            self.gflops_per_second,
            median(&full.processor_milliseconds),
            full.steps,
            median(&alone.processor_milliseconds),
            self.dispatches,
            full.steps,
        );
        let ema =
            self.kernels.iter().find(|row| row.kernel.kernel == "ema").map_or(0.0, |row| row.kernel.share);
        format!("{text}{}\nthe averages take {:.1}% of the step\n", self.kernel_table(), 100.0 * ema)
    }

    fn kernel_table(&self) -> Table {
        let header = [
            "kernel",
            "dispatches",
            "ms per step",
            "share, %",
            "GFLOP/s",
            "GB/s",
            "of the nearer ceiling, %",
        ];
        let mut grid = empty_grid(&header, Style::Text);
        for Row { kernel: row, ceiling } in &self.kernels {
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
                format!("{:.0}", 100.0 * ceiling),
            ]);
        }
        grid
    }
}
