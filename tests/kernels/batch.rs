use emascope::{random::pcg4d, reference as r};

use crate::common::lab::Lab;

#[test]
fn gather_normalises_and_augments() {
    let records = 5;
    let bytes: Vec<u8> = (0..records * 3072_u32).map(|i| pcg4d([i, 1, 2, 3])[0] as u8).collect();
    let all_labels = [3_u32, 1, 9, 1, 5];
    let indices = [4_u32, 0, 2, 2, 1, 3];
    let cases = [(false, 0, 6, 0), (true, 0, 6, 0), (false, 3, 6, 1), (true, 2, 4, 1)];
    // All records in one part, or two a part and a last one alone.
    for ((flip, crop, count, label_shift), records_a_part) in
        cases.into_iter().flat_map(|case| [5, 2].map(|records| (case, records)))
    {
        let mut lab = Lab::open();
        let settings = r::Gather {
            batch: 6,
            count,
            seed: 11,
            step: 42,
            flip,
            pad: crop,
            classes: 10,
            label_shift,
            mean: [0.5, 0.25, 0.125],
            std: [0.25, 0.5, 2.0],
        };
        // The indices lie in the table after some other words.
        let table: Vec<u32> = [99; 8].into_iter().chain(indices).collect();
        let header = [42_u32, count as u32, 11, flip.into(), crop, 8, 0, label_shift];
        let parts = bytes.chunks(records_a_part * 3072).map(|part| lab.bytes(part)).collect();
        let labels_view = lab.bytes(&all_labels);
        let [table_view, batch_view] = [lab.bytes(&table), lab.bytes(&header)];
        let (x, labels) = (lab.output(6 * 4096), lab.bytes(&[77_u32; 6]));
        let images = emascope::trainer::Images {
            parts,
            records_a_part,
            labels: labels_view,
            mean: settings.mean,
            deviation: settings.std,
        };
        let outcome = lab.run(&emascope::trainer::gather(&images, table_view, batch_view, x, labels));
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
        let (expected, expected_labels) = r::gather(&settings, &words, &all_labels, &indices);
        outcome.expect(
            &format!("flip {flip}, crop {crop}, {count} images, {records_a_part} a part"),
            x,
            &expected,
            1e-6,
        );
        let labels: Vec<u32> = outcome.read(labels).iter().map(|label| label.to_bits()).collect();
        assert_eq!(labels, expected_labels);
    }
}
