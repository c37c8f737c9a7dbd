use emascope::{
    layers::kernels as k,
    layout::pad4,
    reference::{self as r, Image},
    roofline,
};

use crate::{
    TOLERANCE,
    common::lab::{Lab, batch},
};

#[test]
fn metrics() {
    for (size, count) in [(1, 1), (7, 7), (9, 4), (70, 66)] {
        let mut lab = Lab::open();
        let mut draw = lab.draw();
        let loss: Vec<f64> = (0..size).map(|_| f64::from((3.0 * draw().abs()) as f32)).collect();
        let correct: Vec<f64> = (0..size).map(|n| f64::from(u8::from(n % 3 == 0))).collect();
        let pairs: Vec<f64> = loss.iter().zip(&correct).flat_map(|(&l, &c)| [l, c]).collect();
        let (outcome_view, ring) = (lab.input(&pairs), lab.output(4 * 8));
        let batch_view = lab.bytes(&batch(count as u32, 0.0));
        let outcome = lab.run(&[emascope::trainer::metrics(outcome_view, batch_view, ring)]);
        let entry = &outcome.read(ring)[12..16];
        let sums = r::metrics(&loss, &correct, count, 3);
        assert!((f64::from(entry[0]) - sums[0]).abs() <= 1e-5 * sums[0], "{entry:?} {sums:?}");
        assert_eq!([f64::from(entry[1]), f64::from(entry[2])], sums[1..3]);
        assert_eq!(entry[3].to_bits(), 3);
    }
}

#[test]
fn predict_says_class_and_probability_batch_after_batch() {
    for (size, classes, count) in [(8, 10, 8), (8, 10, 5), (3, 4, 3), (70, 13, 65)] {
        let mut lab = Lab::open();
        let image = Image { n: size, h: 1, w: 1, c: classes };
        let mut logits: Vec<f64> = lab.image(image).iter().map(|z| f64::from((30.0 * z) as f32)).collect();
        // The first of equals is predicted: all logits of the last sample are the same.
        logits[(count - 1) * pad4(classes)..][..classes].fill(2.5);
        let logits_view = lab.input(&logits);
        let predictions = lab.output(2 * 2 * size);
        let [first, second] = [0_u32, 1].map(|step| lab.bytes(&[step, count as u32]));
        let predict = |batch| emascope::trainer::predict(classes, logits_view, batch, predictions);
        let outcome = lab.run(&[predict(first), predict(second)]);
        let expected = r::predict(size, classes, count, &logits);
        assert_eq!(expected[count - 1].0, 0);
        let actual = outcome.read(predictions);
        for batch in actual.chunks_exact(2 * size) {
            for (n, pair) in batch.chunks_exact(2).enumerate() {
                let Some(&(label, probability)) = expected.get(n) else {
                    assert!(pair[0].is_nan() && pair[1].is_nan(), "sample {n} is none of {count}");
                    continue;
                };
                assert_eq!(pair[0].to_bits(), label, "sample {n} of {classes} classes");
                let difference = (f64::from(pair[1]) - probability).abs();
                assert!(difference <= TOLERANCE, "sample {n}: {} is not {probability}", pair[1]);
            }
        }
    }
}

#[test]
fn probe_notes_the_followed_weights_alone() {
    let (len, places, steps, width) = (192, [191_u32, 0, u32::MAX, 70], 4, 9);
    for averages in [0, 1, 8] {
        let mut lab = Lab::open();
        let (w, bank) = (lab.vector(len), lab.vector(len * averages));
        let (w_view, bank_view) = (lab.input(&w), lab.input(if averages > 0 { &bank } else { &w[..4] }));
        let indices = lab.bytes(&places);
        let batch = lab.bytes(&[6_u32, 0, 0, 0]);
        let ring = lab.output(steps * places.len() * width);
        let sources = [w_view, bank_view, indices, batch];
        let outcome = lab.run(&[emascope::trainer::probe(steps, 1 + averages, sources, ring)]);
        let actual = outcome.read(ring);
        for (slot, entry) in actual.chunks_exact(places.len() * width).enumerate() {
            for (p, values) in entry.chunks_exact(width).enumerate() {
                let followed = slot == 6 % steps && places[p] != u32::MAX;
                let place = [places[p] as usize];
                let expected = if followed { r::probe(&w, &bank, &place) } else { Vec::new() };
                for (method, value) in values.iter().enumerate() {
                    match expected.get(method) {
                        Some(&expected) => assert_eq!(f64::from(*value), expected, "{p} by {method}"),
                        None => assert!(value.is_nan(), "slot {slot}, {p} by {method} is {value}"),
                    }
                }
            }
        }
    }
}

#[test]
fn the_roofline_kernels_do_what_they_are_timed_for() {
    let mut lab = Lab::open();
    let quads = 67;
    let coefficients = lab.input(&[0.999, 0.001, 0.0, 0.0]);
    let (sums, copied) = (lab.output(4 * quads), lab.output(4 * quads));
    let values: Vec<f64> = (0..4 * quads).map(|i| i as f64).collect();
    let source = lab.input(&values);
    let outcome = lab.run(&[roofline::fma(3, coefficients, sums), k::copy(source, copied)]);
    let [factor, term] = [0.999_f32, 0.001].map(f64::from);
    // 48 roundings in a row, each of half a unit of the last place.
    outcome.expect("sums", sums, &r::roofline_fma(quads, 3, factor, term), 48.0 * 6e-8);
    outcome.expect("copied", copied, &values, 0.0);
}

#[test]
fn add_view_begins_with_the_first_and_adds_the_others() {
    let mut lab = Lab::open();
    let logits = [lab.vector(36), lab.vector(36)];
    let views = [0, 1].map(|view| {
        let share = [0.25_f32, 0.5][view].to_bits();
        lab.bytes(&[0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, view as u32, share])
    });
    let sum = lab.output(36);
    let plan = [0, 1].map(|view| emascope::trainer::add_view(lab.input(&logits[view]), views[view], sum));
    let outcome = lab.run(&plan);
    let mut expected = vec![f64::NAN; 36];
    r::add_view(true, 0.25, &logits[0], &mut expected);
    r::add_view(false, 0.5, &logits[1], &mut expected);
    outcome.expect("sum", sum, &expected, 1e-7);
}
