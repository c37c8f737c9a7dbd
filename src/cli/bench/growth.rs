//! How the time and the memory of a step grow with one setting at a time.

use emascope::average::AverageSpec;
use emascope::config::Experiment;
use emascope::data::synthetic::{self, synthetic as images};
use emascope::executor::Executor;
use emascope::network::ModelSpec;
use emascope::report::{Style, empty_grid};
use pollster::block_on;
use serde::Serialize;

use super::{median, spread, step};
use crate::cli::{print_error, tuning};

/// Images per step.
const BATCHES: [u32; 7] = [16, 32, 64, 128, 256, 512, 1024];

/// Multiples of `tiny`'s channels.
const WIDTHS: [u32; 3] = [1, 2, 4];

/// Training images.
const IMAGES: [usize; 4] = [1_000, 5_000, 20_000, 50_000];

/// Averages of the bank.
const AVERAGES: [usize; 5] = [0, 1, 2, 4, 8];

/// A sample lasts at least this long, in seconds: there are many configurations.
const SAMPLE_SECONDS: f64 = 0.25;

/// All tables of a run.
#[derive(Serialize)]
pub struct Growth {
    adapter: String,
    tables: Vec<Table>,
}

/// The same run with one thing varied.
#[derive(Serialize)]
struct Table {
    varied: &'static str,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    value: u64,
    /// Seconds per step of each sample.
    seconds: Vec<f64>,
    flops: u64,
    bytes: u64,
    activations: u64,
    /// The reason if it could not be measured.
    failed: Option<String>,
}

/// Varies batch, width, images and averages around `base`.
pub fn measure(executor: &Executor, base: &Experiment, samples: u32, no_tune: bool) -> Growth {
    let one = |value: u64, experiment: Experiment, train: usize| -> Row {
        print_error(&format!(
            "{}, batch {}, {train} images, {} averages",
            experiment.model_spec().name,
            experiment.batch,
            experiment.ema.len()
        ));
        let dataset = images(synthetic::SEED, train, synthetic::TEST);
        let measured = || -> anyhow::Result<Row> {
            let planned = tuning::plan(executor, &experiment, &dataset, no_tune, print_error)?;
            let mut trainer = block_on(planned.allocate(&dataset))?;
            let (_, seconds) = step::sample(&mut trainer, samples, SAMPLE_SECONDS)?;
            let (memory, flops) = (trainer.memory(), trainer.flops_per_step());
            let (bytes, activations) = (memory.bytes, memory.activations);
            Ok(Row { value, seconds, flops, bytes, activations, failed: None })
        };
        measured().unwrap_or_else(|error| {
            let (seconds, failed) = (Vec::new(), Some(error.to_string()));
            Row { value, seconds, flops: 0, bytes: 0, activations: 0, failed }
        })
    };
    let batches = BATCHES.map(|batch| {
        one(batch.into(), Experiment { batch, ..base.clone() }, synthetic::TRAIN.max(batch as usize))
    });
    let widths = WIDTHS.map(|width| {
        let model = Some(ModelSpec::tiny_widened(base.norm, width));
        one(width.into(), Experiment { model, ..base.clone() }, synthetic::TRAIN)
    });
    let datasets = IMAGES.map(|train| one(train as u64, base.clone(), train));
    let averages = AVERAGES.map(|count| {
        let beta = |k: usize| AverageSpec::new(1.0 - 0.5_f64.powi(k as i32 + 1));
        let ema = (0..count).map(beta).collect();
        one(count as u64, Experiment { ema, ..base.clone() }, synthetic::TRAIN)
    });
    Growth {
        adapter: executor.adapter().to_string(),
        tables: vec![
            Table { varied: "batch", rows: batches.into() },
            Table { varied: "width of tiny", rows: widths.into() },
            Table { varied: "images", rows: datasets.into() },
            Table { varied: "averages", rows: averages.into() },
        ],
    }
}

impl Growth {
    /// The tables as text.
    pub fn as_text(&self) -> String {
        let mut text = format!("adapter: {}\n", self.adapter);
        for table in &self.tables {
            let header = [table.varied, "ms per step", "min to max", "n", "GFLOP/s", "MB", "activations, MB"];
            let mut grid = empty_grid(&header, Style::Text);
            for row in &table.rows {
                if let Some(why) = &row.failed {
                    grid.add_row([&row.value.to_string(), why]);
                    continue;
                }
                let (least, most) = spread(&row.seconds);
                grid.add_row([
                    row.value.to_string(),
                    format!("{:.1}", 1e3 * median(&row.seconds)),
                    format!("{:.1} to {:.1}", 1e3 * least, 1e3 * most),
                    row.seconds.len().to_string(),
                    format!("{:.1}", row.flops as f64 / median(&row.seconds) * 1e-9),
                    format!("{:.1}", row.bytes as f64 * 1e-6),
                    format!("{:.1}", row.activations as f64 * 1e-6),
                ]);
            }
            text += &format!("\n{grid}\n");
        }
        text
    }
}
