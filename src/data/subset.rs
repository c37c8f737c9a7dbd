//! The part of CIFAR-10 that is included in the program: the first 1,000 images of each of the five training batches
//! and of the test batch, as [sheets](super::sheet) in `data/cifar10`, whose README says where they are from.

use super::{DataError, Dataset, Split};

/// Its name in results.
pub const NAME: &str = "CIFAR-10 subset";

/// CRC-32 over the training images and labels, then the test images and labels.
const CRC32: u32 = 0x74de_e3ee;

/// The sheets, unless the program is compiled without the feature `embedded-images`.
#[cfg(all(feature = "embedded-images", not(target_arch = "wasm32")))]
const SHEETS: [(&str, &[u8]); 6] = [
    ("data_batch_1.webp", include_bytes!("../../data/cifar10/data_batch_1.webp")),
    ("data_batch_2.webp", include_bytes!("../../data/cifar10/data_batch_2.webp")),
    ("data_batch_3.webp", include_bytes!("../../data/cifar10/data_batch_3.webp")),
    ("data_batch_4.webp", include_bytes!("../../data/cifar10/data_batch_4.webp")),
    ("data_batch_5.webp", include_bytes!("../../data/cifar10/data_batch_5.webp")),
    ("test_batch.webp", include_bytes!("../../data/cifar10/test_batch.webp")),
];

/// Opens the included subset.
///
/// # Errors
/// [`DataError::NoSubset`] if the program was compiled without it.
#[cfg(not(target_arch = "wasm32"))]
pub fn open() -> Result<Dataset, DataError> {
    #[cfg(feature = "embedded-images")]
    return check(super::cifar10::read_files(
        SHEETS.iter().map(|&(name, bytes)| (name.to_owned(), bytes.to_vec())).collect(),
    )?);
    #[cfg(not(feature = "embedded-images"))]
    Err(DataError::NoSubset)
}

/// Whether a data set is the subset, in any file format.
pub(super) fn is_subset(train: &Split, test: &Split) -> bool {
    if (train.len(), test.len()) != (5_000, 1_000) {
        return false;
    }
    let mut hasher = crc32fast::Hasher::new();
    for Split { images, labels } in [train, test] {
        hasher.update(images);
        hasher.update(labels);
    }
    hasher.finalize() == CRC32
}

/// Returns the data set if it is the subset.
///
/// # Errors
/// [`DataError::OtherSubset`] if a single bit differs.
pub fn check(dataset: Dataset) -> Result<Dataset, DataError> {
    if is_subset(&dataset.train, &dataset.test) { Ok(dataset) } else { Err(DataError::OtherSubset) }
}
