use super::shapes::length;
use super::*;

/// The hash FNV-1a of 64 bits (Fowler, Noll and Vo).
fn fnv1a<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn the_bytes_are_the_same_on_every_platform() {
    let dataset = synthetic(SEED, 200, 100);
    let hash = |split: &Split| fnv1a(split.labels.iter().chain(&split.images));
    assert_eq!(
        (hash(&dataset.train), hash(&dataset.test)),
        (11_616_770_307_564_573_891, 7_607_597_321_508_228_587),
        "measured results that name the synthetic data no longer hold if this changes on purpose"
    );
}

#[test]
fn more_images_only_add_to_the_first_ones_and_seeds_differ() {
    let (few, many) = (synthetic(1, 20, 10), synthetic(1, 50, 30));
    assert_eq!(few.train.images, many.train.images[..20 * IMAGE_BYTES]);
    assert_eq!(few.train.labels, many.train.labels[..20]);
    assert_eq!(few.test.images, many.test.images[..10 * IMAGE_BYTES]);
    assert_ne!(few.train.images, synthetic(2, 20, 10).train.images);
    assert_ne!(few.train.images[..10 * IMAGE_BYTES], few.test.images);
}

#[test]
fn each_ten_images_show_each_class_once_in_changing_order() {
    let dataset = synthetic(3, 300, 100);
    for split in [&dataset.train, &dataset.test] {
        for labels in split.labels.chunks(10) {
            let mut sorted = labels.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
        assert_ne!(split.labels[..10], split.labels[10..20]);
    }
}

#[test]
fn images_are_neither_dark_nor_blown_out() {
    let (mean, deviation) = synthetic(0, 500, 10).channel_statistics();
    assert!(mean.iter().all(|mean| (0.35..0.6).contains(mean)), "{mean:?}");
    assert!(deviation.iter().all(|deviation| (0.15..0.35).contains(deviation)), "{deviation:?}");
}

#[test]
fn every_object_is_inside_the_circle_that_is_painted_and_not_tiny() {
    for label in 0..CLASSES as u8 {
        let mut inside = 0;
        for i in 0..100 * 100 {
            let p = [(i % 100) as f32 / 30.0 - 1.65, (i / 100) as f32 / 30.0 - 1.65];
            if object(label, p) < 0.0 {
                inside += 1;
                assert!(length(p) < 1.1, "class {label} reaches {p:?}");
            }
        }
        let area = f64::from(inside) / 900.0;
        assert!((0.6..2.5).contains(&area), "class {label} has an area of {area}");
    }
}

#[test]
fn the_five_fold_figures_look_the_same_after_a_fifth_of_a_turn() {
    let (sin, cos) = (std::f32::consts::TAU / 5.0).sin_cos();
    for label in [4, 8] {
        for i in 0..400 {
            let [x, y] = [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95];
            let turned = [x * cos - y * sin, x * sin + y * cos];
            let difference = object(label, [x, y]) - object(label, turned);
            assert!(difference.abs() < 1e-4, "class {label} at {x} {y}: {difference}");
        }
    }
}
