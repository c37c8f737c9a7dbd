//! Packed files: what is taken from them, and how damage and abuse are met.

use super::*;

#[test]
fn packed_batches_and_archives_packed_twice_are_read() {
    let bytes = records(&[1, 2, 3]);
    let plain = read("data_batch_1.bin", bytes.clone()).unwrap();
    assert_eq!(read("data_batch_1.bin.gz", gzip(&bytes)).unwrap().train, plain.train);
    let inner = tar_of(&[("x/data_batch_1.bin.gz", &gzip(&bytes))]);
    assert_eq!(read("a.tar.gz", gzip(&gzip(&inner))).unwrap().train, plain.train);
    let deep = (0..6).fold(bytes, |bytes, _| gzip(&bytes));
    assert!(matches!(read("data_batch_1.bin.gz", deep), Err(DataError::PackedTooDeep { .. })));
}

/// An entry without contents.
fn entry(kind: tar::EntryType, name: &[u8], link: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
    if !link.is_empty() {
        header.set_link_name(link).unwrap();
    }
    header.set_size(0);
    header.set_entry_type(kind);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn links_are_followed_within_the_archive_or_refused_by_name() {
    use tar::EntryType::{Fifo, GNUSparse, Link, Symlink};
    let bytes = records(&[1, 2]);
    let batch = tar_of(&[("b/data_batch_1.bin", &bytes)]);
    let open = |first: Vec<u8>| read("c.tar", [first, batch.clone()].concat());
    for first in [
        entry(Symlink, b"b/data_batch_2.bin", "data_batch_1.bin"),
        entry(Symlink, b"x/data_batch_2.bin", "../b/./data_batch_1.bin"),
        entry(Link, b"x/data_batch_2.bin", "b/data_batch_1.bin"),
        entry(Symlink, b"b/readme.html", "/nowhere"),
    ] {
        assert_eq!(open(first).unwrap().train.labels, [1]);
    }
    for (name, target) in [("data_batch_2.bin", "../../etc/data"), ("test_batch.bin", "data_batch_1.bin")] {
        let error = open(entry(Symlink, format!("b/{name}").as_bytes(), target)).unwrap_err();
        let file_and_target = matches!(&error, DataError::LinkedEntry { file, target: to } if file.ends_with(name) && to == target);
        assert!(file_and_target, "{error}");
    }
    for kind in [GNUSparse, Fifo] {
        let error = open(entry(kind, b"data_batch_2.bin", "")).unwrap_err();
        assert!(
            matches!(&error, DataError::SpecialEntry { file, .. } if file == "c.tar/data_batch_2.bin"),
            "{error}"
        );
    }
}

#[test]
fn names_in_archives_are_bytes_of_any_number_within_reason() {
    let bytes = records(&[1, 2]);
    let batch = tar_of(&[("data_batch_1.bin", &bytes)]);
    let odd = entry(tar::EntryType::Symlink, b"\xff/data_batch_2.bin", "../data_batch_1.bin");
    assert!(read("c.tar", [odd, batch.clone()].concat()).is_ok());
    let long = format!("{}/data_batch_1.bin", "d".repeat(300));
    assert!(read("c.tar", tar_of_long(&long, &bytes)).is_ok());
    let mut header = tar::Header::new_gnu();
    header.set_size(1 << 30);
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_cksum();
    let bomb = [header.as_bytes(), &vec![b'x'; 1 << 20][..]].concat();
    let error = read("c.tar", bomb).unwrap_err();
    assert!(matches!(error, DataError::UnpackedTooLarge { .. }), "{error}");
}

fn tar_of_long(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    builder.append_data(&mut header, name, bytes).unwrap();
    builder.into_inner().unwrap()
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
        assert!(matches!(error, DataError::UnpackedTooLarge { limit: MAX_UNPACKED_BYTES, .. }), "{error}");
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
