//! Training runs: the same bits from the same seed, however they are cut; gradients of whole networks against f64;
//! evaluation; limits; counters.

mod common;

use common::{
    network::{self, Batch},
    runs::*,
};
use emascope::{
    config::{Augment, Because, Border, Experiment, Norm, Optimizer, Preset, TestView, Tta},
    data::{Dataset, Split, redraw_labels, whitening},
    executor::Executor,
    gpu::GpuError,
    network::{Group, LayerSpec, ModelSpec},
    optim::lookahead_rate,
    plan::{Counters, Memory},
    processor::Processor,
    reference::{CrossEntropy, Image, layer_twins, softmax_cross_entropy},
    trainer::{Images, MAX_STEPS_A_SUBMIT, Outline, PlannedTrainer, TrainError, Trainer, Weights},
};
use pollster::block_on;
use strum::IntoEnumIterator;

/// Averages of every kind.
const BANK: [&str; 4] = [
    "0.9",
    "0.98,every=3,warmup=ramp",
    "0.95,every=2,warmup=bias-corrected,buffers=copy,from=3",
    "0.9,buffers=recompute",
];

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (executor, dataset) = (executor(), dataset(40, 20));
    let run = |seed| {
        let mut trainer = trainer(&executor, &Experiment { seed, ..experiment(&BANK) }, &dataset);
        trainer.train(12).unwrap();
        (metrics(&trainer), evaluate_all(&trainer), state(&trainer))
    };
    let ((metrics, evaluations, state), (again_metrics, again_evaluations, again_state)) = (run(3), run(3));
    assert_eq!(metrics, again_metrics);
    assert_eq!(evaluations, again_evaluations);
    assert_same_bits("the same seed", &state, &again_state);
    assert_ne!(run(4).0, metrics, "another seed gives other numbers");
}

#[test]
fn norm_biases_have_a_rate_of_their_own() {
    let (executor, dataset) = (executor(), dataset(16, 4));
    // Without momentum a step moves every weight by its rate times its gradient, and the first gradient does not depend on the rates.
    let step = |norm_bias_lr| {
        let sgd = Experiment { optimizer: Optimizer::Sgd, momentum: 0.0, nesterov: false, ..experiment(&[]) };
        let mut trainer = trainer(&executor, &Experiment { norm_bias_lr, ..sgd }, &dataset);
        let before = state(&trainer).raw;
        trainer.train(1).unwrap();
        (trainer, before)
    };
    let ((usual, before), (faster, _)) = (step(1.0), step(64.0));
    let (usual_after, faster_after) = (state(&usual).raw, state(&faster).raw);
    let mut biases = 0;
    for parameter in usual.model().parameters.iter().filter(|parameter| !parameter.buffer) {
        let range = parameter.offset..parameter.offset + parameter.len;
        if parameter.group == Group::NormBiases {
            for i in range {
                // They begin at 0.
                assert_near(
                    &parameter.name,
                    f64::from(faster_after[i]),
                    64.0 * f64::from(usual_after[i]),
                    1e-6,
                );
                biases += usize::from(usual_after[i] != before[i]);
            }
        } else {
            assert_same_floats(&parameter.name, &usual_after[range.clone()], &faster_after[range.clone()]);
            assert_ne!(usual_after[range.clone()], before[range], "{}", parameter.name);
        }
    }
    assert!(biases > 10, "{biases} norm biases moved");
}

/// Against the same steps without lookahead, whose weights it replaces, in f64.
#[test]
fn lookahead_takes_the_weights_back_to_slow_ones() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    const STEPS: u64 = 7;
    let plain = Experiment { steps: Some(STEPS), ..experiment(&["0"]) };
    let looking = Experiment { lookahead: 3, ..plain.clone() };
    let (mut with, mut without) =
        (trainer(&executor, &looking, &dataset), trainer(&executor, &plain, &dataset));
    let mut slow: Vec<f64> = state(&without).raw.iter().copied().map(f64::from).collect();
    for step in 1..=STEPS {
        with.train(1).unwrap();
        without.train(1).unwrap();
        let (mut expected, actual) = (state(&without), state(&with));
        let mut w: Vec<f64> = expected.raw.iter().copied().map(f64::from).collect();
        emascope::reference::lookahead(lookahead_rate(&looking, step, STEPS), &mut w, &mut slow);
        for (i, (&actual, &expected)) in actual.raw.iter().zip(&w).enumerate() {
            assert_near(
                &format!("step {step}: weight {i}"),
                actual.into(),
                expected,
                2e-7 * expected.abs().max(1.0),
            );
        }
        assert_same_floats("an average of β = 0 takes in the weights after it", &actual.ema[0], &actual.raw);
        // Both go on from the same weights, to the bit.
        slow = actual.slow.as_ref().unwrap().iter().copied().map(f64::from).collect();
        expected.raw.clone_from(&actual.raw);
        without.load_state(&expected).unwrap();
        assert_eq!([3, 6, 7].contains(&step), actual.slow.as_ref() == Some(&actual.raw), "step {step}");
    }
}

#[test]
fn views_of_a_test_image_are_judged_by_the_mean_of_their_logits() {
    let (executor, dataset) = (executor(), dataset(40, 21));
    let logits = |trainer: &Trainer, raw: &[f32], view: &TestView| {
        let batch = Batch::of_view(&dataset, view.mirrored, view.offset.into());
        network::pass(trainer.model(), &trainer.experiment().model_spec().layers, raw, batch, false, 0.0)
            .logits
    };
    let mut first = None;
    for tta in [Tta::None, Tta::Mirror, Tta::MirrorShift] {
        let mut trainer = trainer(&executor, &Experiment { tta, ..experiment(&["0.5"]) }, &dataset);
        trainer.train(10).unwrap();
        let state = state(&trainer);
        let evaluations = evaluate_all(&trainer);
        for (raw, evaluation) in [&state.raw, &state.ema[0]].into_iter().zip(&evaluations) {
            let views = tta.views();
            assert_near("shares", views.iter().map(|view| f64::from(view.share)).sum(), 1.0, 0.0);
            let mut mean = vec![0.0; 21 * 12];
            for view in views {
                let logits = logits(&trainer, raw, view);
                mean.iter_mut().zip(logits).for_each(|(mean, logit)| *mean += f64::from(view.share) * logit);
            }
            let settings = CrossEntropy { batch: 21, classes: 10, count: 21, smoothing: 0.0 };
            let labels: Vec<u32> = dataset.test.labels.iter().map(|&label| label.into()).collect();
            let expected = softmax_cross_entropy(settings, &mean, &labels);
            let [loss, right] =
                [&expected.loss, &expected.correct].map(|values| values.iter().sum::<f64>() / 21.0);
            assert_near(&format!("{tta}: loss"), evaluation.loss, loss, 1e-5 * loss);
            assert_near(&format!("{tta}: accuracy"), evaluation.accuracy, 100.0 * right, 1e-9);
        }
        // Training is the same, and so is what the evaluation is of.
        let (saved, alone) = first.get_or_insert((state.clone(), evaluations.clone()));
        assert_same_bits("trained alike", &state, saved);
        assert_eq!(tta == Tta::None, evaluations == *alone, "{tta}");
    }
}

#[test]
fn augmentation_is_that_of_the_twin() {
    let augment = Augment { flip: true, crop: 3 };
    let twos = [(true, Border::Black, 0), (false, Border::Reflected, 0), (true, Border::Reflected, 9)];
    for (flip_alternately, crop_border, cutout) in twos {
        let experiment = Experiment { flip_alternately, crop_border, cutout, augment, ..experiment(&[]) };
        check_step(&format!("{crop_border} border, cutout {cutout}"), &experiment);
    }
}

#[test]
fn an_evaluation_in_parts_is_the_same_and_leaves_no_trace_where_it_is_given_up() {
    use std::{cell::Cell, time::Duration};
    let (executor, dataset) = (executor(), dataset(40, 20));
    let (mut parts, mut straight) =
        (trainer(&executor, &experiment(&BANK), &dataset), trainer(&executor, &experiment(&BANK), &dataset));
    let methods = parts.methods();
    for trainer in [&mut parts, &mut straight] {
        trainer.train(4).unwrap();
    }
    let evaluate = |trainer: &Trainer, patience: usize| {
        let left = Cell::new(patience);
        let go_on = || left.replace(left.get().saturating_sub(1)) > 0;
        block_on(trainer.evaluate_in_parts(&methods, Duration::ZERO, &go_on)).unwrap()
    };
    // Three batches of 20 test images for each method, and five to measure buffers.
    for patience in [0, 2, 16, 19] {
        assert!(evaluate(&parts, patience).is_none(), "{patience}");
    }
    let expected = block_on(straight.submit_evaluation(&methods).unwrap().take()).unwrap();
    let whole = evaluate(&parts, 20).expect("twenty parts");
    assert_eq!((whole.step, &whole.names), (expected.step, &expected.names));
    assert_eq!((whole.evaluations, whole.predictions), (expected.evaluations, expected.predictions));
    for trainer in [&mut parts, &mut straight] {
        trainer.train(3).unwrap();
    }
    assert_same_bits("three steps later", &state(&parts), &state(&straight));
}

#[test]
fn without_epsilon_or_with_a_broken_step_averages_and_padding_stay_finite() {
    use emascope::trainer::is_finite;
    let (executor, dataset) = (executor(), dataset(40, 20));
    // The ten classes leave lanes of padding.
    let mut small = trainer(&executor, &Experiment { eps: 0.0, ..experiment(&["0.9"]) }, &dataset);
    small.train(6).unwrap();
    assert!(metrics(&small).iter().all(|metric| metric.loss.is_finite()));
    assert_eq!(state(&small).not_finite(small.averages()), None);

    let mut broken = trainer(&executor, &experiment(&["0.9,every=5", "0.9"]), &dataset);
    let mut start = state(&broken);
    start.raw[0] = f32::NAN;
    let kept = start.ema[0].clone();
    broken.load_state(&start).unwrap();
    broken.train(3).unwrap();
    let state = state(&broken);
    assert_eq!(state.ema[0], kept, "an average that took nothing in");
    assert!(!is_finite(&state.ema[1]));
    assert_eq!(state.not_finite(broken.averages()).as_deref(), Some("the raw weights"));
}

#[test]
fn steps_in_one_submit_are_steps_one_by_one() {
    // More than fit one submit, over several epochs of five steps.
    const STEPS: u32 = MAX_STEPS_A_SUBMIT + 5;
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut at_once = trainer(&executor, &experiment(&BANK), &dataset);
    at_once.train(STEPS).unwrap();
    let mut singly = trainer(&executor, &experiment(&BANK), &dataset);
    for _ in 0..STEPS {
        singly.train(1).unwrap();
    }
    assert_eq!(at_once.step(), u64::from(STEPS));
    assert_same_bits("one by one", &state(&at_once), &state(&singly));
    let steps = metrics(&at_once);
    assert_eq!(steps, metrics(&singly));
    assert!(steps.iter().map(|metric| metric.step).eq(1..=u64::from(STEPS)));
    assert!(metrics(&at_once).is_empty(), "each step is told once");
}

#[test]
fn a_resumed_run_goes_on_to_the_same_bits() {
    for lookahead in [0, 3] {
        check_resumed(&Experiment { lookahead, ..experiment(&BANK) });
    }
}

fn check_resumed(experiment: &Experiment) {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut straight = trainer(&executor, experiment, &dataset);
    let mut first = trainer(&executor, experiment, &dataset);
    straight.train(7).unwrap();
    first.train(7).unwrap();
    let saved = state(&first);
    drop(first);
    metrics(&straight);
    straight.train(6).unwrap();

    let mut resumed = trainer(&executor, experiment, &dataset);
    resumed.load_state(&saved).unwrap();
    assert_eq!(resumed.step(), 7);
    resumed.train(6).unwrap();
    assert_eq!(metrics(&resumed), metrics(&straight));
    assert_eq!(evaluate_all(&resumed), evaluate_all(&straight));
    assert_same_bits("resumed", &state(&resumed), &state(&straight));

    resumed.reset().unwrap();
    resumed.train(7).unwrap();
    assert_same_bits("begun again", &state(&resumed), &saved);
}

#[test]
fn a_state_of_another_run_is_refused() {
    let (executor, dataset) = (executor(), dataset(16, 8));
    let mut other = trainer(&executor, &experiment(&["0.9"]), &dataset);
    let mut trainer = trainer(&executor, &experiment(&["0.9", "0.99"]), &dataset);
    let before = state(&trainer);
    let refused = |result: Result<(), TrainError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, TrainError::OtherState(_)), "{error}");
    };
    refused(trainer.load_state(&state(&other)));
    refused(trainer.load_initial(vec![0.0; 3]));
    refused(other.load_state(&before));
    let looking = Experiment { lookahead: 5, ..experiment(&["0.9", "0.99"]) };
    let mut looking = common::runs::trainer(&executor, &looking, &dataset);
    refused(looking.load_state(&before));
    refused(trainer.load_state(&state(&looking)));
    assert_same_bits("after the refusals", &state(&trainer), &before);
}

#[test]
fn evaluating_and_asking_for_metrics_disturb_nothing() {
    let (executor, dataset) = (executor(), dataset(40, 21));
    let bank = &BANK[..3];
    let mut straight = trainer(&executor, &experiment(bank), &dataset);
    straight.train(6).unwrap();
    let mut disturbed = trainer(&executor, &experiment(bank), &dataset);
    let mut told = Vec::new();
    for _ in 0..3 {
        disturbed.train(2).unwrap();
        evaluate_all(&disturbed);
        told.extend(metrics(&disturbed));
        let _unread = disturbed.submit_evaluation(&[Weights::Ema(1)]).unwrap();
        block_on(disturbed.finish()).unwrap();
    }
    assert_eq!(told, metrics(&straight));
    assert_same_bits("evaluated on the way", &state(&disturbed), &state(&straight));
}

#[test]
fn a_partial_last_test_batch_counts_its_images_alone() {
    let (executor, experiment) = (executor(), experiment(&["0.5"]));
    for test in [21, 16, 3] {
        let dataset = dataset(40, test);
        let mut in_batches = trainer(&executor, &experiment, &dataset);
        in_batches.train(10).unwrap();
        let saved = state(&in_batches);
        let mut one_by_one = trainer(&executor, &Experiment { batch: 1, ..experiment.clone() }, &dataset);
        one_by_one.load_state(&saved).unwrap();
        for (batches, singles) in evaluate_all(&in_batches).iter().zip(evaluate_all(&one_by_one)) {
            assert_near(&format!("accuracy on {test}"), batches.accuracy, singles.accuracy, 1e-9);
            assert_near(&format!("loss on {test}"), batches.loss, singles.loss, 1e-6 * singles.loss);
        }
        let layers = experiment.model_spec().layers;
        let expected =
            network::pass(in_batches.model(), &layers, &saved.raw, Batch::of_test(&dataset), false, 0.0);
        let evaluation = evaluate(&in_batches, Weights::Raw);
        assert_near("accuracy against f64", evaluation.accuracy, expected.accuracy(), 1e-9);
        assert_near("loss against f64", evaluation.loss, expected.mean_loss(), 1e-5 * expected.mean_loss());
    }
}

/// Takes a step with each set of kernels and compares loss, gradients and batch norm's buffers with the same network in f64.
fn check_step(what: &str, experiment: &Experiment) {
    check_step_on(gpu().into(), what, experiment);
    check_step_on(gpu().as_graphics_card().into(), &format!("{what}, as a graphics card"), experiment);
    check_step_on(Processor::open().into(), &format!("{what}, on the processor"), experiment);
}

/// With Adam's β1 = 0 the first moment is the gradient.
fn check_step_on(executor: Executor, what: &str, experiment: &Experiment) {
    let dataset = dataset(22, 4);
    let experiment = Experiment { beta1: 0.0, ..experiment.clone() };
    let layers = experiment.model_spec().layers;
    let mut trainer = trainer(&executor, &experiment, &dataset);
    // The third step begins from weights that have moved, and with seven images a batch it is the last of its epoch.
    trainer.train(2).unwrap();
    let before = state(&trainer);
    metrics(&trainer);
    trainer.train(1).unwrap();
    let metric = metrics(&trainer)[0];
    let after = state(&trainer);

    let batch = Batch::of_step(&experiment, &dataset, 3);
    let smoothing = experiment.label_smoothing;
    let expected = network::pass(trainer.model(), &layers, &before.raw, batch, true, smoothing);
    assert_near(&format!("{what}: loss"), metric.loss, expected.mean_loss(), 1e-5 * expected.mean_loss());
    assert_near(&format!("{what}: accuracy"), metric.accuracy, expected.accuracy(), 1e-4);
    for parameter in &trainer.model().parameters {
        let range = parameter.offset..parameter.offset + parameter.len;
        let largest =
            |values: &[f64]| values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let (actual, expected, tolerance) = if !parameter.is_trained() {
            let buffer = &expected.arena[range.clone()];
            (&after.raw[range], buffer, 2e-6 * largest(buffer).max(1.0))
        } else {
            let gradient = &expected.gradients[range.clone()];
            assert!(largest(gradient) > 1e-6, "{what}: {} has no gradient to compare", parameter.name);
            // Rounding alone is below 1e-5; an activation that it moves across ReLU's kink adds a pixel's share.
            (&after.exp_avg[range], gradient, 5e-4 * largest(gradient))
        };
        for (i, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
            assert_near(&format!("{what}: {}[{i}]", parameter.name), actual.into(), expected, tolerance);
        }
    }
}

/// A run of seven images a batch (no multiple of anything) with everything on that acts on a gradient.
fn step_experiment(layers: &str) -> Experiment {
    Experiment { model: Some(model(layers)), batch: 7, label_smoothing: 0.1, ..experiment(&[]) }
}

/// The layers without parameters that keep the shape of their input.
fn element_wise() -> Vec<LayerSpec> {
    let image = Image { n: 1, h: 2, w: 2, c: 1 };
    let same_shape =
        |layer: &LayerSpec| layer_twins(layer).is_some_and(|twins| (twins.output)(image) == image);
    LayerSpec::iter().filter(same_shape).collect()
}

/// Whether a network has a layer of this kind, in a residual block perhaps.
fn has_kind(layers: &[LayerSpec], kind: &LayerSpec) -> bool {
    layers.iter().any(|layer| {
        let within = matches!(layer, LayerSpec::Residual(branch) if has_kind(branch, kind));
        within || std::mem::discriminant(layer) == std::mem::discriminant(kind)
    })
}

#[test]
fn gradients_of_a_network_with_every_kind_of_layer() {
    let element_wise = serde_json::to_string(&element_wise()).unwrap();
    let element_wise = element_wise.trim_matches(['[', ']']);
    let layers = r#"[
        {"conv": {"out": 6, "bias": false, "dirac": true}}, "batch_norm", "relu",
        "max_pool", {"batch_norm": {"scale": false, "momentum": 0.4, "epsilon": 1e-12}},
        {"residual": [{"conv": {"out": 6, "kernel": 1, "bias": false}}, "batch_norm", "relu",
                      {"conv": {"out": 6}}, {"group_norm": {"groups": 3}}]},
        "relu",
        {"conv": {"out": 10}}, ELEMENT_WISE, {"conv": {"out": 7, "kernel": 2}}, "max_pool", "max_pool",
        {"conv": {"out": 8, "kernel": 1, "bias": false}}, {"group_norm": {"groups": 2}}, "relu",
        {"residual": ["relu", {"residual": [{"conv": {"out": 8}}]}]},
        "max_pool", {"conv": {"out": 6}}, "global_max_pool", "global_average_pool", "flatten",
        {"dense": {"out": 13, "bias": false}}, ELEMENT_WISE, {"dense": {"out": 10}}, {"scale": {"by": 0.5}}]"#;
    let experiment = step_experiment(&layers.replace("ELEMENT_WISE", element_wise));
    let layers = experiment.model_spec().layers;
    let missing: Vec<LayerSpec> = LayerSpec::iter().filter(|kind| !has_kind(&layers, kind)).collect();
    assert!(missing.is_empty(), "the network lacks {missing:?}");
    check_step("every kind", &experiment);
}

#[test]
fn gradients_where_the_input_needs_none() {
    for layers in [
        r#"["global_average_pool", "flatten", {"dense": {"out": 10}}]"#,
        r#"["max_pool", "relu", {"residual": [{"conv": {"out": 3}}, "relu"]}, {"conv": {"out": 10, "kernel": 1}},
            "global_average_pool"]"#,
        r#"["batch_norm", {"residual": []}, {"residual": ["batch_norm"]}, "relu", "relu", "global_average_pool",
            {"dense": {"out": 10}}, "flatten"]"#,
        r#"["max_pool", "max_pool", "max_pool", {"group_norm": {"groups": 3}}, {"conv": {"out": 10}},
            "global_average_pool", "flatten"]"#,
    ] {
        check_step(layers, &step_experiment(layers));
    }
}

#[test]
fn gradients_of_the_preset_with_each_norm() {
    for norm in [Norm::Batch, Norm::Group, Norm::None] {
        // The preset's layers at a quarter of the width and, after a pool, a quarter of the pixels.
        let mut spec = ModelSpec::preset(Preset::Tiny, norm);
        for layer in &mut spec.layers {
            if let LayerSpec::Conv { out, .. } = layer {
                *out /= 4;
            }
        }
        spec.layers.insert(0, LayerSpec::MaxPool);
        let experiment = Experiment { model: Some(spec), batch: 7, ..experiment(&[]) };
        check_step(&format!("{norm} norm"), &experiment);
    }
}

#[test]
fn gradients_where_the_first_filters_whiten_the_images() {
    // The layers of airbench at a sixteenth of their width.
    let mut spec = ModelSpec::preset(Preset::Airbench, Norm::Batch);
    for layer in &mut spec.layers {
        if let LayerSpec::Conv { out, whiten: false, .. } = layer {
            *out /= 16;
        }
    }
    let experiment = Experiment { model: Some(spec), batch: 7, label_smoothing: 0.2, ..experiment(&[]) };
    check_step("airbench", &experiment);
}

#[test]
fn filters_that_whiten_come_from_the_images_and_stay() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let layers = r#"[{"conv": {"out": 24, "kernel": 2, "whiten": true}}, "gelu", "global_max_pool", "flatten", {"dense": {"out": 10}}]"#;
    let decayed = Experiment { weight_decay: 0.1, ..step_experiment(layers) };
    let mut trainer = trainer(
        &executor,
        &Experiment { ema: specs(&["0.9", "0.5,buffers=recompute"]), ..decayed },
        &dataset,
    );
    let (mean, deviation) = dataset.channel_statistics();
    let expected = whitening(&dataset.train, mean, deviation);
    let filters = trainer.model().parameters[0].clone();
    assert_same_floats("before training", &filters.to_pytorch(&state(&trainer).raw), &expected);
    trainer.train(7).unwrap();
    let after = state(&trainer);
    for arena in after.ema.iter().chain([&after.raw]) {
        assert_same_floats("after seven steps", &filters.to_pytorch(arena), &expected);
    }
    let bias = &trainer.model().parameters[1];
    assert!(bias.to_pytorch(&after.exp_avg).iter().all(|moment| *moment != 0.0), "the bias is trained");
    trainer.reset().unwrap();
    assert_same_floats("begun again", &filters.to_pytorch(&state(&trainer).raw), &expected);
}

#[test]
fn label_smoothing_acts_on_training_alone() {
    let (executor, dataset) = (executor(), dataset(16, 8));
    let first = |label_smoothing| {
        let mut trainer = trainer(&executor, &Experiment { label_smoothing, ..experiment(&[]) }, &dataset);
        let evaluation = evaluate(&trainer, Weights::Raw);
        trainer.train(1).unwrap();
        (metrics(&trainer)[0].loss, evaluation)
    };
    let ((plain, evaluation), (uniform, other), (smoothed, another)) = (first(0.0), first(1.0), first(0.1));
    assert_near("loss at 0.1", smoothed, 0.9 * plain + 0.1 * uniform, 1e-6);
    assert!((plain - uniform).abs() > 1e-3, "{plain} {uniform}");
    assert_eq!([other, another], [evaluation; 2]);
}

#[test]
fn label_noise_redraws_training_labels_alone() {
    let (executor, clean) = (executor(), dataset(40, 20));
    let noisy_experiment = Experiment { label_noise: 0.5, ..experiment(&["0.9"]) };
    let mut noisy = trainer(&executor, &noisy_experiment, &clean);
    let mut redrawn = clean.clone();
    redraw_labels(&mut redrawn.train.labels, 0.5, noisy_experiment.seed);
    assert_ne!(redrawn.train.labels, clean.train.labels);
    let mut by_hand = trainer(&executor, &experiment(&["0.9"]), &redrawn);
    noisy.train(6).unwrap();
    by_hand.train(6).unwrap();
    assert_eq!(metrics(&noisy), metrics(&by_hand));
    assert_eq!(evaluate_all(&noisy), evaluate_all(&by_hand));
    assert_same_bits("redrawn by hand", &state(&noisy), &state(&by_hand));
}

#[test]
fn limits_keep_the_first_images() {
    let executor = executor();
    let mut limited = dataset(60, 30);
    limited.limit(Some(43), Some(9));
    let run = |dataset: &Dataset| {
        let mut trainer = trainer(&executor, &experiment(&[]), dataset);
        assert_eq!(trainer.steps_per_epoch(), 5);
        trainer.train(6).unwrap();
        (metrics(&trainer), evaluate_all(&trainer))
    };
    assert_eq!(run(&limited), run(&dataset(43, 9)));
}

#[test]
fn an_epoch_shows_every_image_once_unless_left_over() {
    // One image a step, and weights that stay (lr = 0): an image is known by its loss.
    let (executor, dataset) = (executor(), dataset(9, 1));
    let layers = r#"["global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    let losses = |shuffle| {
        let experiment = Experiment {
            model: Some(model(layers)),
            batch: 1,
            lr: 0.0,
            shuffle,
            augment: Augment::NONE,
            ..experiment(&[])
        };
        let mut trainer = trainer(&executor, &experiment, &dataset);
        trainer.train(18).unwrap();
        let losses: Vec<f64> = metrics(&trainer).iter().map(|metric| metric.loss).collect();
        let (first, second) = losses.split_at(9);
        (first.to_vec(), second.to_vec())
    };
    let (first, second) = losses(false);
    assert_eq!(first, second);
    let (mut shuffled, mut again) = losses(true);
    assert_ne!(shuffled, first);
    assert_ne!(shuffled, again);
    let mut in_order = first;
    for losses in [&mut in_order, &mut shuffled, &mut again] {
        losses.sort_by(f64::total_cmp);
    }
    assert_eq!(in_order, shuffled);
    assert_eq!(in_order, again);
}

#[test]
fn a_small_network_learns_its_images_by_heart() {
    let (executor, dataset) = (executor(), dataset(32, 8));
    let residual = r#"["max_pool", {"conv": {"out": 8, "bias": false}}, "batch_norm", "relu", "max_pool",
        {"residual": [{"conv": {"out": 8, "bias": false}}, "batch_norm", "relu"]}, "global_average_pool", "flatten",
        {"dense": {"out": 10}}]"#;
    let group = residual.replace(r#""batch_norm""#, r#"{"group_norm": {"groups": 2}}"#);
    let none = r#"["max_pool", {"conv": {"out": 8}}, "relu", "max_pool", {"conv": {"out": 12}}, "relu",
        "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    for layers in [residual, &group, none] {
        let experiment = Experiment {
            model: Some(model(layers)),
            batch: 16,
            lr: 0.02,
            augment: Augment::NONE,
            ..experiment(&["0.9"])
        };
        let mut trainer = trainer(&executor, &experiment, &dataset);
        trainer.train(150).unwrap();
        let losses: Vec<f64> = metrics(&trainer).iter().map(|metric| metric.loss).collect();
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let (first, last) = (mean(&losses[..4]), mean(&losses[146..]));
        assert!(last < 0.6 * first, "loss went from {first} to {last} with {layers}");
    }
}

#[test]
fn a_batch_larger_than_the_data_is_refused() {
    let refused = |batch, dataset: &Dataset| {
        let experiment = Experiment { batch, ..experiment(&[]) };
        block_on(Trainer::new(&executor(), &experiment, dataset)).err().expect("an error").to_string()
    };
    let message = refused(17, &dataset(16, 8));
    assert!(
        message.contains("17") && message.contains("16") && message.contains("smaller batch"),
        "{message}"
    );
    let message = refused(8, &dataset(16, 0));
    assert!(message.contains("no test images"), "{message}");
}

#[test]
fn batch_norm_over_a_single_value_is_refused() {
    let (executor, dataset) = (executor(), dataset(16, 8));
    let build = |layers: &str, batch| {
        let experiment = Experiment { model: Some(model(layers)), batch, ..experiment(&["0.9"]) };
        block_on(Trainer::new(&executor, &experiment, &dataset))
    };
    let after_pooling =
        r#"[{"conv": {"out": 8}}, "global_average_pool", "batch_norm", {"dense": {"out": 10}}]"#;
    let in_a_branch = r#"["max_pool", "max_pool", "max_pool", "max_pool", "max_pool", {"residual": ["relu", "batch_norm"]},
        "flatten", {"dense": {"out": 10}}]"#;
    for (layers, layer) in [(after_pooling, "layer 2 "), (in_a_branch, "layer 5.1 ")] {
        let error = build(layers, 1).err().expect("an error");
        assert!(matches!(error, TrainError::SingleValue { .. }), "{error}");
        assert!(error.to_string().contains(layer), "{error}");
        let mut two = build(layers, 2).unwrap();
        two.train(3).unwrap();
        assert!(state(&two).raw.iter().all(|value| value.is_finite()));
    }
    let before_pooling = r#"["batch_norm", "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    assert!(build(before_pooling, 1).is_ok());
}

/// Black images: for tests that run nothing.
fn black(train: usize, test: usize) -> Dataset {
    let split = |n| Split { images: vec![0; 3072 * n], labels: vec![0; n] };
    Dataset { train: split(train), test: split(test), ..dataset(1, 1) }
}

#[test]
fn more_than_the_adapter_allows_is_refused_before_anything_is_allocated() {
    let executor = gpu().into();
    // Activations of 1,024 pixels × 2^20 channels × 4 bytes = 4 GiB, of weights that fit; and the other way round.
    let wide = r#"[{"conv": {"out": 1048576, "kernel": 1}}, "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    let large = r#", {"conv": {"out": 16384, "kernel": 1}}"#.repeat(2);
    let heavy = format!(r#"["global_average_pool"{large}, "flatten", {{"dense": {{"out": 10}}}}]"#);
    for (layers, culprit) in [(wide, "conv.y"), (&heavy, "weights")] {
        let experiment = Experiment { model: Some(model(layers)), batch: 1, ..experiment(&[]) };
        let error = block_on(Trainer::new(&executor, &experiment, &black(1, 1))).err().expect("an error");
        let TrainError::Gpu(GpuError::Limit { what, bytes, limit, allowed }) = &error else {
            panic!("{error} is no limit");
        };
        assert!(what == culprit && bytes > allowed, "{error}");
        assert!(
            ["maxStorageBufferBindingSize", "maxBufferSize", "largest texture (maxTextureDimension2D)"]
                .contains(limit),
            "{error}"
        );
        let message = error.to_string();
        assert!(message.contains(&allowed.to_string()) && message.contains("smaller"), "{message}");
    }
    // The adapter is none the worse for it.
    trainer(&executor, &experiment(&[]), &dataset(8, 1)).train(1).unwrap();
}

#[test]
fn a_batch_beyond_the_adapters_limits_names_the_limit() {
    let executor = gpu().into();
    // 2^14 images × 1,024 pixels × 128 channels × 4 bytes = 8 GiB.
    let layers = r#"[{"conv": {"out": 128}}, "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    let experiment = Experiment { model: Some(model(layers)), batch: 16_384, ..experiment(&[]) };
    let error = block_on(Trainer::new(&executor, &experiment, &black(16_384, 1))).err().expect("an error");
    assert!(matches!(error, TrainError::Gpu(GpuError::Limit { .. })), "{error}");
    assert!(error.to_string().contains("smaller batch"), "{error}");
}

#[test]
fn weights_that_blow_up_show_as_nan() {
    let (executor, dataset) = (executor(), dataset(40, 20));
    let no_norm = r#"["max_pool", {"conv": {"out": 8}}, "relu", {"conv": {"out": 8}}, "relu", "max_pool",
        "global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    for model in [model(no_norm), small_model()] {
        let experiment =
            Experiment { model: Some(model), lr: 1e30, ..experiment(&["0.9", "0.9,buffers=recompute"]) };
        let mut trainer = trainer(&executor, &experiment, &dataset);
        trainer.train(6).unwrap();
        let metrics = metrics(&trainer);
        assert!(metrics[0].loss.is_finite(), "the first batch comes before the first update: {metrics:?}");
        assert!(metrics[5].loss.is_nan(), "{metrics:?}");
        for evaluation in evaluate_all(&trainer) {
            assert!(evaluation.loss.is_nan(), "{evaluation:?}");
        }
        // And a run that begins again is as good as new.
        trainer.reset().unwrap();
        trainer.train(1).unwrap();
        assert_eq!(common::runs::metrics(&trainer)[0], metrics[0]);
    }
}

#[test]
fn counters_of_the_smallest_preset() {
    let dataset = black(5_000, 1_000);
    let trainer = trainer(&executor(), &Experiment::default(), &dataset);
    assert_eq!(trainer.model().parameter_count(), 72_954);
    assert_eq!(trainer.steps_per_epoch(), 78);
    // On a software adapter every dispatch costs tens of microseconds.
    assert!(trainer.dispatches_per_step() <= 70, "{} dispatches a step", trainer.dispatches_per_step());
    // 58.2 million an image: 19.8 forward, as many for the weights, 18.9 for the inputs but the first.
    assert!(trainer.flops_per_step().abs_diff(3_750_000_000) < 50_000_000, "{}", trainer.flops_per_step());
    assert!(trainer.moved_per_step() < 300_000_000, "{} bytes a step", trainer.moved_per_step());
    let memory = trainer.memory();
    assert!(memory.bytes < 64_000_000, "{memory}");
    assert!(memory.activations * 3 < memory.activations_unshared, "activations share memory: {memory}");
}

#[test]
fn a_step_asks_for_nothing_but_its_kernels() {
    let executor = executor();
    let mut trainer = trainer(&executor, &Experiment { lookahead: 3, ..experiment(&BANK) }, &dataset(43, 20));
    let dispatches = trainer.dispatches_per_step() as u64;
    let mut asked = |steps: u32| {
        let before = executor.counters();
        trainer.train(steps).unwrap();
        executor.counters() - before
    };
    for steps in [1, 2, MAX_STEPS_A_SUBMIT] {
        let counters = asked(steps);
        let expected = Counters {
            submits: 1,
            dispatches: u64::from(steps) * dispatches,
            // The table of all steps and its cursor, before the first of them.
            uploads: 2,
            uploaded_bytes: counters.uploaded_bytes,
            ..Counters::default()
        };
        assert_eq!(counters, expected, "{steps} steps");
    }
    assert_eq!(asked(MAX_STEPS_A_SUBMIT + 1).submits, 2);
}

#[test]
fn a_run_that_is_left_gives_back_all_it_took_and_what_is_on_its_way_arrives() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let before = executor.counters();
    let held = || {
        let since = executor.counters() - before;
        since.allocations - since.releases
    };
    let mut trainer = trainer(&executor, &experiment(&BANK), &dataset);
    trainer.train(3).unwrap();
    let expected = evaluate_all(&trainer);
    let one_run = held();
    assert!(one_run > 20, "{one_run} buffers");
    // A change for which another trainer takes the place of this one.
    let experiment = Experiment { ema: specs(&[&BANK[..3], &["0.8"]].concat()), ..experiment(&BANK) };
    let pending = trainer.submit_evaluation(&trainer.methods()).unwrap();
    block_on(trainer.change(&experiment)).unwrap();
    assert!(held() <= one_run + 1, "{} buffers after {one_run}", held());
    trainer.train(1).unwrap();
    trainer.release();
    // What is asked of the processor has arrived at once.
    let on_the_way = u64::from(matches!(executor, Executor::Gpu(_)));
    assert_eq!(held(), on_the_way, "of all buffers only the one on its way is left");
    assert_eq!(block_on(pending.take()).unwrap().evaluations, expected);
    assert_eq!(held(), 0);
    drop(trainer);
    assert_eq!(held(), 0, "nothing is given back two times");
}

#[test]
fn a_run_that_the_data_do_not_allow_becomes_the_nearest_that_they_do() {
    let (executor, dataset) = (executor(), dataset(40, 20));
    let wanted = Experiment { batch: 64, epochs: 3, warmup_steps: 5000, ..experiment(&[]) };
    let (mut trainer, adjustments) = block_on(Trainer::nearest(&executor, &wanted, &dataset)).unwrap();
    assert_eq!(trainer.experiment(), &Experiment { batch: 40, warmup_steps: 3, ..wanted.clone() });
    let said: Vec<_> = adjustments.iter().map(|one| (one.key.as_str(), one.because)).collect();
    assert_eq!(said, [("batch", Because::Images), ("warmup_steps", Because::WarmUp)]);
    trainer.train(3).unwrap();
    let fitting = Experiment { batch: 8, warmup_steps: 0, ..wanted };
    assert_eq!(block_on(Trainer::nearest(&executor, &fitting, &dataset)).unwrap().1, []);
    // One image is a batch that every network of a link can normalise.
    let one = common::runs::dataset(1, 1);
    for (preset, norm) in Preset::CHOICES
        .iter()
        .map(|name| Preset::from_name(name).unwrap())
        .flat_map(|preset| [Norm::Batch, Norm::Group, Norm::None].map(|norm| (preset, norm)))
    {
        let experiment = Experiment { preset, norm, batch: 1, ..Experiment::default() };
        assert!(PlannedTrainer::new(&executor, &experiment, &one).is_ok(), "{preset}, {norm}");
    }
}

#[test]
fn images_too_many_for_one_binding_come_in_parts() {
    let (executor, whole) = (executor(), dataset(43, 20));
    let memory = Memory::default();
    let outline = Outline::of(&whole, false);
    let images = |largest_binding| Images::new(&memory, "training", 43, &outline, largest_binding);
    let sizes = |images: Images| images.parts.iter().map(|part| part.bytes / 3072).collect::<Vec<_>>();
    assert_eq!(sizes(images(u64::MAX)), [43]);
    assert_eq!(sizes(images(20 * 3072 + 255)), [20, 20, 3]);
    // All of CIFAR-10, which is more than WebGPU's default limit allows a binding.
    let mut trainer = trainer(&executor, &experiment(&[]), &black(50_000, 1));
    trainer.train(2).unwrap();
    assert!(metrics(&trainer).iter().all(|metric| metric.loss.is_finite()));
}

#[test]
fn a_plan_knows_its_memory_before_it_is_allocated() {
    let (executor, dataset) = (executor(), dataset(40, 20));
    let before = executor.counters();
    let planned = PlannedTrainer::new(&executor, &experiment(&BANK), &dataset).unwrap();
    let memory = planned.memory();
    assert_eq!(executor.counters(), before, "planning asks for nothing");
    let trainer = block_on(planned.allocate(&dataset)).unwrap();
    assert_eq!(trainer.memory(), &memory);
    let lasting: u64 = memory.lasting.iter().map(|one| one.1).sum();
    assert_eq!(memory.bytes, memory.activations + lasting);
}
