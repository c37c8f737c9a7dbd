//! `emascope data`: describes a data set.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::ArgMatches;
use emascope::checkpoint::Fingerprint;
use emascope::data::{CLASSES, Dataset, Split, sheet};
use emascope::data::{RECORD_BYTES, cifar10};
use emascope::report::{Style, empty_grid};
use serde_json::json;

use super::arguments::{DataFlags, parsed};
use super::progress::Download;

const CHANNELS: [&str; 3] = ["red", "green", "blue"];

/// Reads the whole data set, so that any problem with it shows, and describes it.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: DataFlags = parsed(matches);
    let mut download = Download::new(flags.json);
    let dataset = match flags.data.to_str() {
        Some(spec) => emascope::data::open(spec, &mut |done, total| download.advanced(done, total))?,
        // A path need not be text.
        None => cifar10::open(flags.data.as_ref())?,
    };
    drop(download);
    if let Some(sheets) = &flags.sheets {
        let first = flags.first.map_or(usize::MAX, |images| images as usize);
        write_sheets(flags.data.as_ref(), sheets, first)?;
    }
    let text = if flags.json { as_json(&dataset).to_string() + "\n" } else { as_text(&dataset) };
    Ok(super::print(&text)?)
}

/// Writes each batch file of a folder as a sheet of its first images.
fn write_sheets(data: &Path, sheets: &Path, first: usize) -> anyhow::Result<()> {
    fs::create_dir_all(sheets).with_context(|| format!("{} cannot be created", sheets.display()))?;
    let reading = || format!("{} cannot be read; --sheets takes a folder of .bin files", data.display());
    for entry in fs::read_dir(data).with_context(reading)? {
        let batch = entry.with_context(reading)?.path();
        if batch.extension() != Some("bin".as_ref()) {
            continue;
        }
        let records = fs::read(&batch).with_context(|| format!("{} cannot be read", batch.display()))?;
        let records = &records[..records.len().min(first.saturating_mul(RECORD_BYTES))];
        let sheet = sheets.join(batch.file_stem().expect("a .bin file has a name")).with_extension("webp");
        fs::write(&sheet, sheet::encode(records))
            .with_context(|| format!("{} cannot be written", sheet.display()))?;
    }
    Ok(())
}

/// The number of images of each class.
fn counts(split: &Split) -> [usize; CLASSES] {
    let mut counts = [0; CLASSES];
    for &label in &split.labels {
        counts[usize::from(label)] += 1;
    }
    counts
}

fn as_json(dataset: &Dataset) -> serde_json::Value {
    let (mean, deviation) = dataset.channel_statistics();
    json!({
        "name": dataset.name,
        "synthetic": dataset.synthetic,
        "train": dataset.train.len(),
        "test": dataset.test.len(),
        "classes": dataset.class_names,
        "train_counts": counts(&dataset.train),
        "test_counts": counts(&dataset.test),
        "mean": mean,
        "standard_deviation": deviation,
        "crc32": format!("{:08x}", Fingerprint::of(dataset).crc32),
    })
}

fn as_text(dataset: &Dataset) -> String {
    let (train, test) = (counts(&dataset.train), counts(&dataset.test));
    let mut classes = empty_grid(&["class", "training images", "test images"], Style::Text);
    for (label, name) in dataset.class_names.iter().enumerate() {
        classes.add_row([name.clone(), train[label].to_string(), test[label].to_string()]);
    }
    classes.add_row(["all".to_owned(), dataset.train.len().to_string(), dataset.test.len().to_string()]);
    let (mean, deviation) = dataset.channel_statistics();
    let mut channels = empty_grid(&["channel", "mean", "standard deviation"], Style::Text);
    for (channel, name) in CHANNELS.into_iter().enumerate() {
        channels.add_row([
            name.to_owned(),
            format!("{:.4}", mean[channel]),
            format!("{:.4}", deviation[channel]),
        ]);
    }
    let kind = if dataset.synthetic { " (procedural images)" } else { "" };
    let checksum = Fingerprint::of(dataset).crc32;
    format!(
        "{}{kind}\n\n{classes}\n\n{channels}\n\nof byte / 255 over the training images; checksum {checksum:08x}\n",
        dataset.name
    )
}
