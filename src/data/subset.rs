//! The part of CIFAR-10 that is included in the program: the first 1,000 images of each of the five training batches
//! and of the test batch, as [sheets](super::sheet) in `data/cifar10`, whose README says where they are from.

use super::{DataError, Dataset, cifar10};

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
    return check(cifar10::read_files(
        SHEETS.iter().map(|&(name, bytes)| (name.to_owned(), bytes.to_vec())).collect(),
    )?);
    #[cfg(not(feature = "embedded-images"))]
    Err(DataError::NoSubset)
}

/// Returns the data set if it is the subset.
///
/// # Errors
/// [`DataError::OtherSubset`] if a single bit differs.
pub fn check(dataset: Dataset) -> Result<Dataset, DataError> {
    if cifar10::is_subset(&dataset.train, &dataset.test) { Ok(dataset) } else { Err(DataError::OtherSubset) }
}
