use emascope::{
    random::pcg4d,
    reference::{self as r, Mirror},
};

use crate::common::lab::Lab;

#[test]
fn gather_normalises_and_augments() {
    let records = 5;
    let bytes: Vec<u8> = (0..records * 3072_u32).map(|i| pcg4d([i, 1, 2, 3])[0] as u8).collect();
    let all_labels = [3_u32, 1, 9, 1, 5];
    let indices = [4_u32, 0, 2, 2, 1, 3];
    let plain = r::Gather {
        batch: 6,
        count: 6,
        seed: 11,
        step: 42,
        mirror: Mirror::Never,
        epoch: 0,
        pad: 0,
        reflect: false,
        offset: 0,
        cutout: 0,
        classes: 10,
        label_shift: 0,
        mean: [0.5, 0.25, 0.125],
        std: [0.25, 0.5, 2.0],
    };
    let cases = [
        plain,
        r::Gather { mirror: Mirror::AtRandom, ..plain },
        r::Gather { pad: 3, label_shift: 1, ..plain },
        r::Gather { mirror: Mirror::AtRandom, pad: 2, count: 4, label_shift: 1, ..plain },
        r::Gather { mirror: Mirror::EveryOtherEpoch, epoch: 3, pad: 16, reflect: true, ..plain },
        r::Gather { mirror: Mirror::EveryOtherEpoch, epoch: 4, cutout: 12, ..plain },
        r::Gather { mirror: Mirror::AtRandom, pad: 2, reflect: true, cutout: 32, ..plain },
        r::Gather { mirror: Mirror::Always, reflect: true, offset: -1, ..plain },
        r::Gather { mirror: Mirror::Always, offset: 1, ..plain },
    ];
    // All records in one part, or two a part and a last one alone.
    for (settings, records_a_part) in cases.into_iter().flat_map(|case| [5, 2].map(|records| (case, records)))
    {
        let mut lab = Lab::open();
        // The indices lie in the table after some other words.
        let table: Vec<u32> = [99; 8].into_iter().chain(indices).collect();
        let r::Gather { step, count, seed, epoch, pad, cutout, label_shift, .. } = settings;
        let flip = match settings.mirror {
            Mirror::Never => 0,
            Mirror::AtRandom => 1,
            Mirror::EveryOtherEpoch => 2,
            Mirror::Always => 3,
        };
        let (reflect, offset) = (settings.reflect.into(), settings.offset as i32 as u32);
        let header =
            [step, count as u32, seed, flip, pad, 8, 0, label_shift, 0, reflect, cutout, epoch, offset, 0, 0];
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
        outcome.expect(&format!("{settings:?}, {records_a_part} a part"), x, &expected, 1e-6);
        let labels: Vec<u32> = outcome.read(labels).iter().map(|label| label.to_bits()).collect();
        assert_eq!(labels, expected_labels);
    }
}
