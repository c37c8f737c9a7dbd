//! Properties that hold for any bytes.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_bytes_under_any_name_give_a_dataset_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..4096),
        name in prop::sample::select(vec!["a.bin", "test_batch.bin", "a.tar.gz", "data_batch_1", META_FILE]),
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
