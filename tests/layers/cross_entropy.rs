use emascope::{
    layers::kernels as k,
    random::pcg4d,
    reference::{self as r, CrossEntropy, Image},
};

use crate::{
    TOLERANCE,
    common::{
        golden::Golden,
        lab::{Lab, batch},
    },
    differences::{Noise, assert_padding_is_zero, check_gradient},
};

#[test]
fn kernel() {
    for (size, count, classes, smoothing) in
        [(1, 1, 10, 0.0), (7, 7, 10, 0.1), (9, 4, 10, 0.0), (70, 66, 6, 0.2)]
    {
        let mut lab = Lab::open();
        let image = Image { n: size, h: 1, w: 1, c: classes };
        let logits: Vec<f64> = lab.image(image).iter().map(|z| 30.0 * z).collect();
        let logits: Vec<f64> = logits.iter().map(|&z| f64::from(z as f32)).collect();
        let labels: Vec<u32> = (0..size as u32).map(|n| pcg4d([n, 0, 0, 5])[0] % classes as u32).collect();
        let (logits_view, labels_view) = (lab.input(&logits), lab.bytes(&labels));
        let batch_view = lab.bytes(&batch(count as u32, 0.0));
        let (outcome_view, dlogits) = (lab.output(2 * size), lab.output(image.size()));
        let inputs = [logits_view, labels_view, batch_view];
        let outcome =
            lab.run(&[k::softmax_cross_entropy(classes, smoothing, inputs, [outcome_view, dlogits])]);
        let settings = CrossEntropy { batch: size, classes, count, smoothing };
        let expected = r::softmax_cross_entropy(settings, &logits, &labels);
        let pairs: Vec<f64> =
            expected.loss.iter().zip(&expected.correct).flat_map(|(&l, &c)| [l, c]).collect();
        let what = format!("{count} of {size}, {classes} classes, smoothing {smoothing}");
        outcome.expect(&what, outcome_view, &pairs, TOLERANCE);
        outcome.expect(&what, dlogits, &expected.dlogits, TOLERANCE);
    }
}

#[test]
fn gradient() {
    for (batch, classes, count) in [(1, 10, 1), (4, 3, 4), (5, 10, 2), (3, 7, 1)] {
        for smoothing in [0.0, 0.1] {
            let settings = CrossEntropy { batch, classes, count, smoothing };
            let image = Image { n: batch, h: 1, w: 1, c: classes };
            let logits: Vec<f64> = Noise::new(8).image(image).iter().map(|logit| 4.0 * logit).collect();
            let labels: Vec<u32> = (0..batch).map(|n| (n * 5 % classes) as u32).collect();
            let out = r::softmax_cross_entropy(settings, &logits, &labels);
            assert_padding_is_zero("cross-entropy", classes, &out.dlogits);
            assert!(out.loss[count..].iter().chain(&out.correct[count..]).all(|&value| value == 0.0));
            let mean = |i: &[Vec<f64>]| {
                let out = r::softmax_cross_entropy(settings, &i[0], &labels);
                r::metrics(&out.loss, &out.correct, count, 0)[0] / count as f64
            };
            check_gradient(&format!("{settings:?}"), &[logits], mean, &[out.dlogits]);
        }
    }
}

#[test]
fn closed_forms() {
    // Equal logits: every probability is 1/4, whatever the smoothing. The first of equals counts as the prediction.
    for smoothing in [0.0, 0.1] {
        let settings = CrossEntropy { batch: 2, classes: 4, count: 2, smoothing };
        let out = r::softmax_cross_entropy(settings, &[7.0; 8], &[0, 3]);
        assert!(out.loss.iter().all(|loss| (loss - 4.0_f64.ln()).abs() <= 1e-14));
        assert_eq!(out.correct, [1.0, 0.0]);
    }
    // Logits far beyond what exp can hold: p = (1, 0), so the smoothed loss is the share of the wrong class × 2000.
    let settings = CrossEntropy { batch: 1, classes: 2, count: 1, smoothing: 0.1 };
    let out = r::softmax_cross_entropy(settings, &[1000.0, -1000.0, 0.0, 0.0], &[0]);
    assert!((out.loss[0] - 0.05 * 2000.0).abs() <= 1e-10, "{}", out.loss[0]);
    assert!((out.dlogits[0] - 0.05).abs() <= 1e-14, "{}", out.dlogits[0]);
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/cross_entropy.safetensors");
    for name in ["cross_entropy", "cross_entropy_smoothing", "cross_entropy_large"] {
        let image = golden.image(&format!("{name}.logits"));
        let labels: Vec<u32> =
            golden.get(&format!("{name}.labels")).iter().map(|&label| label as u32).collect();
        let smoothing = golden.get(&format!("{name}.smoothing"))[0];
        let mut lab = Lab::open();
        let logits = lab.input(&golden.activations(&format!("{name}.logits")));
        let labels = lab.bytes(&labels);
        let batch = lab.bytes(&[1, image.n as u32, 0, 0]);
        let (samples, dlogits) = (lab.output(2 * image.n), lab.output(image.size()));
        let kernel =
            k::softmax_cross_entropy(image.c, smoothing, [logits, labels, batch], [samples, dlogits]);
        let outcome = lab.run(&[kernel]);
        outcome.expect(name, dlogits, &golden.activations(&format!("{name}.dlogits")), 2e-7);
        let losses = outcome.read(samples).into_iter().step_by(2);
        for (n, (actual, &expected)) in losses.zip(golden.get(&format!("{name}.loss"))).enumerate() {
            let difference = (f64::from(actual) - expected).abs();
            assert!(
                difference <= 3e-7 * expected.max(1.0),
                "{name}.loss[{n}] = {actual}, PyTorch has {expected}"
            );
        }
    }
}
