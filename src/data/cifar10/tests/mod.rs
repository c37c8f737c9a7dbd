use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::names::META_FILE;
use super::*;
use crate::data::IMAGE_BYTES;

mod archives;
mod properties;

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

fn files(files: &[(&str, &[u8])]) -> Result<Dataset, DataError> {
    read_files(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect())
}

#[test]
fn a_list_of_class_names_as_long_as_a_batch_is_refused_before_it_is_read() {
    let names = ("batches.meta.txt".to_owned(), vec![b'\n'; MAX_META_BYTES as usize + 1]);
    let batch = ("data_batch_1.bin".to_owned(), records(&[0, 1]));
    let error = read_files(vec![batch, names]).unwrap_err();
    assert!(matches!(error, DataError::UnpackedTooLarge { .. }), "{error}");
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
    let said = |name: &str, bytes: &[u8]| read(name, bytes.to_vec()).unwrap_err().to_string();
    assert!(said("photo.png", b"\x89PNG").contains("a picture"));
    assert!(
        said("data_batch_1.bin", b"version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull")
    );
    let page = b"<!DOCTYPE html><title>503</title>";
    assert!(said("cifar-10-binary.tar.gz", page).contains("a web page"));
    assert!(said("data_batch_1.bin.gz", &gzip(page)).contains("a web page"));
    assert!(said("c.zip", b"PK\x03\x04").contains("unzip"));
    assert!(said("c.npz", b"PK\x03\x04 x_train.npy").contains("tobytes()"));
    assert!(said("data_batch_1.mat", b"MATLAB 5.0 MAT-file").contains("for MATLAB"));
    let mat = gzip(&tar_of(&[("cifar-10-batches-mat/data_batch_1.mat", b"MATLAB 5.0 MAT-file")]));
    assert!(
        said("a.tgz", &mat).starts_with("a.tgz/cifar-10-batches-mat/data_batch_1.mat: this is a MATLAB file")
    );
    let other = gzip(&tar_of(&[("holiday/photo.png", b"png")]));
    assert!(
        matches!(read("a.tgz", other), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "holiday/photo.png")
    );
    assert!(
        matches!(read("a.tgz", gzip(&[])), Err(DataError::ArchiveWithoutBatches { first, .. }) if first == "nothing")
    );
    let error = read("notes.txt.gz", gzip(&[b'x'; 2000])).unwrap_err();
    assert!(matches!(error, DataError::UnknownFile { .. }), "{error}");
}

#[test]
fn cifar_100_is_called_so_in_every_form() {
    let record = [&[19, 99][..], &[7; IMAGE_BYTES]].concat();
    for (name, bytes) in [
        ("a.tgz", gzip(&tar_of(&[("cifar-100-binary/train.bin", &[0; 3074])]))),
        ("a.tgz", gzip(&tar_of(&[("mine/test", b"\x80\x02}q\0U\x0bfine_labelsq\x01]s.")]))),
        ("train.bin", vec![0; 2 * 3074]),
        ("mine.bin", record.repeat(5)),
        ("train", b"\x80\x02}q\0U\x0bfine_labelsq\x01]s.".to_vec()),
    ] {
        let error = read(name, bytes).unwrap_err();
        assert!(matches!(error, DataError::Cifar100 { .. }), "{name}: {error}");
    }
}

#[test]
fn the_python_version_gives_the_same_images() {
    let (train, test) = (records(&[1, 2, 3]), records(&[7]));
    let binary = files(&[("data_batch_1.bin", &train), ("test_batch.bin", &test)]).unwrap();
    let (train, test) = (pickle::tests::batch(&train), pickle::tests::batch(&test));
    let names = b"\x80\x02}q\0U\x0blabel_namesq\x01]q\x02(U\x01aU\x01bU\x01cU\x01dU\x01eU\x01fU\x01gU\x01hU\x01iU\x01jes.";
    let loose = files(&[("data_batch_1", &train), ("test_batch", &test), ("batches.meta", names)]).unwrap();
    assert_eq!((&loose.train, &loose.test), (&binary.train, &binary.test));
    assert_eq!(loose.name, "CIFAR-10 (Python version)");
    assert_eq!(loose.class_names.concat(), "abcdefghij");
    let folder = "cifar-10-batches-py/";
    let archive = tar_of(&[
        (&format!("{folder}data_batch_1"), &train),
        (&format!("{folder}batches.meta"), names),
        (&format!("{folder}test_batch"), &test),
    ]);
    assert_eq!(read("cifar-10-python.tar.gz", gzip(&archive)).unwrap(), loose);
    let said = read("data_batch_1", train[..500].to_vec()).unwrap_err().to_string();
    assert!(said.contains("cut short"), "{said}");
}

#[test]
fn what_is_made_to_test_with_is_never_trained_on() {
    let (train, test) = (records(&[1, 2, 3]), records(&[7, 8]));
    for name in ["cifar10_test.bin", "my-eval.bin", "VAL.bin", "x/validation_batch.bin", "Test.bin.gz"] {
        let dataset = files(&[("cifar10_train.bin", &train), (name, &test)]).unwrap();
        assert_eq!((dataset.train.labels, dataset.test.labels), (vec![1, 2, 3], vec![7, 8]), "{name}");
    }
}

#[test]
fn the_same_images_are_counted_once() {
    let (one, two, test) = (records(&[1, 2, 3]), records(&[4, 5, 6]), records(&[7, 8]));
    let official = [("data_batch_1.bin", &one[..]), ("data_batch_2.bin", &two), ("test_batch.bin", &test)];
    let plain = files(&official).unwrap();
    let merged = [&one[..], &two].concat();
    let packed = gzip(&tar_of(&official));
    let python = pickle::tests::batch(&one);
    let repeats: [&[(&str, &[u8])]; 7] = [
        &[("data_batch_1 (1).bin", &one), ("test_batch - Copy.bin", &test)],
        &[("b/data_batch_2.bin", &two)],
        &[("cifar10_train.bin", &merged)],
        &[("a.bin", &two[..2 * RECORD_BYTES])],
        &[("c.tar.gz", &packed)],
        &[("c.tar.gz", &packed), ("c (1).tar.gz", &packed)],
        &[("cifar-10-batches-py/data_batch_1", &python)],
    ];
    for more in repeats {
        let dataset = files(&[&official[..], more].concat()).unwrap();
        assert_eq!((&dataset.train, &dataset.test), (&plain.train, &plain.test), "{}", dataset.name);
        assert!(dataset.name.contains("left out"), "{}", dataset.name);
    }
    let overlapping = [&two[..], &records(&[9])].concat();
    let other = ("data_batch_3.bin", &overlapping[..]);
    assert_eq!(files(&[official[0], other, official[2]]).unwrap().train.len(), 7);

    for more in
        [("data_batch_3.bin", &test), ("my_test.bin", &one), ("all.bin", &[&merged[..], &test].concat())]
    {
        let error = files(&[&official[..], &[(more.0, &more.1[..])]].concat()).unwrap_err();
        assert!(matches!(error, DataError::TestAmongTraining { .. }), "{more:?}: {error}");
    }
}

#[test]
fn litter_is_passed_over_and_named_where_there_is_nothing_else() {
    let bytes = records(&[1, 2]);
    let litter = [
        "._data_batch_1.bin",
        ".DS_Store",
        "readme.html",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/test_batch.bin",
    ];
    let mut given = litter.map(|name| (name, &b"\0\x05\x16\x07"[..])).to_vec();
    let error = files(&given).unwrap_err();
    assert!(matches!(&error, DataError::NoImages { files } if *files == litter.join(", ")), "{error}");
    given.push(("data_batch_1.bin", &bytes));
    let dataset = files(&given).unwrap();
    assert_eq!(dataset, read("data_batch_1.bin", bytes.clone()).unwrap());
    assert_eq!(read("c.tar", tar_of(&given)).unwrap().train, dataset.train);
    let names = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    assert!(matches!(files(&[(META_FILE, names)]), Err(DataError::NoImages { .. })));
}

#[test]
fn an_unfinished_download_is_called_so() {
    for name in ["cifar-10-binary.tar.gz.part", "Unconfirmed 1.crdownload"] {
        let said = read(name, archive()[..200].to_vec()).unwrap_err().to_string();
        assert!(said.contains("the download is not finished") && said.contains("gzip stream"), "{said}");
    }
    assert!(read("whole.tar.gz.part", archive()).is_ok());
}

#[test]
fn files_of_other_names_say_what_they_are_taken_for() {
    let dataset =
        files(&[("cifar10_train.bin", &records(&[1, 2])), ("cifar10_test.bin", &records(&[3]))]).unwrap();
    assert_eq!(dataset.name, "CIFAR-10 (cifar10_train.bin to train on, cifar10_test.bin to test on)");
}

#[test]
fn class_names_must_be_ten() {
    let files = vec![("x.bin".to_owned(), records(&[1])), (META_FILE.to_owned(), b"cat\ndog\n".to_vec())];
    assert!(matches!(read_files(files), Err(DataError::ClassNames { found: 2, .. })));
}
