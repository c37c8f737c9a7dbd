//! Where images come from: the subset of CIFAR-10 that comes with the program, CIFAR-10 files, or a procedural stand-in; all
//! as packed bytes.
//!
//! Everything ends in a [`Dataset`]: two [`Split`]s of planar RGB bytes and labels, just as the official binary files hold
//! them. Normalising and augmenting happen on the GPU when a batch is gathered.

mod archive;
#[cfg(not(target_arch = "wasm32"))]
mod certificates;
pub mod cifar10;
#[cfg(not(target_arch = "wasm32"))]
pub mod download;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod pickle;
pub mod sheet;
pub mod subset;
pub mod synthetic;

pub use synthetic::synthetic;

use crate::foreign::Foreign;
use crate::random::{Stream, pcg4d, unit};

/// Height and width of an image in pixels.
pub const IMAGE_SIDE: usize = 32;
/// Bytes of an image: a red, a green and a blue plane of 32×32.
pub const IMAGE_BYTES: usize = 3 * IMAGE_SIDE * IMAGE_SIDE;
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

    /// Whether there is no image.
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

    /// Moves the images from `at` on into a new split.
    fn split_off(&mut self, at: usize) -> Split {
        Split { images: self.images.split_off(at * IMAGE_BYTES), labels: self.labels.split_off(at) }
    }
}

/// Training and test images of ten classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Name of the data to print with a result, including how the test set was made if none was given.
    pub name: String,
    /// Images to train on.
    pub train: Split,
    /// Images to measure accuracy on.
    pub test: Split,
    /// [`CLASSES`] names, by label.
    pub class_names: Vec<String>,
    /// Whether the images are procedural, which must be stated wherever their results are shown.
    pub synthetic: bool,
}

impl Dataset {
    /// Mean and standard deviation (of the population) per channel of byte/255 over all pixels of the training images.
    ///
    /// A channel without any variation, or no images at all, gives a deviation of 1 so that dividing by it is safe.
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

    /// Keeps the first `train` and the first `test` images; `None`, or more than there are, keeps all.
    pub fn limit(&mut self, train: Option<usize>, test: Option<usize>) {
        self.train.truncate(train.unwrap_or(usize::MAX));
        self.test.truncate(test.unwrap_or(usize::MAX));
    }
}

/// Redraws each label with probability `fraction`, uniformly among all ten classes (so a tenth of the redrawn ones stay
/// right by chance). The same `seed` redraws the same labels.
pub fn redraw_labels(labels: &mut [u8], fraction: f64, seed: u32) {
    for (index, label) in labels.iter_mut().enumerate() {
        let words = pcg4d([seed, index as u32, 0, Stream::LabelNoise as u32]);
        if unit(words[0]) < fraction {
            *label = ((u64::from(words[1]) * CLASSES as u64) >> 32) as u8;
        }
    }
}

/// Opens what `--data` names: `subset` (5,000 training and 1,000 test images of CIFAR-10, see [`subset`]), `synthetic` (as
/// many that are drawn, the same ones whatever the seed of the training), `cifar10` (downloaded once into the cache, see [`download`]), or the path of CIFAR-10 files (see
/// [`cifar10::open`]). `progress` hears of a download's bytes so far and in all.
///
/// # Errors
/// [`DataError`] for whatever is wrong with the files or the download.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(spec: &str, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<Dataset, DataError> {
    match spec {
        "subset" => subset::open(),
        "synthetic" => Ok(synthetic(synthetic::SEED, synthetic::TRAIN, synthetic::TEST)),
        "cifar10" => cifar10::open(&download::cifar10_archive(progress)?),
        path => cifar10::open(path.as_ref()),
    }
}

/// A problem with data. Each message names the file, the byte where it applies, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder that the system does not let us read.
    #[error(
        "{file}: cannot be read: {source}. \
         Give \"subset\", \"synthetic\", \"cifar10\", or the path of a CIFAR-10 archive, folder or .bin file that you can read."
    )]
    Read {
        /// The file or folder.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// No file was given at all.
    #[error("No file was given. Choose cifar-10-binary.tar.gz, or .bin files from it.")]
    NoFiles,
    /// A file of no bytes.
    #[error("{file}: the file is empty. Copy or download it again.")]
    Empty {
        /// The file.
        file: String,
    },
    /// The last record is not whole.
    #[error(
        "{file}: the record that starts at byte {offset} is cut short: {found} of 3073 bytes.{hint} \
         Copy or download the file again."
    )]
    TruncatedRecord {
        /// The batch file; within an archive, the archive's name and the path inside.
        file: String,
        /// Where the record starts, in bytes from the start of the batch file.
        offset: u64,
        /// Bytes that are there.
        found: u64,
        /// Another reading of the length, or empty.
        hint: &'static str,
    },
    /// A label that CIFAR-10 does not have.
    #[error(
        "{file}: the label at byte {offset} is {label}, but CIFAR-10's labels are 0 to 9. \
         The file is damaged or of another data set; take data_batch_*.bin or test_batch.bin from \
         cifar-10-binary.tar.gz."
    )]
    LabelOutOfRange {
        /// The batch file; within an archive, the archive's name and the path inside.
        file: String,
        /// Where the label is, in bytes from the start of the batch file.
        offset: u64,
        /// Its value.
        label: u8,
    },
    /// Neither an archive nor a `.bin` file.
    #[error(
        "{file}: this is neither a gzip or tar archive (by its first bytes) nor a .bin file (by its name). \
         Choose cifar-10-binary.tar.gz, or files from it."
    )]
    UnknownFile {
        /// The file.
        file: String,
    },
    /// A WebP picture that is not a [sheet] of images, or a damaged one.
    #[error(
        "{file}: this WebP image is not a sheet of CIFAR-10 images: {reason}. \
         Copy or download the file again, or choose cifar-10-binary.tar.gz."
    )]
    Sheet {
        /// The file.
        file: String,
        /// The problem.
        reason: String,
    },
    /// The subset is not in this program.
    #[error(
        "This program was built without the CIFAR-10 subset (the feature embedded-images). \
         Give \"synthetic\", \"cifar10\", or the path of a CIFAR-10 archive, folder or .bin file."
    )]
    NoSubset,
    /// Files that pass for the subset and are not.
    #[error("The files of the CIFAR-10 subset have the wrong contents. Download them again.")]
    OtherSubset,
    /// The archive can't be unpacked: damaged, cut short, or gzip around something that is not a tar archive.
    #[error(
        "{file}: cannot be unpacked at byte {offset} of its {layer}: {reason}. Download the archive again."
    )]
    DamagedArchive {
        /// The archive.
        file: String,
        /// Where unpacking stopped, in bytes of the unpacked contents.
        offset: u64,
        /// Which layer the trouble is in: the gzip stream or the tar archive within.
        layer: &'static str,
        /// The decoder's error.
        reason: String,
    },
    /// Packed so often that nobody did it for a reason.
    #[error(
        "{file}: is packed in more than five layers. Unpack it (gzip -d, tar -xf) and \
         give the files."
    )]
    PackedTooDeep {
        /// The archive.
        file: String,
    },
    /// Unpacking would take more than CIFAR-10 could.
    #[error(
        "{file}: unpacks to more than {limit} bytes (stopped at byte {offset} of its contents), far more than CIFAR-10 \
         has. It is not the CIFAR-10 archive; choose cifar-10-binary.tar.gz."
    )]
    UnpackedTooLarge {
        /// The archive, or the archive's name and the path of the batch inside.
        file: String,
        /// How many bytes of the unpacked contents were looked at.
        offset: u64,
        /// The most we unpack.
        limit: u64,
    },
    /// A file too large to be CIFAR-10.
    #[error(
        "{file}: has {size} bytes, far more than CIFAR-10 has (limit {limit}). Choose a file of CIFAR-10."
    )]
    FileTooLarge {
        /// The file.
        file: String,
        /// Its size in bytes.
        size: u64,
        /// The most we read.
        limit: u64,
    },
    /// An archive of something else.
    #[error(
        "{file}: the archive contains no data_batch_*.bin or test_batch.bin (it starts with {first}). \
         Choose cifar-10-binary.tar.gz."
    )]
    ArchiveWithoutBatches {
        /// The archive.
        file: String,
        /// Its first entry.
        first: String,
    },
    /// A folder of something else.
    #[error(
        "{folder}: neither the folder nor its cifar-10-batches-bin holds data_batch_*.bin or test_batch.bin; there is \
         {holds}. Unpack cifar-10-binary.tar.gz there, or give the archive itself."
    )]
    FolderWithoutBatches {
        /// The folder.
        folder: String,
        /// Its contents.
        holds: String,
    },
    /// CIFAR-100, which has a hundred classes and two labels a record.
    #[error(
        "{file}: this is CIFAR-100, which has two labels per record. Choose CIFAR-10: cifar-10-binary.tar.gz."
    )]
    Cifar100 {
        /// The file or archive.
        file: String,
    },
    /// Another kind of file.
    #[error("{file}: this is {what}, not CIFAR-10's records. {}", .what.instead_of_batches())]
    Foreign {
        /// The file; within an archive, the archive's name and the path inside.
        file: String,
        /// The file's type.
        what: Foreign,
    },
    /// A pickle that is not a batch of the Python version, or a damaged one.
    #[error(
        "{file}: this is a Python pickle, but not a batch of CIFAR-10's Python version as published: {reason}. \
         Choose cifar-10-python.tar.gz or cifar-10-binary.tar.gz, or files from it."
    )]
    Pickle {
        /// The file.
        file: String,
        /// The problem.
        reason: String,
    },
    /// Files of which none has images.
    #[error("No images in {files}. Choose cifar-10-binary.tar.gz, or files from it.")]
    NoImages {
        /// The files.
        files: String,
    },
    /// A file with the name of an unfinished browser download.
    #[error(
        "{file}: judging by its name, the download is not finished. Wait for it, or download the file again. ({reason})"
    )]
    Unfinished {
        /// The file.
        file: String,
        /// The problem.
        reason: Box<DataError>,
    },
    /// A link of an archive to something that is not in it, or that is for another use.
    #[error(
        "{file}: is a link to {target} in the archive, which cannot be followed. Unpack the archive (tar -xf) and give \
         the folder."
    )]
    LinkedEntry {
        /// The archive's name and the path inside.
        file: String,
        /// Where the link leads.
        target: String,
    },
    /// An entry of an archive that is not a plain file.
    #[error(
        "{file}: is {kind} in the archive, which is not supported. Unpack the archive (tar -xf) and give the folder."
    )]
    SpecialEntry {
        /// The archive's name and the path inside.
        file: String,
        /// The file's type.
        kind: &'static str,
    },
    /// A file of which every image is also in files for the other use, so that accuracy would be measured on what was
    /// trained on.
    #[error(
        "{file}: all its images are also in the other set, so accuracy would be measured on training images. \
         Leave out one of the files; a name with \"test\" in it marks test images."
    )]
    TestAmongTraining {
        /// The file.
        file: String,
    },
    /// A list of class names that does not have ten.
    #[error(
        "{file}: has {found} class names instead of 10. \
         Take batches.meta.txt from cifar-10-binary.tar.gz, or leave it out."
    )]
    ClassNames {
        /// The file.
        file: String,
        /// Names found.
        found: usize,
    },
    /// One record alone can't be both trained on and tested with.
    #[error(
        "{file}: has only one record, too few for training and testing. Give a file with at least two records."
    )]
    TooFewRecords {
        /// The file.
        file: String,
    },
    /// No folder to keep the download in.
    #[cfg(not(target_arch = "wasm32"))]
    #[error(
        "No cache folder is known for this user. \
         Set EMASCOPE_CACHE to a folder for the download, or give the path of a CIFAR-10 archive."
    )]
    NoCacheFolder,
    /// The cache can't be written.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("{file}: cannot be written: {source}. Free some space, or set EMASCOPE_CACHE to another folder.")]
    Write {
        /// The file or folder.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// Another process holds the partial download.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("{file}: another process is downloading this file. Wait for it, then try again.")]
    DownloadInProgress {
        /// The partial file.
        file: String,
    },
    /// The server was unreachable, refused, or the connection broke.
    #[cfg(not(target_arch = "wasm32"))]
    #[error(
        "{url}: the download stopped at byte {offset}: {reason}. Try again (it continues where it stopped), or download it \
         with `curl -L -o \"{target}\" \"{url}\"`: the next run finds it there. A file elsewhere is read by \
         `--data FILE`."
    )]
    Download {
        /// The address.
        url: String,
        /// Bytes in the cache, which the next try starts from.
        offset: u64,
        /// The problem.
        reason: String,
        /// Where the whole file would be.
        target: String,
    },
    /// The download is not the file it should be.
    #[cfg(not(target_arch = "wasm32"))]
    #[error(
        "{file}: the download from {url} has MD5 {found} instead of {expected} and was removed. Try again; if it \
         happens twice, something between here and the server changes it: fetch the archive elsewhere and give its path."
    )]
    Checksum {
        /// Where the file was.
        file: String,
        /// Its address.
        url: String,
        /// The MD5 it should have.
        expected: String,
        /// The MD5 it had.
        found: String,
    },
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
