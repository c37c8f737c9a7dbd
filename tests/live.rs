//! Changes to a run and what can be observed of it: settings, a bad batch, recorded weights, predictions.

mod common;

use common::runs::*;
use emascope::{
    average::AverageSpec,
    config::Experiment,
    data::{CLASSES, Dataset},
    executor::Executor,
    trainer::{PROBE_STEPS, Probe, ProbeSamples, TrainError, Trainer, Weights},
};
use pollster::block_on;

/// Averages of every kind.
const BANK: [&str; 4] = [
    "0.9",
    "0.98,every=3,warmup=ramp",
    "0.95,every=2,warmup=bias-corrected,buffers=copy",
    "0.9,buffers=recompute",
];

fn change(trainer: &mut Trainer, experiment: &Experiment) -> Result<(), TrainError> {
    block_on(trainer.change(experiment))
}

/// A trainer of `experiment` that goes on from the state of another.
fn from_state(executor: &Executor, experiment: &Experiment, dataset: &Dataset, other: &Trainer) -> Trainer {
    let mut fresh = trainer(executor, experiment, dataset);
    fresh.load_state(&state(other)).unwrap();
    fresh
}

#[test]
fn live_settings_act_from_the_next_step_on_as_if_the_run_had_begun_with_them_there() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let before = Experiment { steps: Some(40), ..experiment(&BANK) };
    let other_bank =
        ["0.8,warmup=ramp", "0.98,every=2", "0.95,every=2,buffers=copy", "0.99,buffers=recompute"];
    let after: [fn(&mut Experiment); 5] = [
        |experiment| experiment.lr = 0.002,
        |experiment| experiment.weight_decay = 0.1,
        |experiment| experiment.augment = emascope::config::Augment::NONE,
        |experiment| {
            experiment.schedule = emascope::config::Schedule::Cosine;
            experiment.steps = Some(20);
        },
        |experiment| experiment.ema = specs(&["0.8,buffers=copy", "0.98", "0.95", "0.9,buffers=recompute"]),
    ];
    let mut states = Vec::new();
    for alter in after {
        let mut changed = trainer(&executor, &before, &dataset);
        changed.train(7).unwrap();
        let mut experiment = before.clone();
        alter(&mut experiment);
        let mut fresh = from_state(&executor, &experiment, &dataset, &changed);
        change(&mut changed, &experiment).unwrap();
        assert_eq!((changed.experiment(), changed.step()), (&experiment, 7));
        changed.train(6).unwrap();
        fresh.train(6).unwrap();
        let state = state(&changed);
        assert_same_bits("changed", &state, &common::runs::state(&fresh));
        assert_eq!(metrics(&changed)[7..], metrics(&fresh));
        states.push(state);
    }
    assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "each change matters");
    // A bank that other plans serve.
    let mut changed = trainer(&executor, &before, &dataset);
    changed.train(7).unwrap();
    let experiment = Experiment { ema: specs(&other_bank), ..before };
    let mut fresh = from_state(&executor, &experiment, &dataset, &changed);
    change(&mut changed, &experiment).unwrap();
    for trainer in [&mut changed, &mut fresh] {
        trainer.train(6).unwrap();
    }
    assert_eq!(evaluate_all(&changed), evaluate_all(&fresh));
    assert_same_bits("another bank", &state(&changed), &state(&fresh));
}

#[test]
fn an_average_added_on_the_way_is_one_that_begins_there() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let added = ["0.9,warmup=bias-corrected", "0.5,every=3,buffers=recompute", "0.99,from=9"];
    let mut changed = trainer(&executor, &experiment(&BANK), &dataset);
    changed.train(5).unwrap();
    let wanted = experiment(&[&BANK[..], &added].concat());
    change(&mut changed, &wanted).unwrap();
    let begins: Vec<u64> = changed.averages().iter().map(|spec| spec.from).collect();
    assert_eq!(begins, [0, 0, 0, 0, 5, 5, 9]);

    let mut straight = trainer(&executor, changed.experiment(), &dataset);
    straight.train(5).unwrap();
    assert_same_bits("at the change", &state(&changed), &state(&straight));
    for steps in [1, 3, 4] {
        changed.train(steps).unwrap();
        straight.train(steps).unwrap();
        assert_same_bits("after it", &state(&changed), &state(&straight));
    }
    assert_eq!(evaluate_all(&changed), evaluate_all(&straight));
    assert_eq!(metrics(&changed), metrics(&straight), "metrics from before the change are still there");
    // And a run that begins again does the same from its first step.
    let end = state(&changed);
    changed.reset().unwrap();
    changed.train(13).unwrap();
    evaluate_all(&changed);
    assert_same_bits("from the start", &state(&changed), &end);
}

#[test]
fn what_a_run_cannot_change_is_named_and_changes_nothing() {
    let (executor, dataset) = (executor(), dataset(40, 8));
    let ours = Experiment { steps: Some(20), ..experiment(&["0.9", "0.98,from=2"]) };
    let mut trainer = trainer(&executor, &ours, &dataset);
    trainer.train(4).unwrap();
    let before = state(&trainer);
    let mut refused = |alter: fn(&mut Experiment), part: &str| {
        let mut experiment = ours.clone();
        alter(&mut experiment);
        let error = change(&mut trainer, &experiment).unwrap_err();
        assert!(matches!(error, TrainError::Config(_)), "{error}");
        assert!(error.to_string().contains(part), "{error} does not say {part}");
        assert_eq!(trainer.experiment(), &ours);
    };
    refused(|experiment| experiment.batch = 16, "`batch`");
    refused(|experiment| experiment.seed = 7, "`seed`");
    refused(|experiment| experiment.model = None, "`model`");
    refused(|experiment| experiment.ema.truncate(1), "`ema`");
    refused(|experiment| experiment.ema[1].from = 3, "`0.98,from=2`");
    refused(|experiment| experiment.ema[0] = AverageSpec::new(1.0), "below 1");
    refused(|experiment| experiment.ema = vec![AverageSpec::new(0.9); 9], "listed twice");
    refused(|experiment| experiment.steps = Some(3), "step 3");
    refused(|experiment| experiment.lr = 20.0, "`lr`");
    assert_same_bits("after the refusals", &state(&trainer), &before);
}

#[test]
fn a_bad_batch_is_one_step_of_wrong_labels_at_another_rate() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut wrong = dataset.clone();
    wrong.train.labels.iter_mut().for_each(|label| *label = (*label + 1) % CLASSES as u8);
    let ours = experiment(&BANK);
    let mut disturbed = trainer(&executor, &ours, &dataset);
    disturbed.train(3).unwrap();
    let mut bad =
        from_state(&executor, &Experiment { lr: 20.0 * ours.lr, ..ours.clone() }, &wrong, &disturbed);
    disturbed.disturb(20.0);
    // The others of the same submit are as ever.
    disturbed.train(4).unwrap();
    bad.train(1).unwrap();
    let mut after = from_state(&executor, &ours, &dataset, &bad);
    after.train(3).unwrap();
    assert_same_bits("disturbed", &state(&disturbed), &state(&after));
    assert_eq!(metrics(&disturbed)[3..], [metrics(&bad), metrics(&after)].concat());
    // A requested disturbance does not outlive the run.
    disturbed.disturb(20.0);
    disturbed.reset().unwrap();
    disturbed.train(7).unwrap();
    let mut straight = trainer(&executor, &ours, &dataset);
    straight.train(7).unwrap();
    assert_same_bits("begun again", &state(&disturbed), &state(&straight));
}

/// The values of every followed weight after each step, and what the arenas hold after these steps.
#[track_caller]
fn assert_samples(samples: &ProbeSamples, trainer: &Trainer, probes: &[Probe], arenas: &[Vec<Vec<f32>>]) {
    assert_eq!((samples.steps, samples.probes), (arenas.len(), probes.len()));
    let mut values = samples.values.iter();
    for (step, arenas) in (samples.first_step..).zip(arenas) {
        for probe in probes {
            let parameter = trainer.model().trained().nth(probe.tensor).unwrap();
            for (method, arena) in arenas.iter().enumerate() {
                let expected = parameter.to_pytorch(arena)[probe.index];
                let actual = *values.next().unwrap();
                assert_eq!(actual, expected, "{} of method {method} after step {step}", parameter.name);
            }
        }
    }
    assert_eq!(values.next(), None);
}

/// The arenas of all methods.
fn arenas(trainer: &Trainer) -> Vec<Vec<f32>> {
    let state = state(trainer);
    [vec![state.raw], state.ema].concat()
}

#[track_caller]
fn samples(trainer: &Trainer) -> ProbeSamples {
    block_on(trainer.submit_probes().expect("samples").take()).unwrap()
}

#[test]
fn followed_weights_are_those_of_the_arenas_after_each_step() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut trainer = trainer(&executor, &experiment(&BANK), &dataset);
    assert!(trainer.submit_probes().is_none());
    // A filter's last weight, γ, a weight in the middle of the second convolution, the dense layer's bias.
    let places = [(0, 8 * 27 - 1), (1, 3), (3, 500), (7, 9), (6, 0)];
    let probes = places.map(|(tensor, index)| Probe { tensor, index });
    trainer.train(2).unwrap();
    trainer.probe(&probes).unwrap();
    assert!(trainer.submit_probes().is_none(), "nothing of before");
    let mut at = Vec::new();
    for _ in 0..7 {
        trainer.train(1).unwrap();
        at.push(arenas(&trainer));
    }
    let of_seven = samples(&trainer);
    assert_eq!((of_seven.first_step, of_seven.methods), (3, 5));
    assert_samples(&of_seven, &trainer, &probes, &at);
    assert!(trainer.submit_probes().is_none(), "each step is told once");

    // Through a change that adds an average, which until then is the raw weights.
    trainer.train(1).unwrap();
    let mut arenas_before = arenas(&trainer);
    arenas_before.push(arenas_before[0].clone());
    change(&mut trainer, &experiment(&[&BANK[..], &["0.5"]].concat())).unwrap();
    trainer.train(1).unwrap();
    let two = [arenas_before, arenas(&trainer)];
    let samples_of_two = samples(&trainer);
    assert_eq!((samples_of_two.first_step, samples_of_two.methods), (10, 6));
    assert_samples(&samples_of_two, &trainer, &probes, &two);

    // Others in their place; those are forgotten.
    trainer.train(1).unwrap();
    trainer.probe(&probes[..1]).unwrap();
    trainer.train(1).unwrap();
    let one = samples(&trainer);
    assert_eq!(one.first_step, 13);
    assert_samples(&one, &trainer, &probes[..1], &[arenas(&trainer)]);
    trainer.probe(&[]).unwrap();
    trainer.train(1).unwrap();
    assert!(trainer.submit_probes().is_none());
}

#[test]
fn the_ring_of_followed_weights_keeps_the_last_steps() {
    let (executor, dataset) = (executor(), dataset(8, 1));
    let layers = r#"["global_average_pool", "flatten", {"dense": {"out": 10}}]"#;
    let experiment = Experiment { model: Some(model(layers)), ..experiment(&["0.9"]) };
    let mut trainer = trainer(&executor, &experiment, &dataset);
    let probe = [Probe { tensor: 0, index: 29 }];
    trainer.probe(&probe).unwrap();
    trainer.train(1000).unwrap();
    assert_eq!(samples(&trainer).steps, 1000);
    // Over the end of the ring.
    trainer.train(100).unwrap();
    let over_the_end = samples(&trainer);
    assert_eq!((over_the_end.first_step, over_the_end.steps), (1001, 100));
    trainer.train(PROBE_STEPS as u32 + 50).unwrap();
    let late = samples(&trainer);
    assert_eq!((late.first_step, late.steps), (1151, PROBE_STEPS));

    let mut again = common::runs::trainer(&executor, &experiment, &dataset);
    again.probe(&probe).unwrap();
    again.train(1000).unwrap();
    samples(&again);
    let mut at = Vec::new();
    for _ in 0..100 {
        again.train(1).unwrap();
        at.push(arenas(&again));
    }
    assert_samples(&over_the_end, &again, &probe, &at);
}

#[test]
fn weights_that_there_are_not_cannot_be_followed() {
    let mut trainer = trainer(&executor(), &experiment(&[]), &dataset(8, 1));
    for probes in [
        vec![Probe { tensor: 8, index: 0 }],
        vec![Probe { tensor: 0, index: 8 * 27 }],
        vec![Probe { tensor: 0, index: 0 }; 33],
    ] {
        let error = trainer.probe(&probes).unwrap_err();
        assert!(matches!(error, TrainError::NoSuchWeight(_)), "{error}");
    }
}

#[test]
fn predictions_are_those_that_the_accuracy_counts() {
    let (executor, dataset) = (executor(), dataset(43, 21));
    let mut trainer = trainer(&executor, &experiment(&BANK), &dataset);
    trainer.train(12).unwrap();
    let order = [Weights::Ema(3), Weights::Raw, Weights::Ema(1)];
    for which in [trainer.methods(), order.to_vec()] {
        let evaluated = block_on(trainer.submit_evaluation(&which).unwrap().take()).unwrap();
        let predictions = &evaluated.predictions;
        assert_eq!((predictions.images, predictions.methods), (21, which.len()));
        let rows = predictions.classes.chunks_exact(21).zip(predictions.confidences.chunks_exact(21));
        for ((classes, confidences), evaluation) in rows.zip(&evaluated.evaluations) {
            let right = classes.iter().zip(&dataset.test.labels).filter(|(a, b)| a == b).count();
            assert_near("accuracy", 100.0 * right as f64 / 21.0, evaluation.accuracy, 1e-9);
            assert!(confidences.iter().all(|p| (0.1..=1.0).contains(p)), "{confidences:?}");
        }
        let point = evaluated.point();
        assert!(point.methods.iter().map(|method| &method.name).eq(&evaluated.names));
    }
    let all = block_on(trainer.submit_evaluation(&trainer.methods()).unwrap().take()).unwrap();
    let some = block_on(trainer.submit_evaluation(&order).unwrap().take()).unwrap();
    for (place, method) in [4, 0, 2].into_iter().enumerate() {
        assert_eq!(
            some.predictions.classes[place * 21..(place + 1) * 21],
            all.predictions.classes[method * 21..(method + 1) * 21]
        );
    }
    assert_eq!(some.names, ["ema-0.9-recompute", "raw", "ema-0.98-every3-ramp"]);
}

#[test]
fn a_single_picture_is_classified_as_in_an_evaluation() {
    let (executor, dataset) = (executor(), dataset(43, 21));
    let mut trainer = trainer(&executor, &experiment(&BANK), &dataset);
    let classifier = block_on(trainer.classifier()).unwrap();
    trainer.train(12).unwrap();
    let before = state(&trainer);
    let methods = trainer.methods();
    let evaluated = block_on(trainer.submit_evaluation(&methods).unwrap().take()).unwrap();
    for (method, &which) in methods.iter().enumerate() {
        let weights = block_on(trainer.submit_weights(which).unwrap().take()).unwrap();
        for (i, picture) in dataset.test.images.as_chunks().0.iter().enumerate() {
            let probabilities = block_on(classifier.classify(&weights, picture)).unwrap();
            let at = method * dataset.test.len() + i;
            let class = usize::from(evaluated.predictions.classes[at]);
            let confidence = f64::from(evaluated.predictions.confidences[at]);
            assert_near("probability", f64::from(probabilities[class]), confidence, 1e-5);
            assert_near("sum", probabilities.iter().map(|&p| f64::from(p)).sum(), 1.0, 1e-6);
            assert!(probabilities.iter().all(|&p| p <= probabilities[class]), "{probabilities:?}");
        }
    }
    assert_same_floats("raw weights", &state(&trainer).raw, &before.raw);
}

#[test]
fn weights_are_read_back_as_they_are() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let mut trainer = trainer(&executor, &experiment(&["0.9", "0.8,buffers=recompute"]), &dataset);
    trainer.train(5).unwrap();
    let arenas_before = arenas(&trainer);
    let filters = trainer.model().trained().next().unwrap();
    let read = block_on(trainer.submit_tensor(filters).take()).unwrap();
    assert_eq!(read, arenas_before.iter().map(|arena| filters.to_pytorch(arena)).collect::<Vec<_>>());
    let weights = |which| block_on(trainer.submit_weights(which).unwrap().take()).unwrap();
    assert_same_floats("raw", &weights(Weights::Raw), &arenas_before[0]);
    assert_same_floats("average", &weights(Weights::Ema(0)), &arenas_before[1]);
    // Buffers that an evaluation would measure are measured.
    let measured = weights(Weights::Ema(1));
    evaluate_all(&trainer);
    assert_same_floats("measured", &measured, &arenas(&trainer)[2]);
    assert_ne!(measured, arenas_before[2]);
    assert!(trainer.submit_weights(Weights::Ema(2)).is_err());
}

#[test]
fn slow_weights_go_on_in_the_trainer_that_takes_over() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let looking = Experiment { lookahead: 3, ..experiment(&["0.9"]) };
    let mut straight = trainer(&executor, &looking, &dataset);
    let mut changed = trainer(&executor, &looking, &dataset);
    straight.train(9).unwrap();
    changed.train(4).unwrap();
    let more = Experiment { ema: specs(&["0.9", "0.5,buffers=recompute"]), ..looking };
    block_on(changed.change(&more)).unwrap();
    changed.train(5).unwrap();
    let (straight, changed) = (state(&straight), state(&changed));
    assert_same_floats("raw", &changed.raw, &straight.raw);
    assert_same_floats("slow", &changed.slow.unwrap(), &straight.slow.unwrap());
}
