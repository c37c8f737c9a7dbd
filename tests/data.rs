//! CIFAR-10 from the file system: archives, folders and single files, whole and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use emascope::data::{DataError, IMAGE_BYTES, cifar10, open, sheet, subset};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Records whose label and pixels depend on their number.
fn batch(numbers: std::ops::Range<usize>) -> Vec<u8> {
    numbers
        .flat_map(|number| {
            let pixels = (0..IMAGE_BYTES).map(move |i| (i * 13 + number * 101) as u8);
            std::iter::once((number % 10) as u8).chain(pixels)
        })
        .collect()
}

/// A folder like the one the official archive unpacks to, with five training batches of 4 records and 3 test records.
fn unpacked() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("cifar-10-batches-bin");
    fs::create_dir(&folder).unwrap();
    for i in 0..5 {
        fs::write(folder.join(format!("data_batch_{}.bin", i + 1)), batch(4 * i..4 * i + 4)).unwrap();
    }
    fs::write(folder.join("test_batch.bin"), batch(20..23)).unwrap();
    fs::write(folder.join("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n").unwrap();
    fs::write(folder.join("readme.html"), "<p>Not a batch").unwrap();
    fs::write(folder.join("._data_batch_1.bin"), "what some systems leave beside a file").unwrap();
    (parent, folder)
}

fn pack(folder: &Path, archive: &Path) {
    let encoder = GzEncoder::new(fs::File::create(archive).unwrap(), Compression::fast());
    let mut builder = tar::Builder::new(encoder);
    builder.append_dir_all("cifar-10-batches-bin", folder).unwrap();
    builder.into_inner().unwrap().finish().unwrap();
}

fn open_path(path: &Path) -> Result<emascope::data::Dataset, DataError> {
    open(path.to_str().unwrap(), &mut |_, _| panic!("a path needs no download"))
}

#[test]
fn archive_folder_and_parent_folder_give_the_same_data() {
    let (parent, folder) = unpacked();
    let archive = parent.path().join("cifar-10-binary.tar.gz");
    pack(&folder, &archive);
    let dataset = open_path(&archive).unwrap();
    assert_eq!(dataset.train.labels, (0..20).map(|i| i % 10).collect::<Vec<u8>>());
    assert_eq!(dataset.train.image(7), &batch(7..8)[1..]);
    assert_eq!(dataset.test.labels, [0, 1, 2]);
    assert_eq!(dataset.class_names.concat(), "abcdefghij");
    assert_eq!(open_path(&folder).unwrap(), dataset);
    assert_eq!(open_path(parent.path()).unwrap(), dataset);
}

#[test]
fn one_bin_file_is_split() {
    let (_parent, folder) = unpacked();
    let dataset = open_path(&folder.join("data_batch_2.bin")).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (3, 1));
    assert_eq!(dataset.name, "CIFAR-10 (data_batch_2.bin; the last 1 of 4 records held out as test)");
    assert_eq!(dataset.class_names, cifar10::CLASS_NAMES);
}

#[test]
fn a_folder_without_test_batch_is_split_too() {
    let (_parent, folder) = unpacked();
    fs::remove_file(folder.join("test_batch.bin")).unwrap();
    let dataset = open_path(&folder).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (17, 3));
    assert!(dataset.name.contains("5 files; the last 3 of 20 records held out as test"), "{}", dataset.name);
}

#[test]
fn errors_name_the_path_and_the_byte() {
    let (parent, folder) = unpacked();
    let third = folder.join("data_batch_3.bin");
    let mut bytes = batch(0..3);
    bytes[3073] = 200;
    fs::write(&third, &bytes).unwrap();
    let message = open_path(&folder).unwrap_err().to_string();
    assert!(message.starts_with(&third.display().to_string()), "{message}");
    assert!(message.contains("byte 3073 is 200"), "{message}");

    fs::write(&third, &bytes[..3073 + 5]).unwrap();
    fs::write(folder.join("data_batch_1.bin"), &bytes[..100]).unwrap();
    let message = open_path(&folder.join("data_batch_1.bin")).unwrap_err().to_string();
    assert!(message.contains("starts at byte 0") && message.contains("100 of 3073"), "{message}");

    let archive = parent.path().join("archive.tar.gz");
    fs::write(&third, b"").unwrap();
    fs::write(folder.join("data_batch_1.bin"), batch(0..1)).unwrap();
    pack(&folder, &archive);
    let error = open_path(&archive).unwrap_err();
    assert!(matches!(&error, DataError::Empty { file } if file.ends_with("data_batch_3.bin")), "{error}");
    assert!(error.to_string().starts_with(&archive.display().to_string()), "{error}");
}

#[test]
fn a_folder_without_batches_and_a_path_that_is_not_there_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let error = open_path(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::FolderWithoutBatches { .. }), "{error}");
    assert!(error.to_string().contains("cifar-10-binary.tar.gz"), "{error}");

    fs::create_dir(folder.path().join("cifar-10-batches-bin")).unwrap();
    assert!(matches!(open_path(folder.path()), Err(DataError::FolderWithoutBatches { .. })));

    let missing = folder.path().join("missing.tar.gz");
    let error = open_path(&missing).unwrap_err();
    assert!(
        matches!(&error, DataError::Read { file, .. } if *file == missing.display().to_string()),
        "{error}"
    );
}

#[test]
fn archives_in_a_folder_are_read_and_counted_once() {
    let (parent, folder) = unpacked();
    let plain = open_path(&folder).unwrap();
    let place = tempfile::tempdir().unwrap();
    for name in ["cifar-10-binary.tar.gz", "cifar-10-binary (1).tar.gz"] {
        pack(&folder, &place.path().join(name));
    }
    let dataset = open_path(place.path()).unwrap();
    assert_eq!((dataset.train, dataset.test), (plain.train, plain.test));
    assert!(dataset.name.contains("6 files repeat other images and are left out"), "{}", dataset.name);
    drop(parent);
}

#[test]
fn a_folder_of_something_else_is_called_what_it_is() {
    let place = tempfile::tempdir().unwrap();
    let said = || open_path(place.path()).unwrap_err().to_string();
    fs::write(place.path().join(".DS_Store"), b"\0\0\0\x01Bud1").unwrap();
    assert!(said().contains("there is nothing in it"), "{}", said());
    for name in ["e.txt", "a.txt", "b.txt", "c.txt", "d.txt"] {
        fs::write(place.path().join(name), "text").unwrap();
    }
    assert!(said().contains("there is a.txt, b.txt, c.txt, d.txt and 1 more"), "{}", said());
    fs::create_dir_all(place.path().join("train/airplane")).unwrap();
    fs::write(place.path().join("train/airplane/1.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    assert!(said().contains("1.png: this is a picture"), "{}", said());
    fs::write(place.path().join("cifar10.npz"), b"PK\x03\x04 x_train.npy").unwrap();
    assert!(said().contains("cifar10.npz: this is a NumPy archive"), "{}", said());
    fs::create_dir(place.path().join("cifar-100-python")).unwrap();
    fs::write(place.path().join("cifar-100-python/train"), b"\x80\x02}q\0U\x0bfine_labelsq\x01]s.").unwrap();
    assert!(said().contains("train: this is CIFAR-100"), "{}", said());
    fs::write(place.path().join("train.bin"), vec![0; 2 * 3074]).unwrap();
    assert!(said().contains("train.bin: this is CIFAR-100"), "{}", said());
    fs::create_dir(place.path().join("cifar-10-batches-bin")).unwrap();
    fs::remove_file(place.path().join("train.bin")).unwrap();
    fs::write(place.path().join("test"), "a file of another purpose").unwrap();
    fs::write(place.path().join("cifar-10-batches-bin/data_batch_1.bin"), batch(0..4)).unwrap();
    assert_eq!(open_path(place.path()).unwrap().train.len(), 3);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xff.bin")), batch(0..4)).unwrap();
    assert_eq!(cifar10::open(&folder).unwrap().train.labels, [0, 1, 2]);
}

#[test]
fn a_file_too_large_for_cifar_10_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.bin");
    fs::File::create(&path).unwrap().set_len(cifar10::MAX_UNPACKED_BYTES + 1).unwrap();
    let error = open_path(&path).unwrap_err();
    assert!(matches!(error, DataError::FileTooLarge { size: 1_073_741_825, .. }), "{error}");
}

#[test]
fn synthetic_data_needs_no_files() {
    let dataset = open("synthetic", &mut |_, _| panic!("synthetic data needs no download")).unwrap();
    assert!(dataset.synthetic);
    assert_eq!((dataset.train.len(), dataset.test.len()), (5_000, 1_000));
}

/// The folder of the images that come with the program.
fn embedded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cifar10")
}

#[test]
fn the_subset_is_the_official_records_bit_for_bit() {
    let sums = fs::read_to_string(embedded().join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 6);
    for line in sums.lines() {
        let (sum, batch) = line.split_once("  ").unwrap();
        let sheet = embedded().join(batch).with_extension("webp");
        let records = sheet::decode(batch, &fs::read(sheet).unwrap()).unwrap();
        let found: String = Sha256::digest(&records).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, sum, "{batch}");
    }
}

#[test]
fn the_subset_is_the_default_and_needs_nothing() {
    let spec = emascope::config::Experiment::default().data;
    let dataset = open(&spec, &mut |_, _| panic!("the subset needs no download")).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (5_000, 1_000));
    assert_eq!((dataset.name.as_str(), dataset.synthetic), ("CIFAR-10 subset", false));
    let mut folder = open_path(&embedded()).unwrap();
    assert_eq!(folder, dataset);
    folder.test.labels[0] ^= 1;
    assert!(matches!(subset::check(folder), Err(DataError::OtherSubset)));
}
