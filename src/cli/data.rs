//! `emascope data`: what a data set holds.

use std::fs;

use anyhow::Context as _;
use clap::ArgMatches;
use emascope::checkpoint::Fingerprint;
use emascope::data::{CLASSES, Dataset, IMAGE_BYTES, Split, cifar10};
use emascope::report::{Style, empty_grid};
use serde_json::json;

use super::arguments::{DataFlags, UsageError, parsed};
use super::progress::Download;

const CHANNELS: [&str; 3] = ["red", "green", "blue"];

/// Reads the data set whole, so whatever is wrong with it comes to light, and describes it.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let flags: DataFlags = parsed(matches);
    let mut download = Download::new(flags.json);
    let dataset = match flags.data.to_str() {
        Some(spec) => emascope::data::open(spec, &mut |done, total| download.advanced(done, total))?,
        // A path need not be text.
        None => cifar10::open(flags.data.as_ref())?,
    };
    drop(download);
    if let Some(path) = &flags.write {
        let records = records(&dataset, flags.images)?;
        fs::write(path, records).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let text = if flags.json { as_json(&dataset).to_string() + "\n" } else { as_text(&dataset) };
    Ok(super::print(&text)?)
}

/// Training images written for each test image, as in the whole of CIFAR-10; the page splits by it.
const TRAIN_PARTS: usize = 5;

/// The first `images` images as records of a label and the image's bytes, those to train on before those to test with.
fn records(dataset: &Dataset, images: usize) -> Result<Vec<u8>, UsageError> {
    let test = images / (TRAIN_PARTS + 1);
    let train = TRAIN_PARTS * test;
    if images == 0 || train + test != images {
        return Err(UsageError(format!("--images {images} is no multiple of {}", TRAIN_PARTS + 1)));
    }
    let (trains, tests) = (dataset.train.len(), dataset.test.len());
    if train > trains || test > tests {
        return Err(UsageError(format!(
            "--images {images} takes {train} training and {test} test images, and there are {trains} and {tests}; ask for fewer"
        )));
    }
    let mut records = Vec::with_capacity(images * (1 + IMAGE_BYTES));
    for (split, count) in [(&dataset.train, train), (&dataset.test, test)] {
        for index in 0..count {
            records.push(split.labels[index]);
            records.extend_from_slice(split.image(index));
        }
    }
    Ok(records)
}

/// Images of each class.
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
