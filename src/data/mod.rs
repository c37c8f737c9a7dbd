//! Sources of images: the included subset of CIFAR-10, CIFAR-10 files, or synthetic images; all as packed bytes.
//!
//! Each gives a [`Dataset`]: two [`Split`]s of planar RGB bytes and labels, as in the official binary files. Images are
//! normalised and augmented on the GPU, when a batch is gathered.

pub mod cifar10;
#[cfg(not(target_arch = "wasm32"))]
pub mod download;
mod error;
pub mod sheet;
pub mod subset;
pub mod synthetic;
mod whitening;

pub use error::DataError;
pub use synthetic::synthetic;
pub use whitening::{WHITENING_FILTERS, whitening};

use crate::random::{Stream, pcg4d, unit};

/// Height and width of an image in pixels.
pub const IMAGE_SIDE: usize = 32;
/// Bytes of an image: a red, a green and a blue plane of 32×32.
pub const IMAGE_BYTES: usize = 3 * IMAGE_SIDE * IMAGE_SIDE;
/// Bytes of a record of CIFAR-10: the label and the image.
pub const RECORD_BYTES: usize = 1 + IMAGE_BYTES;
/// Number of classes.
pub const CLASSES: usize = 10;

/// Images and their labels in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// `len() × 3072` bytes: per image a red, a green and a blue plane of 32×32, rows from the top.
    pub images: Vec<u8>,
    /// `len()` labels below [`CLASSES`].
    pub labels: Vec<u8>,
}

impl Split {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The 3,072 bytes of one image.
    ///
    /// # Panics
    /// If `index` is not below [`Split::len`].
    #[track_caller]
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * IMAGE_BYTES..(index + 1) * IMAGE_BYTES]
    }

    /// Keeps the first `len` images, or all if there are fewer.
    pub fn truncate(&mut self, len: usize) {
        self.labels.truncate(len);
        self.images.truncate(len.saturating_mul(IMAGE_BYTES));
    }

    /// Moves the images from index `at` on into a new split.
    fn split_off(&mut self, at: usize) -> Split {
        Split { images: self.images.split_off(at * IMAGE_BYTES), labels: self.labels.split_off(at) }
    }
}

/// Training and test images of ten classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Name of the data for results, including how the test set was made if none was given.
    pub name: String,
    /// Images to train on.
    pub train: Split,
    /// Images to measure accuracy on.
    pub test: Split,
    /// [`CLASSES`] names, by label.
    pub class_names: Vec<String>,
    /// Whether the images are synthetic, which must be stated wherever their results are shown.
    pub synthetic: bool,
}

impl Dataset {
    /// Mean and standard deviation (of the population) per channel of byte/255 over all pixels of the training images.
    ///
    /// The deviation of a constant channel, or of no images, is 1, so that dividing by it is safe.
    pub fn channel_statistics(&self) -> ([f64; 3], [f64; 3]) {
        let mut sum = [0u64; 3];
        let mut sum_of_squares = [0u64; 3];
        const PLANE: usize = IMAGE_SIDE * IMAGE_SIDE;
        for image in self.train.images.chunks_exact(IMAGE_BYTES) {
            for (channel, plane) in image.chunks_exact(PLANE).enumerate() {
                sum[channel] += plane.iter().map(|&byte| u64::from(byte)).sum::<u64>();
                sum_of_squares[channel] += plane.iter().map(|&byte| u64::from(byte).pow(2)).sum::<u64>();
            }
        }
        let pixels = (self.train.len() * PLANE).max(1) as f64;
        let mean = sum.map(|sum| sum as f64 / pixels / 255.0);
        let deviation = std::array::from_fn(|channel| {
            // Integer sums are exact, so this difference is 0 for a constant channel.
            let (s, s2) = (u128::from(sum[channel]), u128::from(sum_of_squares[channel]));
            let scaled_variance = s2 * pixels as u128 - s * s;
            if scaled_variance == 0 { 1.0 } else { (scaled_variance as f64).sqrt() / pixels / 255.0 }
        });
        (mean, deviation)
    }

    /// Keeps the first `train` and the first `test` images; `None`, or a number above their count, keeps all.
    pub fn limit(&mut self, train: Option<usize>, test: Option<usize>) {
        self.train.truncate(train.unwrap_or(usize::MAX));
        self.test.truncate(test.unwrap_or(usize::MAX));
    }
}

/// Redraws each label with probability `fraction`, uniformly among all ten classes (so a tenth of the redrawn labels
/// stay correct by chance). The same `seed` redraws the same labels.
pub fn redraw_labels(labels: &mut [u8], fraction: f64, seed: u32) {
    for (index, label) in labels.iter_mut().enumerate() {
        let words = pcg4d([seed, index as u32, 0, Stream::LabelNoise as u32]);
        if unit(words[0]) < fraction {
            *label = ((u64::from(words[1]) * CLASSES as u64) >> 32) as u8;
        }
    }
}

/// Opens the data set of `--data`: `subset` (5,000 training and 1,000 test images of CIFAR-10, see [`subset`]),
/// `synthetic` (the same number of drawn images, independent of the training's seed), `cifar10` (downloaded once into
/// the cache, see [`download`]), or the path of CIFAR-10 files (see [`cifar10::open`]). `progress` receives the bytes
/// downloaded so far, and the total if the server reports it.
///
/// # Errors
/// [`DataError`] for invalid files and failed downloads.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(spec: &str, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<Dataset, DataError> {
    match spec {
        "subset" => subset::open(),
        "synthetic" => Ok(synthetic(synthetic::SEED, synthetic::TRAIN, synthetic::TEST)),
        "cifar10" => cifar10::open(&download::cifar10_archive(progress)?),
        path => cifar10::open(path.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(images: Vec<u8>) -> Dataset {
        let labels = vec![0; images.len() / IMAGE_BYTES];
        Dataset {
            name: "test".into(),
            train: Split { images, labels },
            test: Split::default(),
            class_names: vec![],
            synthetic: true,
        }
    }

    #[test]
    fn channel_statistics_match_the_two_pass_formula() {
        let images: Vec<u8> =
            (0..4 * IMAGE_BYTES as u32).map(|i| (pcg4d([i, 0, 0, 0])[0] >> 24) as u8 / 2 + 40).collect();
        let (mean, deviation) = dataset(images.clone()).channel_statistics();
        for channel in 0..3 {
            let values: Vec<f64> = images
                .chunks(1024)
                .skip(channel)
                .step_by(3)
                .flatten()
                .map(|&byte| f64::from(byte) / 255.0)
                .collect();
            let expected = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|v| (v - expected).powi(2)).sum::<f64>() / values.len() as f64;
            assert!((mean[channel] - expected).abs() < 1e-12);
            assert!((deviation[channel] - variance.sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_constant_channel_has_a_deviation_that_can_be_divided_by() {
        let (mean, deviation) = dataset(vec![51; IMAGE_BYTES]).channel_statistics();
        assert_eq!(deviation, [1.0; 3]);
        assert!(mean.iter().all(|m| (m - 0.2).abs() < 1e-12));
        assert_eq!(dataset(vec![]).channel_statistics(), ([0.0; 3], [1.0; 3]));
    }

    #[test]
    fn limits_keep_the_first_images_and_ignore_what_is_not_there() {
        let mut dataset = dataset((0..3 * IMAGE_BYTES).map(|i| (i / IMAGE_BYTES) as u8).collect());
        dataset.test = dataset.train.clone();
        dataset.limit(Some(2), Some(10));
        assert_eq!((dataset.train.len(), dataset.test.len()), (2, 3));
        assert_eq!(dataset.train.images.len(), 2 * IMAGE_BYTES);
        assert_eq!(dataset.train.image(1), vec![1; IMAGE_BYTES]);
        dataset.limit(None, None);
        assert_eq!((dataset.train.len(), dataset.test.len()), (2, 3));
    }

    #[test]
    fn label_noise_redraws_the_fraction_asked_for() {
        let clean = Split { images: vec![], labels: vec![3; 20_000] };
        let redrawn = |fraction, seed| {
            let mut split = clean.clone();
            redraw_labels(&mut split.labels, fraction, seed);
            split.labels
        };
        assert_eq!(redrawn(0.0, 1), clean.labels);
        assert_eq!(redrawn(0.4, 1), redrawn(0.4, 1));
        assert_ne!(redrawn(0.4, 1), redrawn(0.4, 2));
        let changed = redrawn(0.4, 1).iter().filter(|&&label| label != 3).count() as f64 / 20_000.0;
        assert!((changed - 0.36).abs() < 0.015, "a tenth of the redrawn 40% keep their label: {changed}");
        let mut counts = [0; CLASSES];
        redrawn(1.0, 1).iter().for_each(|&label| counts[usize::from(label)] += 1);
        assert!(counts.iter().all(|count| (1800..2200).contains(count)), "{counts:?}");
    }
}
