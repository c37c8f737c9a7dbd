//! The bank of averages during training: closed forms, apply and restore, batch norm's buffers, misuse.

mod common;

use common::{network::Batch, runs::*};
use emascope::{
    average::{BufferPolicy, EmaError, MAX_AVERAGES},
    config::{Augment, Experiment},
    data::Dataset,
    executor::Executor,
    reference::{ConvShape, Image, conv_forward, max_pool_forward, norm_statistics},
    trainer::{TrainError, Trainer, TrainingState, Weights},
};
use pollster::block_on;
use serde::Deserialize;

/// An average of `averages/vectors.json`, which has the shares of its closed form.
#[derive(Deserialize)]
struct Vector {
    text: String,
    every: usize,
    from: usize,
    /// Of the weights it began with, then of those at each update up to step 13.
    shares: Vec<f64>,
}

fn vectors() -> Vec<Vector> {
    #[derive(Deserialize)]
    struct Vectors {
        averages: Vec<Vector>,
    }
    let vectors: Vectors = serde_json::from_str(include_str!("averages/vectors.json")).unwrap();
    vectors.averages
}

#[test]
fn every_average_has_its_closed_form() {
    const STEPS: usize = 13;
    let (executor, dataset) = (executor(), dataset(40, 8));
    for bank in vectors().chunks(MAX_AVERAGES) {
        let texts: Vec<&str> = bank.iter().map(|vector| vector.text.as_str()).collect();
        let experiment = Experiment { lr: 0.05, ..experiment(&texts) };
        let mut trainer = trainer(&executor, &experiment, &dataset);
        let mut raw = vec![state(&trainer).raw];
        for _ in 0..STEPS {
            trainer.train(1).unwrap();
            raw.push(state(&trainer).raw);
        }
        let averages = state(&trainer).ema;
        for ((Vector { text, every, from, shares }, spec), average) in
            bank.iter().zip(&experiment.ema).zip(averages)
        {
            // Up to its first step the average is the raw weights.
            let from = (*from).min(STEPS);
            let n = shares.len() - 1;
            if spec.beta() == Some(0.0) {
                assert_same_floats("β = 0", &average, &raw[STEPS]);
            }
            for (i, &actual) in average.iter().enumerate() {
                let buffer = i >= trainer.model().parameter_floats;
                let value = |update: usize| f64::from(raw[from + update * every][i]);
                let expected = match spec.buffers {
                    BufferPolicy::Copy | BufferPolicy::Recompute if buffer => value(n),
                    _ => shares.iter().enumerate().map(|(update, share)| share * value(update)).sum(),
                };
                // A rounding an update; one update moves a weight by up to lr (1 − β) = 5e-5 or more.
                let what = format!("{text} after step {STEPS}, value {i}");
                assert_near(&what, actual.into(), expected, 1e-6 * expected.abs().max(0.5));
            }
        }
        let moved = raw[0].iter().zip(&raw[STEPS]).filter(|(a, b)| (*a - *b).abs() > 0.05).count();
        assert!(moved > 1000, "only {moved} values moved, so that the averages are of nothing");
    }
}

#[test]
fn after_apply_evaluate_and_restore_training_goes_on_to_the_same_bits() {
    let experiment = experiment(&["0.9", "0.98,every=2,buffers=copy", "0.95,warmup=ramp"]);
    let (executor, dataset) = (executor(), dataset(40, 20));
    let mut straight = trainer(&executor, &experiment, &dataset);
    straight.train(7).unwrap();
    let mut applied = trainer(&executor, &experiment, &dataset);
    applied.train(3).unwrap();
    let before = state(&applied);
    let expected = evaluate_all(&applied);
    for k in 0..3 {
        applied.apply(k).unwrap();
        assert_eq!(block_on(applied.evaluate_current()).unwrap(), expected[1 + k], "average {k} is in place");
        applied.restore().unwrap();
        assert_eq!(block_on(applied.evaluate_current()).unwrap(), expected[0], "the raw weights are back");
        assert_ne!(expected[1 + k], expected[0], "the average differs from the raw weights");
    }
    assert_same_bits("after restore", &state(&applied), &before);
    applied.train(4).unwrap();
    assert_same_bits("four steps later", &state(&applied), &state(&straight));
    assert_eq!(metrics(&applied), metrics(&straight));
}

#[test]
fn misuse_is_an_error_and_changes_nothing() {
    let experiment = experiment(&["0.9", "0.98"]);
    let mut trainer = trainer(&executor(), &experiment, &dataset(16, 8));
    trainer.train(2).unwrap();
    let before = state(&trainer);
    let is = |result: Result<(), TrainError>, expected: EmaError| match result {
        Err(TrainError::Ema(error)) => assert_eq!(error, expected),
        other => panic!("{other:?} in place of {expected:?}"),
    };
    is(trainer.restore(), EmaError::NotApplied);
    is(trainer.apply(2), EmaError::NoSuchAverage { index: 2, len: 2 });
    let missing = block_on(trainer.evaluate(&[Weights::Raw, Weights::Ema(2)])).map(|_| ());
    is(missing, EmaError::NoSuchAverage { index: 2, len: 2 });

    trainer.apply(1).unwrap();
    is(trainer.apply(0), EmaError::AppliedTwice(1));
    is(trainer.apply(1), EmaError::AppliedTwice(1));
    is(trainer.train(1), EmaError::StillApplied(1));
    is(block_on(trainer.time_step()).map(|_| ()), EmaError::StillApplied(1));
    is(block_on(trainer.state()).map(|_| ()), EmaError::StillApplied(1));
    is(trainer.load_state(&before), EmaError::StillApplied(1));
    is(trainer.load_initial(before.raw.clone()), EmaError::StillApplied(1));
    is(trainer.reset(), EmaError::StillApplied(1));
    trainer.restore().unwrap();
    is(trainer.restore(), EmaError::NotApplied);
    assert_same_bits("after every misuse", &state(&trainer), &before);
}

#[test]
fn an_average_evaluates_as_a_network_with_those_weights() {
    let experiment = experiment(&["0.7", "0.9,warmup=bias-corrected,buffers=copy"]);
    let (executor, dataset) = (executor(), dataset(40, 21));
    let mut bank = trainer(&executor, &experiment, &dataset);
    bank.train(9).unwrap();
    let saved = state(&bank);
    let evaluations = evaluate_all(&bank);
    let mut other = trainer(&executor, &experiment, &dataset);
    for (arena, expected) in std::iter::once(&saved.raw).chain(&saved.ema).zip(&evaluations) {
        other.load_initial(arena.clone()).unwrap();
        assert_eq!(evaluate(&other, Weights::Raw), *expected);
    }
    // In another order, and one of them twice.
    let order = [Weights::Ema(1), Weights::Raw, Weights::Ema(1), Weights::Ema(0)];
    let again = block_on(bank.evaluate(&order)).unwrap();
    assert_eq!(again, [2, 0, 2, 1_usize].map(|i| evaluations[i]));
}

#[test]
fn copied_buffers_are_those_of_the_raw_network() {
    let experiment = experiment(&["0.9,buffers=copy", "0.9,every=2,buffers=copy", "0.9"]);
    let mut trainer = trainer(&executor(), &experiment, &dataset(40, 8));
    let first = trainer.model().parameter_floats;
    trainer.train(4).unwrap();
    let at_4 = state(&trainer);
    trainer.train(1).unwrap();
    let at_5 = state(&trainer);
    assert_same_floats("each step", &at_5.ema[0][first..], &at_5.raw[first..]);
    assert_same_floats("each second step", &at_5.ema[1][first..], &at_4.raw[first..]);
    assert_ne!(at_5.ema[2][first..], at_5.raw[first..]);
    assert_ne!(at_5.raw[first..], at_4.raw[first..]);
}

/// Batch norm's buffers as they should be measured for the weights `arena`: the mean over the batches of batch means and
/// unbiased variances, by a training run that changes no weight. From buffers at 0, a step with momentum m leaves m times the
/// batch's statistics.
fn measured_buffers(
    executor: &Executor,
    experiment: &Experiment,
    dataset: &Dataset,
    arena: &[f32],
) -> Vec<f64> {
    let still =
        Experiment { lr: 0.0, shuffle: false, augment: Augment::NONE, ema: Vec::new(), ..experiment.clone() };
    let mut trainer = trainer(executor, &still, dataset);
    let parameters = trainer.model().parameter_floats;
    let mut raw = arena.to_vec();
    raw[parameters..].fill(0.0);
    let batches = trainer.steps_per_epoch();
    let mut mean = vec![0.0; raw.len() - parameters];
    for step in 0..batches {
        let zeros = vec![0.0; parameters];
        let state_before = TrainingState {
            step,
            raw: raw.clone(),
            ema: Vec::new(),
            slow: None,
            exp_avg: zeros.clone(),
            exp_avg_sq: zeros,
        };
        trainer.load_state(&state_before).unwrap();
        trainer.train(1).unwrap();
        let after = state(&trainer).raw;
        assert_same_floats("weights at lr = 0", &after[..parameters], &raw[..parameters]);
        for (mean, &value) in mean.iter_mut().zip(&after[parameters..]) {
            *mean += f64::from(value) / f64::from(0.1_f32) / batches as f64;
        }
    }
    mean
}

#[test]
fn recomputed_buffers_are_the_mean_over_training_batches() {
    let experiment = experiment(&["0.5", "0.9,buffers=recompute", "0.8,warmup=ramp,buffers=recompute"]);
    // 43 images are five batches of 8; the rest is left out.
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut trainer = trainer(&executor, &experiment, &dataset);
    trainer.train(6).unwrap();
    let before = state(&trainer);
    let evaluations = evaluate_all(&trainer);
    let after = state(&trainer);
    let parameters = trainer.model().parameter_floats;
    assert_same_floats("raw", &after.raw, &before.raw);
    assert_same_floats("another average", &after.ema[0], &before.ema[0]);
    for k in [1, 2] {
        assert_same_floats("parameters", &after.ema[k][..parameters], &before.ema[k][..parameters]);
        let expected = measured_buffers(&executor, &experiment, &dataset, &before.ema[k]);
        for (i, (&actual, &expected)) in after.ema[k][parameters..].iter().zip(&expected).enumerate() {
            assert_near(
                &format!("average {k}, buffer {i}"),
                actual.into(),
                expected,
                2e-6 * expected.abs().max(0.1),
            );
        }
        // And it is these that the evaluation used.
        let mut other = common::runs::trainer(&executor, &experiment, &dataset);
        other.load_initial(after.ema[k].clone()).unwrap();
        assert_eq!(evaluate(&other, Weights::Raw), evaluations[1 + k]);
        other.load_initial(before.ema[k].clone()).unwrap();
        assert_ne!(evaluate(&other, Weights::Raw), evaluations[1 + k]);
    }
    first_norm_in_f64(&experiment, &dataset, &trainer, &after.ema[1]);
}

/// The first batch norm's recomputed buffers by the twins in f64.
fn first_norm_in_f64(experiment: &Experiment, dataset: &Dataset, trainer: &Trainer, arena: &[f32]) {
    let still = Experiment { shuffle: false, augment: Augment::NONE, ..experiment.clone() };
    let tensor = |name: &str| {
        let parameter = trainer.model().parameters.iter().find(|parameter| parameter.name == name).unwrap();
        arena[parameter.offset..parameter.offset + parameter.len]
            .iter()
            .copied()
            .map(f64::from)
            .collect::<Vec<_>>()
    };
    let conv = ConvShape { n: 8, h: 16, w: 16, inputs: 3, outputs: 8, kernel: 3 };
    let batches = 5;
    let (mut mean, mut var) = (vec![0.0; 8], vec![0.0; 8]);
    for step in 1..=batches {
        let x = Batch::of_step(&still, dataset, step).x;
        let x = max_pool_forward(Image { n: 8, h: 32, w: 32, c: 3 }, &x);
        let y = conv_forward(conv, &x, &tensor("1.weight"), None);
        let all = Image { n: 1, h: 8 * 16, w: 16, c: 8 };
        let moments = norm_statistics(all, 1, &y);
        for c in 0..8 {
            mean[c] += moments[c] / f64::from(batches);
            var[c] += moments[8 + c] / (8.0 * 256.0 - 1.0) / f64::from(batches);
        }
    }
    for (name, expected) in [("2.running_mean", mean), ("2.running_var", var)] {
        for (c, (&actual, &expected)) in tensor(name).iter().zip(&expected).enumerate() {
            assert_near(&format!("{name}[{c}]"), actual, expected, 2e-6 * expected.abs().max(0.1));
        }
    }
}

#[test]
fn recomputing_buffers_leaves_no_trace() {
    let experiment = experiment(&["0.9,buffers=recompute", "0.9"]);
    let (executor, dataset) = (executor(), dataset(40, 20));
    let mut evaluated = trainer(&executor, &experiment, &dataset);
    let mut straight = trainer(&executor, &experiment, &dataset);
    for _ in 0..3 {
        evaluated.train(2).unwrap();
        evaluate_all(&evaluated);
        straight.train(2).unwrap();
    }
    // The buffers that were measured before are not in those measured now, not even in the last bit.
    let last = evaluate_all(&evaluated);
    assert_eq!(evaluate_all(&evaluated), last, "twice in a row");
    assert_eq!(evaluate_all(&straight), last, "for the first time");
    let saved = state(&evaluated);
    assert_same_bits("training", &saved, &state(&straight));
    let mut spoiled = saved.clone();
    for buffer in evaluated.model().parameters.iter().filter(|parameter| parameter.buffer) {
        buffer.from_pytorch(&vec![f32::NAN; buffer.count()], &mut spoiled.ema[0]);
    }
    evaluated.load_state(&spoiled).unwrap();
    assert_eq!(evaluate_all(&evaluated), last, "over spoiled buffers");
    assert_same_bits("spoiled buffers", &state(&evaluated), &saved);
}
