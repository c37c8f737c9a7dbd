//! Takes files one by one and makes a data set of them.

use std::io::Read;

use super::archive;
use super::batches::{self, Batch};
use super::content::Content;
use super::input::{Input, ReadError};
use super::names::{is_litter, is_unfinished};
use super::pickle::{self, Pickle};
use super::records::{check_records, split_of_records};
use super::{CLASS_NAMES, MAX_BATCH_BYTES, MAX_META_BYTES};
use crate::data::{CLASSES, DataError, Dataset, Split, sheet};

/// The versions of the data set, for its name.
const BINARY: &str = "official binary";
const PYTHON: &str = "Python version";

/// Takes files one by one, each of which can be freed once it is read, and makes a [`Dataset`] of them.
///
/// At most about twice the images' bytes are held at any time. A file whose name contains `test`, `val` or `eval` holds
/// test images, any other training images. A file whose images are all in other files too is left out. If there are only
/// training or only test images, the last sixth of the records (at least one) is held out as the test set.
/// [`Dataset::name`] names both. Files that systems leave behind (`.DS_Store`, `Thumbs.db`) and the official `readme.html`
/// are skipped.
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

    /// Reads a file from `source`, so that a packed one is never held in memory as a whole. `size` is the expected
    /// number of bytes, 0 if unknown.
    ///
    /// # Errors
    /// See [`Reader::push`]; also [`DataError::Read`] if `source` fails.
    pub fn push_from(&mut self, name: &str, source: &mut dyn Read, size: u64) -> Result<(), DataError> {
        let input =
            Input::of(source, size).map_err(|reason| DataError::Read { file: name.to_owned(), reason })?;
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
            ReadError::Io(reason) => DataError::Read { file, reason },
            ReadError::Data(reason) if is_unfinished(name) => {
                DataError::Unfinished { file, reason: Box::new(reason) }
            }
            ReadError::Data(error) => error,
        })
    }

    /// Reads a file, or the contents of `layers` layers of packing.
    fn read(&mut self, name: &str, input: Input<'_>, layers: u32) -> Result<(), ReadError> {
        let file = || name.to_owned();
        match Content::of(name, input.head()) {
            Content::Gzip => {
                archive::gunzip(&mut |name, input| self.read(name, input, layers + 1), name, input, layers)
            }
            Content::Tar => {
                archive::untar(&mut |name, input| self.read(name, input, layers + 1), name, input, layers)
            }
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
        self.batches.push(Batch::new(file, version, split));
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
    /// [`DataError`]: no file, no images, test images among the training images, or a single record.
    pub fn finish(self) -> Result<Dataset, DataError> {
        if self.batches.is_empty() {
            let mut others = self.litter;
            others.extend(self.first_name);
            return Err(if others.is_empty() {
                DataError::NoFiles
            } else {
                DataError::NoImages { files: others.join(", ") }
            });
        }
        let (train, test, name) = batches::join(self.batches)?;
        let class_names = self.class_names.unwrap_or_else(|| CLASS_NAMES.map(str::to_owned).to_vec());
        Ok(Dataset { name, train, test, class_names, synthetic: false })
    }
}
