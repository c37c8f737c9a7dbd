//! CIFAR-10 in its official binary layout: the `.tar.gz` archive, the folder it unpacks to, or single `.bin` files.
//!
//! A batch file is a sequence of records of 3,073 bytes: one label, then 1,024 bytes each of red, green and blue, rows
//! from the top (<https://www.cs.toronto.edu/~kriz/cifar.html>, "Binary version"). Any number of whole records is taken.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{CLASSES, DataError, Dataset, IMAGE_BYTES, Split};

/// Bytes of a record: the label and the image.
pub const RECORD_BYTES: usize = 1 + IMAGE_BYTES;

/// The classes in the order of their labels, for files without `batches.meta.txt`.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The most bytes unpacked from one archive; the real one has 184 MB.
pub const MAX_UNPACKED_BYTES: u64 = 1 << 30;
/// The most bytes of one batch file: all 60,000 images fit into one.
pub const MAX_BATCH_BYTES: u64 = 256 << 20;
const MAX_META_BYTES: u64 = 64 << 10;

/// One part in so many of a lone training or test set is held out as the test set, as in the full 50,000 + 10,000.
const HELD_OUT_PART: usize = 6;

const META_FILE: &str = "batches.meta.txt";

/// Opens an archive (`.tar.gz` or `.tar`), a folder with batch files or with `cifar-10-batches-bin` in it, or one `.bin`
/// file.
///
/// # Errors
/// [`DataError`], as for [`read_files`], and for what can't be read or is a folder without batches.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(path: &std::path::Path) -> Result<Dataset, DataError> {
    let read_error = |source| DataError::Read { file: path.display().to_string(), source };
    if !std::fs::metadata(path).map_err(read_error)?.is_dir() {
        return read_files(vec![(path.display().to_string(), read_bounded(path)?)]);
    }
    for folder in [path.to_path_buf(), path.join("cifar-10-batches-bin")] {
        if !folder.is_dir() {
            continue;
        }
        let mut batches = Vec::new();
        let mut meta = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(read_error)? {
            let file = entry.map_err(read_error)?.path();
            let name = file.display().to_string();
            let list = match () {
                () if batch_role(&name).is_some() => &mut batches,
                () if base_name(&name) == META_FILE => &mut meta,
                () => continue,
            };
            list.push((name, file));
        }
        if !batches.is_empty() {
            batches.append(&mut meta);
            let files = batches.into_iter().map(|(name, file)| Ok((name, read_bounded(&file)?)));
            return read_files(files.collect::<Result<_, DataError>>()?);
        }
    }
    Err(DataError::FolderWithoutBatches { folder: path.display().to_string() })
}

#[cfg(not(target_arch = "wasm32"))]
fn read_bounded(path: &std::path::Path) -> Result<Vec<u8>, DataError> {
    let name = || path.display().to_string();
    let read_error = |source| DataError::Read { file: name(), source };
    let file = std::fs::File::open(path).map_err(read_error)?;
    let size = file.metadata().map_err(read_error)?.len();
    if size > MAX_UNPACKED_BYTES {
        return Err(DataError::FileTooLarge { file: name(), size, limit: MAX_UNPACKED_BYTES });
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // A device or a growing file can hold more than its metadata says.
    file.take(MAX_UNPACKED_BYTES).read_to_end(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

/// Reads files that are already in memory, as (name, bytes): archives (recognised by their first bytes) and `.bin` files,
/// with or without `batches.meta.txt`, in any order.
///
/// A `.bin` file whose name starts with `test` holds test images, any other training images. If there are only training
/// or only test images, the last sixth of the records (at least one) is held out as the test set, and
/// [`Dataset::name`] says so.
///
/// # Errors
/// [`DataError`]: a record cut short, a label above 9, an empty, damaged, foreign or oversized file, the same batch twice,
/// or a single record.
pub fn read_files(files: Vec<(String, Vec<u8>)>) -> Result<Dataset, DataError> {
    let mut contents = Contents::default();
    let mut first_name = None;
    for (name, bytes) in files {
        first_name.get_or_insert_with(|| name.clone());
        let is_bin = base_name(&name).to_ascii_lowercase().ends_with(".bin");
        if bytes.is_empty() {
            return Err(DataError::Empty { file: name });
        } else if bytes.starts_with(&[0x1f, 0x8b]) {
            contents.unpack(&name, MultiGzDecoder::new(&bytes[..]), "gzip stream", MAX_UNPACKED_BYTES)?;
        } else if is_bin {
            contents.push(name, bytes)?;
        } else if base_name(&name) == META_FILE {
            contents.read_class_names(&name, &bytes)?;
        } else if bytes.get(257..262) == Some(b"ustar") {
            // Some browsers unpack the gzip layer of a download by themselves.
            contents.unpack(&name, &bytes[..], "tar archive", MAX_UNPACKED_BYTES)?;
        } else {
            return Err(DataError::UnknownFile { file: name });
        }
    }
    match first_name {
        None => Err(DataError::NoFiles),
        Some(name) => contents.into_dataset(&name),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Train,
    Test,
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The role of a file with an official name, `None` for any other file.
fn batch_role(name: &str) -> Option<Role> {
    let name = base_name(name).to_ascii_lowercase();
    match name.strip_suffix(".bin")? {
        stem if stem.starts_with("data_batch") => Some(Role::Train),
        stem if stem.starts_with("test_batch") => Some(Role::Test),
        _ => None,
    }
}

struct Batch {
    file: String,
    role: Role,
    bytes: Vec<u8>,
}

impl Batch {
    /// `data_batch_2.bin` comes before `data_batch_10.bin`, whatever order the files were given in.
    fn order(&self) -> (u64, &str) {
        let name = base_name(&self.file);
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        (digits.parse().unwrap_or(u64::MAX), name)
    }

    fn check(&self) -> Result<(), DataError> {
        let Batch { file, bytes, .. } = self;
        if bytes.is_empty() {
            return Err(DataError::Empty { file: file.clone() });
        }
        let rest = bytes.len() % RECORD_BYTES;
        let has_cifar100_length = rest != 0 && bytes.len() % (RECORD_BYTES + 1) == 0;
        if has_cifar100_length && ["train.bin", "test.bin"].contains(&base_name(file)) {
            return Err(DataError::Cifar100 { file: file.clone() });
        }
        let records = bytes.chunks_exact(RECORD_BYTES);
        if let Some((index, record)) = records.enumerate().find(|(_, r)| usize::from(r[0]) >= CLASSES) {
            let offset = (index * RECORD_BYTES) as u64;
            return Err(DataError::LabelOutOfRange { file: file.clone(), offset, label: record[0] });
        }
        if rest != 0 {
            let hint = if has_cifar100_length { " (CIFAR-100's records would fit the length.)" } else { "" };
            let offset = (bytes.len() - rest) as u64;
            return Err(DataError::TruncatedRecord { file: file.clone(), offset, found: rest as u64, hint });
        }
        Ok(())
    }
}

#[derive(Default)]
struct Contents {
    batches: Vec<Batch>,
    class_names: Option<Vec<String>>,
}

impl Contents {
    fn push(&mut self, file: String, bytes: Vec<u8>) -> Result<(), DataError> {
        let is_test = base_name(&file).to_ascii_lowercase().starts_with("test");
        let batch = Batch { role: if is_test { Role::Test } else { Role::Train }, file, bytes };
        batch.check()?;
        self.batches.push(batch);
        Ok(())
    }

    fn read_class_names(&mut self, file: &str, bytes: &[u8]) -> Result<(), DataError> {
        if bytes.len() as u64 > MAX_META_BYTES {
            let (file, size) = (file.to_owned(), bytes.len() as u64);
            return Err(DataError::FileTooLarge { file, size, limit: MAX_META_BYTES });
        }
        let text = String::from_utf8_lossy(bytes);
        let names: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        if names.len() != CLASSES {
            return Err(DataError::ClassNames { file: file.to_owned(), found: names.len() });
        }
        self.class_names = Some(names);
        Ok(())
    }

    /// Takes the batches and class names out of a tar archive and reads the rest of it too, so that gzip's checksum is
    /// verified. At most `limit` bytes are unpacked.
    fn unpack(
        &mut self,
        file: &str,
        source: impl Read,
        layer: &'static str,
        limit: u64,
    ) -> Result<(), DataError> {
        let mut reader = BoundedReader { source, offset: 0, limit, failure: None };
        let outcome = self.unpack_entries(file, &mut reader);
        match outcome {
            Err(Unpack::Data(error)) => Err(error),
            Err(Unpack::Io(error)) => Err(match reader.failure {
                Some(Failure::TooLarge) => {
                    DataError::UnpackedTooLarge { file: file.to_owned(), offset: reader.offset, limit }
                }
                Some(Failure::Source) => DataError::DamagedArchive {
                    file: file.to_owned(),
                    offset: reader.offset,
                    layer,
                    reason: error.to_string(),
                },
                None => DataError::DamagedArchive {
                    file: file.to_owned(),
                    offset: reader.offset,
                    layer: "tar archive",
                    reason: error.to_string(),
                },
            }),
            Ok(()) => Ok(()),
        }
    }

    fn unpack_entries(&mut self, file: &str, reader: &mut BoundedReader<impl Read>) -> Result<(), Unpack> {
        let limit = reader.limit.min(MAX_BATCH_BYTES);
        let batches_before = self.batches.len();
        let mut first = None;
        let mut archive = tar::Archive::new(&mut *reader);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = format!("{file}/{path}");
            first.get_or_insert_with(|| path.clone());
            if path.split('/').any(|part| part == "cifar-100-binary" || part == "cifar-100-python")
                || base_name(&path) == "fine_label_names.txt"
            {
                return Err(DataError::Cifar100 { file: file.to_owned() }.into());
            }
            for (folder, language) in [("cifar-10-batches-py", "Python"), ("cifar-10-batches-mat", "MATLAB")]
            {
                if path.split('/').any(|part| part == folder) {
                    return Err(DataError::OtherVersion { file: file.to_owned(), language }.into());
                }
            }
            // Sparse entries, whose holes cost no bytes of the archive, are no regular files.
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let is_batch = batch_role(&path).is_some();
            if !is_batch && base_name(&path) != META_FILE {
                continue;
            }
            let limit = if is_batch { limit } else { MAX_META_BYTES };
            let size = entry.size();
            if size > limit {
                let offset = entry.raw_file_position();
                return Err(DataError::UnpackedTooLarge { file: name, offset, limit }.into());
            }
            let mut bytes = Vec::new();
            entry.by_ref().take(limit).read_to_end(&mut bytes)?;
            if bytes.len() as u64 != size {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            if is_batch {
                self.push(name, bytes)?;
            } else {
                self.read_class_names(&name, &bytes)?;
            }
        }
        std::io::copy(reader, &mut std::io::sink())?;
        if self.batches.len() == batches_before {
            let first = first.unwrap_or_else(|| "nothing".to_owned());
            return Err(DataError::ArchiveWithoutBatches { file: file.to_owned(), first }.into());
        }
        Ok(())
    }

    fn into_dataset(mut self, first_name: &str) -> Result<Dataset, DataError> {
        self.batches.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut seen = HashMap::new();
        for batch in &self.batches {
            if let Some(other) = seen.insert(base_name(&batch.file).to_ascii_lowercase(), &batch.file) {
                return Err(DataError::DuplicateBatch { file: batch.file.clone(), other: other.clone() });
            }
        }
        drop(seen);
        let names: Vec<String> = self.batches.iter().map(|batch| base_name(&batch.file).to_owned()).collect();
        let (mut train, mut test) = (Split::default(), Split::default());
        for (role, split) in [(Role::Train, &mut train), (Role::Test, &mut test)] {
            let of_role = self.batches.iter().filter(|batch| batch.role == role);
            let records = of_role.map(|batch| batch.bytes.len() / RECORD_BYTES).sum::<usize>();
            // At once: a list that grows by doubling takes up to three times its bytes meanwhile.
            split.labels.reserve_exact(records);
            split.images.reserve_exact(records * IMAGE_BYTES);
        }
        for batch in self.batches {
            let split = if batch.role == Role::Train { &mut train } else { &mut test };
            for record in batch.bytes.chunks_exact(RECORD_BYTES) {
                split.labels.push(record[0]);
                split.images.extend_from_slice(&record[1..]);
            }
        }
        let mut name = "CIFAR-10 (official binary)".to_owned();
        if train.is_empty() || test.is_empty() {
            let mut all = if train.is_empty() { test } else { train };
            let records = all.len();
            if records < 2 {
                let file = if records == 0 { first_name } else { names[0].as_str() };
                return Err(DataError::TooFewRecords { file: file.to_owned() });
            }
            let held_out = (records / HELD_OUT_PART).max(1);
            test = all.split_off(records - held_out);
            train = all;
            let files = if let [name] = &names[..] { name.clone() } else { format!("{} files", names.len()) };
            name = format!("CIFAR-10 ({files}; the last {held_out} of {records} records held out as test)");
        }
        let class_names = self.class_names.unwrap_or_else(|| CLASS_NAMES.map(str::to_owned).to_vec());
        Ok(Dataset { name, train, test, class_names, synthetic: false })
    }
}

enum Unpack {
    Io(std::io::Error),
    Data(DataError),
}

impl From<std::io::Error> for Unpack {
    fn from(error: std::io::Error) -> Self {
        Unpack::Io(error)
    }
}

impl From<DataError> for Unpack {
    fn from(error: DataError) -> Self {
        Unpack::Data(error)
    }
}

enum Failure {
    TooLarge,
    Source,
}

/// Counts bytes, stops at a limit, and remembers whether the source failed, which tells damage of gzip from that of tar.
struct BoundedReader<R> {
    source: R,
    offset: u64,
    limit: u64,
    failure: Option<Failure>,
}

impl<R: Read> Read for BoundedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer).inspect_err(|_| self.failure = Some(Failure::Source))?;
        self.offset += read as u64;
        if self.offset > self.limit {
            self.failure = Some(Failure::TooLarge);
            return Err(std::io::Error::other("more bytes than CIFAR-10 could have"));
        }
        Ok(read)
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

    #[test]
    fn a_list_of_class_names_as_long_as_a_batch_is_refused_before_it_is_read() {
        let names = ("batches.meta.txt".to_owned(), vec![b'\n'; MAX_META_BYTES as usize + 1]);
        let batch = ("data_batch_1.bin".to_owned(), records(&[0, 1]));
        let error = read_files(vec![batch, names]).unwrap_err();
        assert!(matches!(error, DataError::FileTooLarge { .. }), "{error}");
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
        assert!(matches!(read("photo.png", b"\x89PNG".to_vec()), Err(DataError::UnknownFile { .. })));
        let other = gzip(&tar_of(&[("holiday/photo.png", b"png")]));
        assert!(
            matches!(read("a.tgz", other), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "holiday/photo.png")
        );
        assert!(
            matches!(read("a.tgz", gzip(&[])), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "nothing")
        );
        let error = read("notes.txt.gz", gzip(&[b'x'; 2000])).unwrap_err();
        assert!(matches!(error, DataError::DamagedArchive { layer: "tar archive", .. }), "{error}");
    }

    #[test]
    fn other_versions_of_the_data_set_are_explained() {
        let cifar100 = gzip(&tar_of(&[("cifar-100-binary/train.bin", &[0; 3074])]));
        assert!(matches!(read("a.tgz", cifar100), Err(DataError::Cifar100 { .. })));
        assert!(matches!(read("train.bin", vec![0; 2 * 3074]), Err(DataError::Cifar100 { .. })));
        for (path, expected) in [
            ("cifar-10-batches-py/data_batch_1", "Python"),
            ("cifar-10-batches-mat/data_batch_1.mat", "MATLAB"),
        ] {
            let archive = gzip(&tar_of(&[(path, b"pickle")]));
            assert!(
                matches!(read("a.tgz", archive), Err(DataError::OtherVersion { language, .. }) if language == expected)
            );
        }
    }

    #[test]
    fn the_same_batch_twice_is_refused() {
        let files = ["a/test_batch.bin", "b/test_batch.bin"].map(|name| (name.to_owned(), records(&[1])));
        let error = read_files(files.to_vec()).unwrap_err();
        assert!(matches!(&error, DataError::DuplicateBatch { file, other } if file != other), "{error}");
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
            name in prop::sample::select(vec!["a.bin", "test_batch.bin", "a.tar.gz", META_FILE]),
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
