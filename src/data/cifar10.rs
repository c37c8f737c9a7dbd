//! CIFAR-10 as it lies on disks: the official archive, the folder it unpacks to, or single files, packed or not.
//!
//! A batch file of the binary version is a sequence of records of 3,073 bytes: one label, then 1,024 bytes each of red,
//! green and blue, rows from the top (<https://www.cs.toronto.edu/~kriz/cifar.html>). Any number of whole records is taken.
//!
//! The first bytes of a file give its type; its name shows whether it is for training or for testing.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;

use super::archive::{self, Input};
use super::pickle::{self, Pickle};
use super::{CLASSES, DataError, Dataset, IMAGE_BYTES, Split, sheet, subset};
use crate::foreign::{self, Foreign};

#[cfg(not(target_arch = "wasm32"))]
pub use super::folder::open;

/// Bytes of a record: the label and the image.
pub const RECORD_BYTES: usize = 1 + IMAGE_BYTES;

/// The classes in the order of their labels, for files without `batches.meta.txt`.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The most bytes unpacked from one archive; the real one has 184 MB.
pub const MAX_UNPACKED_BYTES: u64 = 1 << 30;
/// The most bytes of one batch file: all 60,000 images fit into one.
pub const MAX_BATCH_BYTES: u64 = 256 << 20;
/// The most bytes of a list of class names.
pub(super) const MAX_META_BYTES: u64 = 64 << 10;

/// One part in this many of a lone training or test set is held out as the test set, as in the full 50,000 + 10,000.
const HELD_OUT_PART: usize = 6;

const META_FILE: &str = "batches.meta.txt";
const CIFAR100_META_FILE: &str = "fine_label_names.txt";

/// Where the versions of the data set come from, for the name.
const BINARY: &str = "official binary";
const PYTHON: &str = "Python version";

/// Reads files that are already in memory, as (name, bytes), in any order; see [`Reader`], which takes them one by one.
///
/// # Errors
/// As [`Reader::push`] and [`Reader::finish`].
pub fn read_files(files: Vec<(String, Vec<u8>)>) -> Result<Dataset, DataError> {
    let mut reader = Reader::new();
    for (name, bytes) in files {
        reader.push(&name, bytes)?;
    }
    reader.finish()
}

/// Takes files one by one, each of which can be let go of once it is read, and makes a [`Dataset`] of them.
///
/// At most about twice the images' bytes are held at any time. A file whose name contains `test`, `val` or `eval` holds
/// test images, any other training images. A file whose every image is in other files too is left out. If there are only
/// training or only test images, the last sixth of the records (at least one) is held out as the test set.
/// [`Dataset::name`] names both. Files that systems leave behind (`.DS_Store`, `Thumbs.db`) and the official `readme.html`
/// are passed over.
///
/// ```
/// use emascope::data::{IMAGE_BYTES, cifar10::Reader};
///
/// let record = |label: u8| [&[label][..], &[0; IMAGE_BYTES]].concat();
/// let mut reader = Reader::new();
/// reader.push("data_batch_1.bin", [record(3), record(5)].concat())?;
/// reader.push("test_batch.bin", record(7))?;
/// let dataset = reader.finish()?;
/// assert_eq!((dataset.train.labels, dataset.test.labels), (vec![3, 5], vec![7]));
/// # Ok::<(), emascope::data::DataError>(())
/// ```
#[derive(Default)]
pub struct Reader {
    first_name: Option<String>,
    batches: Vec<Batch>,
    class_names: Option<Vec<String>>,
    litter: Vec<String>,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file that is in memory.
    ///
    /// # Errors
    /// [`DataError`]: a record cut short, a label above 9, an empty, damaged, foreign or oversized file.
    pub fn push(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), DataError> {
        self.push_input(name, Input::Bytes(bytes))
    }

    /// Reads a file from wherever its bytes come, so that a packed one is never held whole. `size` is the number of bytes
    /// that are expected, 0 where nobody knows.
    ///
    /// # Errors
    /// As [`Reader::push`], and [`DataError::Read`] if `source` fails.
    pub fn push_from(&mut self, name: &str, source: &mut dyn Read, size: u64) -> Result<(), DataError> {
        let input =
            Input::of(source, size).map_err(|source| DataError::Read { file: name.to_owned(), source })?;
        self.push_input(name, input)
    }

    fn push_input(&mut self, name: &str, input: Input<'_>) -> Result<(), DataError> {
        let file = name.to_owned();
        if is_litter(name) {
            self.litter.push(file);
            return Ok(());
        }
        self.first_name.get_or_insert_with(|| file.clone());
        self.read(name, input, 0).map_err(|error| match error {
            ReadError::Io(source) => DataError::Read { file, source },
            ReadError::Data(reason) if is_unfinished(name) => {
                DataError::Unfinished { file, reason: Box::new(reason) }
            }
            ReadError::Data(error) => error,
        })
    }

    /// Reads a file, or the contents of `layers` layers of packing around one.
    pub(super) fn read(&mut self, name: &str, input: Input<'_>, layers: u32) -> Result<(), ReadError> {
        let file = || name.to_owned();
        match Content::of(name, input.head()) {
            Content::Gzip => archive::gunzip(self, name, input, layers),
            Content::Tar => archive::untar(self, name, input, layers),
            Content::ClassNames => self.read_class_names(name, &input.into_bytes(name, MAX_META_BYTES)?),
            Content::Batch => {
                let bytes = input.into_bytes(name, MAX_BATCH_BYTES)?;
                check_records(name, &bytes)?;
                self.add(name, BINARY, split_of_records(bytes));
                Ok(())
            }
            Content::Sheet => {
                let records = sheet::decode(name, &input.into_bytes(name, MAX_BATCH_BYTES)?)?;
                self.add(name, BINARY, split_of_records(records));
                Ok(())
            }
            Content::Python => self.read_python(name, input.into_bytes(name, MAX_BATCH_BYTES)?),
            Content::Foreign(what) => Err(DataError::Foreign { file: file(), what }.into()),
            Content::Cifar100 => Err(DataError::Cifar100 { file: file() }.into()),
            Content::Nothing => Err(DataError::Empty { file: file() }.into()),
            Content::Unknown => Err(DataError::UnknownFile { file: file() }.into()),
        }
    }

    fn add(&mut self, file: &str, version: &'static str, split: Split) {
        self.batches.push(Batch { file: file.to_owned(), version, role: role(file), split });
    }

    fn read_python(&mut self, name: &str, mut bytes: Vec<u8>) -> Result<(), ReadError> {
        let file = name.to_owned();
        match pickle::read(&bytes) {
            Ok(Pickle::Batch { labels, .. }) if labels.is_empty() => Err(DataError::Empty { file }.into()),
            Ok(Pickle::Batch { labels, images }) => {
                bytes.truncate(images.end);
                bytes.drain(..images.start);
                self.add(name, PYTHON, Split { images: bytes, labels });
                Ok(())
            }
            Ok(Pickle::ClassNames(names)) => self.take_class_names(name, names),
            Ok(Pickle::Cifar100) => Err(DataError::Cifar100 { file }.into()),
            Err(reason) => Err(DataError::Pickle { file, reason }.into()),
        }
    }

    fn read_class_names(&mut self, file: &str, bytes: &[u8]) -> Result<(), ReadError> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        self.take_class_names(file, lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    fn take_class_names(&mut self, file: &str, names: Vec<String>) -> Result<(), ReadError> {
        if names.len() != CLASSES {
            return Err(DataError::ClassNames { file: file.to_owned(), found: names.len() }.into());
        }
        self.class_names = Some(names);
        Ok(())
    }

    /// The images of all files that were read.
    ///
    /// # Errors
    /// [`DataError`]: no file at all, no images in any, test images among those to train on, or a single record.
    pub fn finish(mut self) -> Result<Dataset, DataError> {
        if self.batches.is_empty() {
            let mut others = self.litter;
            others.extend(self.first_name);
            return Err(if others.is_empty() {
                DataError::NoFiles
            } else {
                DataError::NoImages { files: others.join(", ") }
            });
        }
        self.batches.sort_by(|a, b| a.order().cmp(&b.order()));
        let (batches, repeated) = without_repeats(self.batches)?;
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
        let class_names = self.class_names.unwrap_or_else(|| CLASS_NAMES.map(str::to_owned).to_vec());
        let name = if subset::is_subset(&train, &test) {
            subset::NAME.to_owned()
        } else {
            format!("CIFAR-10 ({of})")
        };
        Ok(Dataset { name, train, test, class_names, synthetic: false })
    }
}

/// The type of a file.
enum Content {
    Nothing,
    Gzip,
    Tar,
    ClassNames,
    Batch,
    Sheet,
    Python,
    Cifar100,
    Foreign(Foreign),
    Unknown,
}

impl Content {
    /// By the first bytes of a file, and by its name where several things can begin so.
    fn of(name: &str, head: &[u8]) -> Self {
        let is_batch = is_batch(name);
        match head {
            [] => Content::Nothing,
            [0x1f, 0x8b, ..] => Content::Gzip,
            _ if sheet::is_webp(head) => Content::Sheet,
            &[label, ..] if is_batch && usize::from(label) < CLASSES => Content::Batch,
            _ if foreign::is_tar(head) => Content::Tar,
            _ => match Foreign::recognise(head) {
                Some(Foreign::Pickle) => Content::Python,
                Some(what) => Content::Foreign(what),
                None if base_name(name) == META_FILE => Content::ClassNames,
                None if base_name(name) == CIFAR100_META_FILE => Content::Cifar100,
                None if is_batch => Content::Batch,
                None => Content::Unknown,
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Train,
    Test,
}

/// The role of a batch file by its name: what is made to test with (or to validate, or evaluate) is never trained on.
fn role(name: &str) -> Role {
    let name = stem(name);
    if ["test", "val"].iter().any(|word| name.contains(word)) { Role::Test } else { Role::Train }
}

/// Whether files of these names are for the same use.
pub(super) fn same_role(one: &str, other: &str) -> bool {
    role(one) == role(other)
}

pub(super) fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The last part of a path in small letters, without the `.gz` of a packed file.
fn stem(name: &str) -> String {
    let name = base_name(name).to_ascii_lowercase();
    name.strip_suffix(".gz").map(str::to_owned).unwrap_or(name)
}

/// Whether a file of this name should hold records.
pub(super) fn is_batch(name: &str) -> bool {
    let name = stem(name);
    name.ends_with(".bin") || is_official(&name)
}

/// Whether to take a file of this name out of a folder or an archive. Some are CIFAR-100's, which is then reported.
pub(super) fn is_wanted(name: &str) -> bool {
    let others = [META_FILE, "batches.meta", "train", "test", CIFAR100_META_FILE];
    is_batch(name) || others.contains(&base_name(name))
}

/// Files that operating systems and people leave next to the data.
pub(super) fn is_litter(name: &str) -> bool {
    let base = base_name(name).to_ascii_lowercase();
    let starts = [
        "._",
        ".ds_store",
        ".git",
        ".localized",
        ".directory",
        "readme",
        "licen",
        "thumbs.db",
        "desktop.ini",
    ];
    starts.iter().any(|start| base.starts_with(start))
        || name.split(['/', '\\']).any(|part| part == "__MACOSX")
}

/// Whether the name is one that browsers and others give to a download until it is whole.
fn is_unfinished(name: &str) -> bool {
    let ends = [".part", ".partial", ".crdownload", ".download", ".opdownload", ".aria2", ".tmp", ".!ut"];
    let name = base_name(name).to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// The most bytes that a file of this name may have.
pub(super) fn limit_of(name: &str) -> u64 {
    if base_name(name) == META_FILE { MAX_META_BYTES } else { MAX_BATCH_BYTES }
}

/// Where the images come from: a version of the data set, or files of other names and what each is taken for.
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

fn is_official(stem: &str) -> bool {
    ["data_batch", "test_batch"].iter().any(|start| stem.starts_with(start))
}

struct Batch {
    file: String,
    version: &'static str,
    role: Role,
    split: Split,
}

impl Batch {
    /// `data_batch_2.bin` comes before `data_batch_10.bin`, whatever order the files were given in.
    fn order(&self) -> (u64, &str) {
        let name = base_name(&self.file);
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        (digits.parse().unwrap_or(u64::MAX), name)
    }
}

/// The batches without those whose every record is in larger ones or in ones before, and the names of the others.
///
/// Single records may repeat: people make such files, and no version of the data set promises that none does.
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

fn check_records(file: &str, bytes: &[u8]) -> Result<(), DataError> {
    let rest = bytes.len() % RECORD_BYTES;
    let has_cifar100_length = rest != 0 && bytes.len().is_multiple_of(RECORD_BYTES + 1);
    let has_cifar100_name = ["train.bin", "test.bin"].contains(&stem(file).as_str());
    let mut doubly_labelled = bytes.chunks_exact(RECORD_BYTES + 1);
    let mut has_cifar100_labels =
        || doubly_labelled.len() > 4 && doubly_labelled.all(|record| record[0] < 20 && record[1] < 100);
    if has_cifar100_length && (has_cifar100_name || has_cifar100_labels()) {
        return Err(DataError::Cifar100 { file: file.to_owned() });
    }
    let records = bytes.chunks_exact(RECORD_BYTES);
    if let Some((index, record)) = records.enumerate().find(|(_, r)| usize::from(r[0]) >= CLASSES) {
        let offset = (index * RECORD_BYTES) as u64;
        return Err(DataError::LabelOutOfRange { file: file.to_owned(), offset, label: record[0] });
    }
    if rest != 0 {
        let hint = if has_cifar100_length { " (CIFAR-100's records would fit the length.)" } else { "" };
        let offset = (bytes.len() - rest) as u64;
        return Err(DataError::TruncatedRecord { file: file.to_owned(), offset, found: rest as u64, hint });
    }
    Ok(())
}

/// Takes the labels out from between the images, in place.
fn split_of_records(mut bytes: Vec<u8>) -> Split {
    let records = bytes.len() / RECORD_BYTES;
    let labels = bytes.iter().step_by(RECORD_BYTES).copied().collect();
    for index in 0..records {
        let image = index * RECORD_BYTES + 1;
        bytes.copy_within(image..image + IMAGE_BYTES, index * IMAGE_BYTES);
    }
    bytes.truncate(records * IMAGE_BYTES);
    Split { images: bytes, labels }
}

/// Moves batches into one split; each is freed before the next is looked at.
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

/// Why a file could not be read: what it holds, or the system.
pub(super) enum ReadError {
    Io(std::io::Error),
    Data(DataError),
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        ReadError::Io(error)
    }
}

impl From<DataError> for ReadError {
    fn from(error: DataError) -> Self {
        ReadError::Data(error)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn records(labels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, &label) in labels.iter().enumerate() {
            bytes.push(label);
            bytes.extend((0..IMAGE_BYTES).map(|i| (i * 7 + index * 31 + usize::from(label)) as u8));
        }
        bytes
    }

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn archive() -> Vec<u8> {
        gzip(&tar_of(&[
            ("cifar-10-batches-bin/data_batch_2.bin", &records(&[3, 4])),
            ("cifar-10-batches-bin/readme.html", b"<p>hello"),
            ("cifar-10-batches-bin/data_batch_1.bin", &records(&[0, 1, 2])),
            ("cifar-10-batches-bin/batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n"),
            ("cifar-10-batches-bin/test_batch.bin", &records(&[9])),
        ]))
    }

    fn read(name: &str, bytes: Vec<u8>) -> Result<Dataset, DataError> {
        read_files(vec![(name.to_owned(), bytes)])
    }

    fn files(files: &[(&str, &[u8])]) -> Result<Dataset, DataError> {
        read_files(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect())
    }

    #[test]
    fn a_list_of_class_names_as_long_as_a_batch_is_refused_before_it_is_read() {
        let names = ("batches.meta.txt".to_owned(), vec![b'\n'; MAX_META_BYTES as usize + 1]);
        let batch = ("data_batch_1.bin".to_owned(), records(&[0, 1]));
        let error = read_files(vec![batch, names]).unwrap_err();
        assert!(matches!(error, DataError::UnpackedTooLarge { .. }), "{error}");
    }

    #[test]
    fn an_archive_gives_its_batches_in_order_with_its_class_names() {
        let dataset = read("c.tar.gz", archive()).unwrap();
        assert_eq!(dataset.name, "CIFAR-10 (official binary)");
        assert_eq!(dataset.train.labels, [0, 1, 2, 3, 4]);
        assert_eq!(dataset.train.image(3), &records(&[3])[1..]);
        assert_eq!(dataset.test.labels, [9]);
        assert_eq!(dataset.class_names, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        assert!(!dataset.synthetic);
    }

    #[test]
    fn a_tar_without_gzip_is_read_too() {
        let tar = tar_of(&[("data_batch_1.bin", &records(&[1])), ("test_batch.bin", &records(&[2]))]);
        assert_eq!(read("c.tar", tar).unwrap().test.labels, [2]);
    }

    #[test]
    fn loose_files_are_ordered_by_their_number() {
        let files =
            [("data_batch_10.bin", 4), ("dir/data_batch_2.bin", 3), ("test_batch.bin", 7), ("mine.bin", 5)];
        let files = files.map(|(name, label)| (name.to_owned(), records(&[label])));
        let dataset = read_files(files.to_vec()).unwrap();
        assert_eq!(dataset.train.labels, [3, 4, 5]);
        assert_eq!(dataset.test.labels, [7]);
        assert_eq!(dataset.class_names, CLASS_NAMES);
    }

    #[test]
    fn a_lone_set_gives_its_last_sixth_as_test_and_says_so() {
        let labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2];
        for name in ["data_batch_1.bin", "test_batch.bin"] {
            let dataset = read(name, records(&labels)).unwrap();
            assert_eq!(dataset.train.labels, labels[..11]);
            assert_eq!(dataset.test.labels, labels[11..]);
            assert_eq!(dataset.test.image(0), &records(&labels)[11 * RECORD_BYTES + 1..12 * RECORD_BYTES]);
            let held_out = "the last 2 of 13 records held out as test";
            assert_eq!(dataset.name, format!("CIFAR-10 ({name}; {held_out})"));
        }
        assert_eq!(read("x.bin", records(&[1, 2])).unwrap().test.labels, [2]);
        let error = read("x.bin", records(&[1])).unwrap_err();
        assert!(matches!(&error, DataError::TooFewRecords { file } if file == "x.bin"), "{error}");
    }

    #[test]
    fn a_truncated_record_names_file_and_offset() {
        let mut bytes = records(&[1, 2, 3]);
        bytes.truncate(2 * RECORD_BYTES + 100);
        for (name, input) in [
            ("data_batch_1.bin", bytes.clone()),
            ("c.tgz/x/data_batch_1.bin", gzip(&tar_of(&[("x/data_batch_1.bin", &bytes)]))),
        ] {
            let error = read(name.split("/x/").next().unwrap(), input).unwrap_err();
            assert!(
                matches!(&error, DataError::TruncatedRecord { file, offset: 6146, found: 100, .. } if file == name),
                "{error}"
            );
        }
    }

    #[test]
    fn a_label_above_nine_names_file_and_offset() {
        let error = read("data_batch_1.bin", records(&[1, 9, 10])).unwrap_err();
        assert!(matches!(error, DataError::LabelOutOfRange { offset: 6146, label: 10, .. }), "{error}");
        assert!(error.to_string().contains("data_batch_1.bin") && error.to_string().contains("6146"));
    }

    #[test]
    fn empty_and_missing_input_are_told_apart() {
        assert!(matches!(read_files(vec![]), Err(DataError::NoFiles)));
        for name in ["a.bin", "a.tar.gz"] {
            assert!(matches!(read(name, vec![]), Err(DataError::Empty { file }) if file == name));
        }
        let hollow = gzip(&tar_of(&[("data_batch_1.bin", b"")]));
        assert!(
            matches!(read("a.tgz", hollow), Err(DataError::Empty { file }) if file == "a.tgz/data_batch_1.bin")
        );
    }

    #[test]
    fn foreign_files_are_explained() {
        let said = |name: &str, bytes: &[u8]| read(name, bytes.to_vec()).unwrap_err().to_string();
        assert!(said("photo.png", b"\x89PNG").contains("a picture"));
        assert!(
            said("data_batch_1.bin", b"version https://git-lfs.github.com/spec/v1\n")
                .contains("git lfs pull")
        );
        let page = b"<!DOCTYPE html><title>503</title>";
        assert!(said("cifar-10-binary.tar.gz", page).contains("a web page"));
        assert!(said("data_batch_1.bin.gz", &gzip(page)).contains("a web page"));
        assert!(said("c.zip", b"PK\x03\x04").contains("unzip"));
        assert!(said("c.npz", b"PK\x03\x04 x_train.npy").contains("tobytes()"));
        assert!(said("data_batch_1.mat", b"MATLAB 5.0 MAT-file").contains("for MATLAB"));
        let mat = gzip(&tar_of(&[("cifar-10-batches-mat/data_batch_1.mat", b"MATLAB 5.0 MAT-file")]));
        assert!(
            said("a.tgz", &mat)
                .starts_with("a.tgz/cifar-10-batches-mat/data_batch_1.mat: this is a MATLAB file")
        );
        let other = gzip(&tar_of(&[("holiday/photo.png", b"png")]));
        assert!(
            matches!(read("a.tgz", other), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "holiday/photo.png")
        );
        assert!(
            matches!(read("a.tgz", gzip(&[])), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "nothing")
        );
        let error = read("notes.txt.gz", gzip(&[b'x'; 2000])).unwrap_err();
        assert!(matches!(error, DataError::UnknownFile { .. }), "{error}");
    }

    #[test]
    fn cifar_100_is_called_so_in_every_form() {
        let record = [&[19, 99][..], &[7; IMAGE_BYTES]].concat();
        for (name, bytes) in [
            ("a.tgz", gzip(&tar_of(&[("cifar-100-binary/train.bin", &[0; 3074])]))),
            ("a.tgz", gzip(&tar_of(&[("mine/test", b"\x80\x02}q\0U\x0bfine_labelsq\x01]s.")]))),
            ("train.bin", vec![0; 2 * 3074]),
            ("mine.bin", record.repeat(5)),
            ("train", b"\x80\x02}q\0U\x0bfine_labelsq\x01]s.".to_vec()),
        ] {
            let error = read(name, bytes).unwrap_err();
            assert!(matches!(error, DataError::Cifar100 { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn the_python_version_gives_the_same_images() {
        let (train, test) = (records(&[1, 2, 3]), records(&[7]));
        let binary = files(&[("data_batch_1.bin", &train), ("test_batch.bin", &test)]).unwrap();
        let (train, test) = (pickle::tests::batch(&train), pickle::tests::batch(&test));
        let names = b"\x80\x02}q\0U\x0blabel_namesq\x01]q\x02(U\x01aU\x01bU\x01cU\x01dU\x01eU\x01fU\x01gU\x01hU\x01iU\x01jes.";
        let loose =
            files(&[("data_batch_1", &train), ("test_batch", &test), ("batches.meta", names)]).unwrap();
        assert_eq!((&loose.train, &loose.test), (&binary.train, &binary.test));
        assert_eq!(loose.name, "CIFAR-10 (Python version)");
        assert_eq!(loose.class_names.concat(), "abcdefghij");
        let folder = "cifar-10-batches-py/";
        let archive = tar_of(&[
            (&format!("{folder}data_batch_1"), &train),
            (&format!("{folder}batches.meta"), names),
            (&format!("{folder}test_batch"), &test),
        ]);
        assert_eq!(read("cifar-10-python.tar.gz", gzip(&archive)).unwrap(), loose);
        let said = read("data_batch_1", train[..500].to_vec()).unwrap_err().to_string();
        assert!(said.contains("cut short"), "{said}");
    }

    #[test]
    fn packed_batches_and_archives_packed_twice_are_read() {
        let bytes = records(&[1, 2, 3]);
        let plain = read("data_batch_1.bin", bytes.clone()).unwrap();
        assert_eq!(read("data_batch_1.bin.gz", gzip(&bytes)).unwrap().train, plain.train);
        let inner = tar_of(&[("x/data_batch_1.bin.gz", &gzip(&bytes))]);
        assert_eq!(read("a.tar.gz", gzip(&gzip(&inner))).unwrap().train, plain.train);
        let deep = (0..6).fold(bytes, |bytes, _| gzip(&bytes));
        assert!(matches!(read("data_batch_1.bin.gz", deep), Err(DataError::PackedTooDeep { .. })));
    }

    #[test]
    fn what_is_made_to_test_with_is_never_trained_on() {
        let (train, test) = (records(&[1, 2, 3]), records(&[7, 8]));
        for name in ["cifar10_test.bin", "my-eval.bin", "VAL.bin", "x/validation_batch.bin", "Test.bin.gz"] {
            let dataset = files(&[("cifar10_train.bin", &train), (name, &test)]).unwrap();
            assert_eq!((dataset.train.labels, dataset.test.labels), (vec![1, 2, 3], vec![7, 8]), "{name}");
        }
    }

    #[test]
    fn the_same_images_are_counted_once() {
        let (one, two, test) = (records(&[1, 2, 3]), records(&[4, 5, 6]), records(&[7, 8]));
        let official =
            [("data_batch_1.bin", &one[..]), ("data_batch_2.bin", &two), ("test_batch.bin", &test)];
        let plain = files(&official).unwrap();
        let merged = [&one[..], &two].concat();
        let packed = gzip(&tar_of(&official));
        let python = pickle::tests::batch(&one);
        let repeats: [&[(&str, &[u8])]; 7] = [
            &[("data_batch_1 (1).bin", &one), ("test_batch - Copy.bin", &test)],
            &[("b/data_batch_2.bin", &two)],
            &[("cifar10_train.bin", &merged)],
            &[("a.bin", &two[..2 * RECORD_BYTES])],
            &[("c.tar.gz", &packed)],
            &[("c.tar.gz", &packed), ("c (1).tar.gz", &packed)],
            &[("cifar-10-batches-py/data_batch_1", &python)],
        ];
        for more in repeats {
            let dataset = files(&[&official[..], more].concat()).unwrap();
            assert_eq!((&dataset.train, &dataset.test), (&plain.train, &plain.test), "{}", dataset.name);
            assert!(dataset.name.contains("left out"), "{}", dataset.name);
        }
        let overlapping = [&two[..], &records(&[9])].concat();
        let other = ("data_batch_3.bin", &overlapping[..]);
        assert_eq!(files(&[official[0], other, official[2]]).unwrap().train.len(), 7);

        for more in
            [("data_batch_3.bin", &test), ("my_test.bin", &one), ("all.bin", &[&merged[..], &test].concat())]
        {
            let error = files(&[&official[..], &[(more.0, &more.1[..])]].concat()).unwrap_err();
            assert!(matches!(error, DataError::TestAmongTraining { .. }), "{more:?}: {error}");
        }
    }

    #[test]
    fn litter_is_passed_over_and_named_where_there_is_nothing_else() {
        let bytes = records(&[1, 2]);
        let litter = [
            "._data_batch_1.bin",
            ".DS_Store",
            "readme.html",
            "Thumbs.db",
            "desktop.ini",
            "__MACOSX/test_batch.bin",
        ];
        let mut given = litter.map(|name| (name, &b"\0\x05\x16\x07"[..])).to_vec();
        let error = files(&given).unwrap_err();
        assert!(matches!(&error, DataError::NoImages { files } if *files == litter.join(", ")), "{error}");
        given.push(("data_batch_1.bin", &bytes));
        let dataset = files(&given).unwrap();
        assert_eq!(dataset, read("data_batch_1.bin", bytes.clone()).unwrap());
        assert_eq!(read("c.tar", tar_of(&given)).unwrap().train, dataset.train);
        let names = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        assert!(matches!(files(&[(META_FILE, names)]), Err(DataError::NoImages { .. })));
    }

    #[test]
    fn an_unfinished_download_is_called_so() {
        for name in ["cifar-10-binary.tar.gz.part", "Unconfirmed 1.crdownload"] {
            let said = read(name, archive()[..200].to_vec()).unwrap_err().to_string();
            assert!(said.contains("the download is not finished") && said.contains("gzip stream"), "{said}");
        }
        assert!(read("whole.tar.gz.part", archive()).is_ok());
    }

    #[test]
    fn files_of_other_names_say_what_they_are_taken_for() {
        let dataset =
            files(&[("cifar10_train.bin", &records(&[1, 2])), ("cifar10_test.bin", &records(&[3]))]).unwrap();
        assert_eq!(dataset.name, "CIFAR-10 (cifar10_train.bin to train on, cifar10_test.bin to test on)");
    }

    /// An entry without contents.
    fn entry(kind: tar::EntryType, name: &[u8], link: &str) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
        if !link.is_empty() {
            header.set_link_name(link).unwrap();
        }
        header.set_size(0);
        header.set_entry_type(kind);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    #[test]
    fn links_are_followed_within_the_archive_or_refused_by_name() {
        use tar::EntryType::{Fifo, GNUSparse, Link, Symlink};
        let bytes = records(&[1, 2]);
        let batch = tar_of(&[("b/data_batch_1.bin", &bytes)]);
        let open = |first: Vec<u8>| read("c.tar", [first, batch.clone()].concat());
        for first in [
            entry(Symlink, b"b/data_batch_2.bin", "data_batch_1.bin"),
            entry(Symlink, b"x/data_batch_2.bin", "../b/./data_batch_1.bin"),
            entry(Link, b"x/data_batch_2.bin", "b/data_batch_1.bin"),
            entry(Symlink, b"b/readme.html", "/nowhere"),
        ] {
            assert_eq!(open(first).unwrap().train.labels, [1]);
        }
        for (name, target) in [("data_batch_2.bin", "../../etc/data"), ("test_batch.bin", "data_batch_1.bin")]
        {
            let error = open(entry(Symlink, format!("b/{name}").as_bytes(), target)).unwrap_err();
            let file_and_target = matches!(&error, DataError::LinkedEntry { file, target: to } if file.ends_with(name) && to == target);
            assert!(file_and_target, "{error}");
        }
        for kind in [GNUSparse, Fifo] {
            let error = open(entry(kind, b"data_batch_2.bin", "")).unwrap_err();
            assert!(
                matches!(&error, DataError::SpecialEntry { file, .. } if file == "c.tar/data_batch_2.bin"),
                "{error}"
            );
        }
    }

    #[test]
    fn names_in_archives_are_bytes_of_any_number_within_reason() {
        let bytes = records(&[1, 2]);
        let batch = tar_of(&[("data_batch_1.bin", &bytes)]);
        let odd = entry(tar::EntryType::Symlink, b"\xff/data_batch_2.bin", "../data_batch_1.bin");
        assert!(read("c.tar", [odd, batch.clone()].concat()).is_ok());
        let long = format!("{}/data_batch_1.bin", "d".repeat(300));
        assert!(read("c.tar", tar_of_long(&long, &bytes)).is_ok());
        let mut header = tar::Header::new_gnu();
        header.set_size(1 << 30);
        header.set_entry_type(tar::EntryType::GNULongName);
        header.set_cksum();
        let bomb = [header.as_bytes(), &vec![b'x'; 1 << 20][..]].concat();
        let error = read("c.tar", bomb).unwrap_err();
        assert!(matches!(error, DataError::UnpackedTooLarge { .. }), "{error}");
    }

    fn tar_of_long(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn class_names_must_be_ten() {
        let files = vec![("x.bin".to_owned(), records(&[1])), (META_FILE.to_owned(), b"cat\ndog\n".to_vec())];
        assert!(matches!(read_files(files), Err(DataError::ClassNames { found: 2, .. })));
    }

    #[test]
    fn an_archive_cut_anywhere_is_damaged() {
        let whole = archive();
        for len in (3..whole.len()).step_by(whole.len() / 60) {
            let error = read("c.tar.gz", whole[..len].to_vec()).unwrap_err();
            assert!(matches!(error, DataError::DamagedArchive { .. }), "cut at {len}: {error}");
        }
    }

    #[test]
    fn a_tar_cut_inside_a_batch_is_damaged() {
        let tar = tar_of(&[("data_batch_1.bin", &records(&[1, 2]))]);
        // Cut where one whole record is there.
        let error = read("c.tar", tar[..512 + RECORD_BYTES].to_vec()).unwrap_err();
        assert!(matches!(error, DataError::DamagedArchive { layer: "tar archive", .. }), "{error}");
    }

    #[test]
    fn a_changed_checksum_is_noticed_even_after_the_last_batch() {
        let mut bytes = archive();
        let at = bytes.len() - 6;
        bytes[at] ^= 1;
        let error = read("c.tar.gz", bytes).unwrap_err();
        assert!(matches!(error, DataError::DamagedArchive { layer: "gzip stream", .. }), "{error}");
    }

    /// Gzip members of a mebibyte of zeros each, as many as it takes to pass the limit.
    fn bomb(head: &[u8]) -> Vec<u8> {
        let mut bytes = gzip(head);
        let member = gzip(&[0; 1 << 20]);
        for _ in 0..=MAX_UNPACKED_BYTES >> 20 {
            bytes.extend_from_slice(&member);
        }
        bytes
    }

    fn header_of(name: &str, size: u64) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_size(size);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    #[test]
    fn a_gzip_bomb_is_stopped_at_the_limit() {
        for head in [header_of("padding.dat", 1 << 40), vec![]] {
            let bytes = bomb(&head);
            assert!(bytes.len() < 2 << 20, "a bomb is small before it unpacks");
            let error = read("bomb.tar.gz", bytes).unwrap_err();
            assert!(
                matches!(error, DataError::UnpackedTooLarge { limit: MAX_UNPACKED_BYTES, .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_batch_that_claims_to_be_huge_is_refused_before_it_is_unpacked() {
        for (name, max) in [("data_batch_1.bin", MAX_BATCH_BYTES), (META_FILE, MAX_META_BYTES)] {
            let error = read("bomb.tar.gz", gzip(&header_of(name, max + 1))).unwrap_err();
            assert!(
                matches!(&error, DataError::UnpackedTooLarge { limit, file, .. } if *limit == max && file.ends_with(name)),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_under_any_name_give_a_dataset_or_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..4096),
            name in prop::sample::select(vec!["a.bin", "test_batch.bin", "a.tar.gz", "data_batch_1", META_FILE]),
            form in 0..4,
        ) {
            let bytes = match form {
                0 => bytes,
                1 => gzip(&bytes),
                2 => [&[0x1f, 0x8b, 8, 0][..], &bytes].concat(),
                _ => gzip(&tar_of(&[(name, &bytes)])),
            };
            if let Ok(dataset) = read(name, bytes) {
                prop_assert!(!dataset.train.is_empty() && !dataset.test.is_empty());
                prop_assert!(dataset.train.labels.iter().all(|&label| label < 10));
            }
        }

        #[test]
        fn an_archive_with_changed_bytes_never_panics(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            inside in any::<bool>(),
        ) {
            let mut bytes = if inside { tar_of(&[("data_batch_1.bin", &records(&[1, 2]))]) } else { archive() };
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let bytes = if inside { gzip(&bytes) } else { bytes };
            let _ = read("c.tar.gz", bytes);
        }

        #[test]
        fn records_round_trip(labels in prop::collection::vec(0u8..10, 2..12), seed in any::<u8>(), packed in any::<bool>()) {
            let mut bytes = records(&labels);
            for record in bytes.chunks_exact_mut(RECORD_BYTES) {
                record[1..].iter_mut().for_each(|byte| *byte ^= seed);
            }
            let input = if packed { gzip(&tar_of(&[("b/data_batch_1.bin", &bytes)])) } else { bytes.clone() };
            let dataset = read("data_batch_1.bin", input).unwrap();
            let mut back = Vec::new();
            for split in [&dataset.train, &dataset.test] {
                for index in 0..split.len() {
                    back.push(split.labels[index]);
                    back.extend_from_slice(split.image(index));
                }
            }
            prop_assert_eq!(back, bytes);
        }

        #[test]
        fn a_file_cut_anywhere_names_the_record(records_given in 1usize..4, cut in 1usize..RECORD_BYTES) {
            let mut bytes = records(&vec![5; records_given]);
            bytes.truncate(bytes.len() - cut);
            match read("data_batch_3.bin", bytes).unwrap_err() {
                DataError::TruncatedRecord { offset, found, .. } => {
                    prop_assert_eq!(offset as usize, (records_given - 1) * RECORD_BYTES);
                    prop_assert_eq!(found as usize, RECORD_BYTES - cut);
                }
                other => prop_assert!(false, "{}", other),
            }
        }
    }
}
