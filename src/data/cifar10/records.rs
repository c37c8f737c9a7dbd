//! Batches of the binary version.

use super::{RECORD_BYTES, names::stem};
use crate::data::{CLASSES, DataError, IMAGE_BYTES, Split};

/// Checks the length and the labels of a batch.
///
/// # Errors
/// [`DataError`] for CIFAR-100, a label above 9, or a record that is cut short.
pub(super) fn check_records(file: &str, bytes: &[u8]) -> Result<(), DataError> {
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

/// Moves the labels out from between the images, in place.
pub(super) fn split_of_records(mut bytes: Vec<u8>) -> Split {
    let records = bytes.len() / RECORD_BYTES;
    let labels = bytes.iter().step_by(RECORD_BYTES).copied().collect();
    for index in 0..records {
        let image = index * RECORD_BYTES + 1;
        bytes.copy_within(image..image + IMAGE_BYTES, index * IMAGE_BYTES);
    }
    bytes.truncate(records * IMAGE_BYTES);
    Split { images: bytes, labels }
}
