//! Errors of data files and downloads.

use crate::foreign::Foreign;

/// A problem with data. Each message names the file, the byte where it applies, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder that can't be read.
    #[error(
        "{file}: cannot be read: {reason}. \
         Give \"subset\", \"synthetic\", \"cifar10\", or the path of a CIFAR-10 archive, folder or .bin file that you can read."
    )]
    Read {
        /// The file or folder.
        file: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// No file was given.
    #[error("No file was given. Choose cifar-10-binary.tar.gz, or .bin files from it.")]
    NoFiles,
    /// An empty file.
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
        /// Bytes found.
        found: u64,
        /// Another explanation of the length, or empty.
        hint: &'static str,
    },
    /// A label above 9.
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
    /// A WebP image that is not a [sheet](super::sheet), or is damaged.
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
    /// Files given as the subset that have other contents.
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
        /// The layer with the problem: the gzip stream or the tar archive inside.
        layer: &'static str,
        /// The decoder's error.
        reason: String,
    },
    /// More layers of packing than anyone would use.
    #[error(
        "{file}: is packed in more than five layers. Unpack it (gzip -d, tar -xf) and \
         give the files."
    )]
    PackedTooDeep {
        /// The archive.
        file: String,
    },
    /// Unpacked contents larger than CIFAR-10 could be.
    #[error(
        "{file}: unpacks to more than {limit} bytes (stopped at byte {offset} of its contents), far more than CIFAR-10 \
         has. It is not the CIFAR-10 archive; choose cifar-10-binary.tar.gz."
    )]
    UnpackedTooLarge {
        /// The archive, or the archive's name and the path of the batch inside.
        file: String,
        /// Bytes of the unpacked contents that were read.
        offset: u64,
        /// The limit.
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
        /// The limit.
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
    /// CIFAR-100, which has a hundred classes and two labels per record.
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
    /// Files without images.
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
    /// A link in an archive to a file that is not in it, or that is for another use.
    #[error(
        "{file}: is a link to {target} in the archive, which cannot be followed. Unpack the archive (tar -xf) and give \
         the folder."
    )]
    LinkedEntry {
        /// The archive's name and the path inside.
        file: String,
        /// The target of the link.
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
    /// A file whose images are all in files for the other use too, so accuracy would be measured on training images.
    #[error(
        "{file}: all its images are also in the other set, so accuracy would be measured on training images. \
         Leave out one of the files; a name with \"test\" in it marks test images."
    )]
    TestAmongTraining {
        /// The file.
        file: String,
    },
    /// A list with a number of class names other than ten.
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
    /// A single record, too few for training and testing.
    #[error(
        "{file}: has only one record, too few for training and testing. Give a file with at least two records."
    )]
    TooFewRecords {
        /// The file.
        file: String,
    },
    /// No folder for the download.
    #[cfg(not(target_arch = "wasm32"))]
    #[error(
        "No cache folder is known for this user. \
         Set EMASCOPE_CACHE to a folder for the download, or give the path of a CIFAR-10 archive."
    )]
    NoCacheFolder,
    /// The cache can't be written.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("{file}: cannot be written: {reason}. Free some space, or set EMASCOPE_CACHE to another folder.")]
    Write {
        /// The file or folder.
        file: String,
        /// The system's error.
        reason: std::io::Error,
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
        /// Bytes in the cache, from which the next try continues.
        offset: u64,
        /// The problem.
        reason: String,
        /// The path for the complete file.
        target: String,
    },
    /// A download with the wrong checksum.
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
