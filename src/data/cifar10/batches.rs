//! From batches to a training and a test set.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::names::{Role, base_name, is_official, role, stem};
use super::subset;
use crate::data::{DataError, Split};

/// One part in this many of a lone training or test set is held out as the test set, as in the full 50,000 + 10,000.
const HELD_OUT_PART: usize = 6;

/// The images of a file.
pub(super) struct Batch {
    file: String,
    /// The version of the data set.
    version: &'static str,
    role: Role,
    split: Split,
}

impl Batch {
    /// The images of `file`, whose name gives their role.
    pub fn new(file: &str, version: &'static str, split: Split) -> Self {
        Self { file: file.to_owned(), version, role: role(file), split }
    }

    /// `data_batch_2.bin` comes before `data_batch_10.bin`, whatever order the files were given in.
    fn order(&self) -> (u64, &str) {
        let name = base_name(&self.file);
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        (digits.parse().unwrap_or(u64::MAX), name)
    }
}

/// Joins batches, given in any order, into a training and a test set. Returns them with a name for the whole.
///
/// # Errors
/// [`DataError::TestAmongTraining`] for test images that are also trained on, [`DataError::TooFewRecords`] for a single
/// record.
pub(super) fn join(mut batches: Vec<Batch>) -> Result<(Split, Split, String), DataError> {
    batches.sort_by(|a, b| a.order().cmp(&b.order()));
    let (batches, repeated) = without_repeats(batches)?;
    let names: Vec<String> = batches.iter().map(|batch| base_name(&batch.file).to_owned()).collect();
    let mut of = source(&batches);
    let (tests, trains): (Vec<Batch>, Vec<Batch>) =
        batches.into_iter().partition(|batch| batch.role == Role::Test);
    let (mut train, mut test) = (joined(trains), joined(tests));
    if train.is_empty() || test.is_empty() {
        let mut all = if train.is_empty() { test } else { train };
        let records = all.len();
        if records < 2 {
            return Err(DataError::TooFewRecords { file: names[0].clone() });
        }
        let held_out = (records / HELD_OUT_PART).max(1);
        test = all.split_off(records - held_out);
        train = all;
        let files = listed(&names);
        of = format!("{files}; the last {held_out} of {records} records held out as test");
    }
    match &repeated[..] {
        [] => (),
        [file] => of += &format!("; {file} repeats other images and is left out"),
        files => of += &format!("; {} repeat other images and are left out", listed(files)),
    }
    let is_subset = subset::is_subset(&train, &test);
    let name = if is_subset { subset::NAME.to_owned() } else { format!("CIFAR-10 ({of})") };
    Ok((train, test, name))
}

/// Where the images come from: a version of the data set, or files of other names and the role of each.
fn source(batches: &[Batch]) -> String {
    let is_official = |batch: &Batch| is_official(&stem(&batch.file));
    if !batches.iter().all(is_official) {
        let names = |role: Role| {
            let of_role = batches.iter().filter(|batch| batch.role == role);
            listed(&of_role.map(|batch| base_name(&batch.file).to_owned()).collect::<Vec<_>>())
        };
        return format!("{} to train on, {} to test on", names(Role::Train), names(Role::Test));
    }
    let version = batches[0].version;
    let is_mixed = batches.iter().any(|batch| batch.version != version);
    if is_mixed { "several versions".to_owned() } else { version.to_owned() }
}

/// One file by its name, several by their number.
fn listed(names: &[String]) -> String {
    if let [name] = names { name.clone() } else { format!("{} files", names.len()) }
}

/// The batches without those whose every record is also in larger or earlier ones, and the names of the batches left out.
///
/// Single records may repeat: files that people make have such, and no version of the data set promises that it has none.
fn without_repeats(batches: Vec<Batch>) -> Result<(Vec<Batch>, Vec<String>), DataError> {
    if batches.len() < 2 {
        return Ok((batches, Vec::new()));
    }
    let mut order: Vec<usize> = (0..batches.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(batches[index].split.len()));
    let mut repeated = vec![false; batches.len()];
    let (mut trains, mut tests) = (HashSet::new(), HashSet::new());
    for index in order {
        let Batch { file, role, split, .. } = &batches[index];
        let hashes: Vec<u64> = (0..split.len()).map(|record| hash(split, record)).collect();
        let (same, other) = match role {
            Role::Train => (&mut trains, &tests),
            Role::Test => (&mut tests, &trains),
        };
        if hashes.iter().all(|hash| same.contains(hash)) {
            repeated[index] = true;
        } else if hashes.iter().all(|hash| other.contains(hash)) {
            return Err(DataError::TestAmongTraining { file: file.clone() });
        } else {
            same.extend(hashes);
        }
    }
    let (mut kept, mut names) = (Vec::new(), Vec::new());
    for (batch, repeated) in batches.into_iter().zip(repeated) {
        if repeated { names.push(base_name(&batch.file).to_owned()) } else { kept.push(batch) }
    }
    Ok((kept, names))
}

fn hash(split: &Split, record: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    split.labels[record].hash(&mut hasher);
    hasher.write(split.image(record));
    hasher.finish()
}

/// Joins batches into one split; each is freed before the next one is moved.
fn joined(batches: Vec<Batch>) -> Split {
    let images = batches.iter().map(|batch| batch.split.images.len()).sum::<usize>();
    let mut batches = batches.into_iter().map(|batch| batch.split);
    let mut all = batches.next().unwrap_or_default();
    all.images.reserve_exact(images - all.images.len());
    for mut batch in batches {
        all.images.append(&mut batch.images);
        all.labels.append(&mut batch.labels);
    }
    all
}
