//! CIFAR-10 as it is found on disk: the official archive, the folder it unpacks to, or single files, packed or not.
//!
//! A batch file of the binary version is a sequence of records of 3,073 bytes: one label, then 1,024 bytes each of red,
//! green and blue, rows from the top (<https://www.cs.toronto.edu/~kriz/cifar.html>). It may have any number of whole
//! records.
//!
//! The first bytes of a file give its type; its name shows whether it is for training or for testing.
//!
//! - `input`: the bytes of a file
//! - `reader`: takes files one by one and makes a data set of them
//! - `names`: the meaning of file names
//! - `content`: the type of a file
//! - `records`, `pickle`: the batches of the binary and of the Python version
//! - `batches`, `subset`: from batches to a training and a test set
//! - `archive`, `folder`: finding the files

mod archive;
mod batches;
mod content;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod input;
mod names;
mod pickle;
mod reader;
mod records;
mod subset;
#[cfg(test)]
mod tests;

#[cfg(not(target_arch = "wasm32"))]
pub use folder::open;
pub use reader::Reader;
pub(super) use subset::is_subset;

use super::{CLASSES, DataError, Dataset, RECORD_BYTES};

/// The classes in the order of their labels, for files without `batches.meta.txt`.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The most bytes unpacked from one archive; the real one has 184 MB.
pub const MAX_UNPACKED_BYTES: u64 = 1 << 30;
/// The most bytes of one batch file: all 60,000 images fit into one.
const MAX_BATCH_BYTES: u64 = 256 << 20;
/// The most bytes of a list of class names.
const MAX_META_BYTES: u64 = 64 << 10;

/// Reads files that are already in memory, as (name, bytes), in any order; see [`Reader`], which takes them one by one.
///
/// # Errors
/// See [`Reader::push`] and [`Reader::finish`].
pub fn read_files(files: Vec<(String, Vec<u8>)>) -> Result<Dataset, DataError> {
    let mut reader = Reader::new();
    for (name, bytes) in files {
        reader.push(&name, bytes)?;
    }
    reader.finish()
}
