use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Split};

/// Identifies a data set without storing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Name of the data set, for messages: the same images may have two names.
    pub name: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// CRC-32 over both splits' images and labels.
    pub crc32: u32,
}

impl Fingerprint {
    /// The fingerprint of a data set, before any label noise.
    pub fn of(dataset: &Dataset) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        for Split { images, labels } in [&dataset.train, &dataset.test] {
            hasher.update(images);
            hasher.update(labels);
        }
        Self {
            name: dataset.name.clone(),
            train: dataset.train.len(),
            test: dataset.test.len(),
            crc32: hasher.finalize(),
        }
    }

    /// Whether both are of the same images, whatever their names.
    pub fn same_images(&self, other: &Self) -> bool {
        (self.train, self.test, self.crc32) == (other.train, other.test, other.crc32)
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, train, test, crc32 } = self;
        write!(f, "{name} ({train} training and {test} test images, checksum {crc32:08x})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_tell_images_and_labels_apart() {
        let dataset = crate::data::synthetic(1, 4, 2);
        let mut other = dataset.clone();
        assert!(Fingerprint::of(&dataset).same_images(&Fingerprint::of(&other)));
        other.name = "another name".to_owned();
        assert!(Fingerprint::of(&dataset).same_images(&Fingerprint::of(&other)));
        other.test.labels[0] ^= 1;
        assert!(!Fingerprint::of(&dataset).same_images(&Fingerprint::of(&other)));
    }
}
