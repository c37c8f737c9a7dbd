//! Optimizers, schedules, averages and twenty steps of training agree with PyTorch: `tests/golden/README.md` says how the files were made.

mod common;

use common::{golden::Golden, lab::Lab};
use emascope::{
    average::{self, AverageSpec},
    config::{Augment, Experiment, Optimizer, Preset, Schedule},
    data::{Dataset, Split},
    executor::Executor,
    gpu::Gpu,
    layers::kernels::add,
    model::Model,
    optim::{AdamHeader, SgdHeader, adam, learning_rate, sgd},
    processor::Processor,
    random::pcg4d,
    trainer::Trainer,
};
use serde_json::Value;

const SEED: u32 = 1;
const RECORDS: u32 = 1280;

/// The records of the golden trajectories.
fn dataset() -> Dataset {
    let word = |a, b, c, d| pcg4d([a, b, c, d])[0];
    let mut images = Vec::new();
    for n in 0..RECORDS {
        for i in 0..3072 {
            let (channel, y, x) = (i / 1024, i / 32 % 32, i % 32);
            let pattern = word(SEED, n % 10, 4 * channel + 2 * (y / 16) + x / 16, 100) >> 25;
            images.push((pattern + (word(SEED, n, i, 101) >> 27)) as u8);
        }
    }
    let labels = (0..RECORDS).map(|n| (n % 10) as u8).collect();
    let train = Split { images, labels };
    let test = Split { images: train.images[..3072 * 64].to_vec(), labels: train.labels[..64].to_vec() };
    let class_names = (0..10).map(|class| class.to_string()).collect();
    Dataset { name: "golden records".to_owned(), train, test, class_names, synthetic: true }
}

/// The seeded initial weights, with every norm's β at 1.
fn initial(model: &Model) -> Vec<f32> {
    let mut arena = model.initialise(SEED);
    for pair in model.parameters.windows(2) {
        if pair[0].shape.len() == 1 && pair[1].name.ends_with(".bias") {
            pair[1].from_pytorch(&vec![1.0; pair[1].count()], &mut arena);
        }
    }
    arena
}

struct Tolerance {
    loss: f64,
    weights: f64,
    buffers: f64,
    ema_weights: [f64; 2],
    ema_buffers: [f64; 2],
}

fn gpu() -> Gpu {
    pollster::block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"))
}

fn trajectory(executor: &Executor, norm: &str, tolerance: &Tolerance) {
    let golden = Golden::open(&format!("trajectory_{norm}.safetensors"));
    let dataset = dataset();
    let eps = golden.settings["eps"].as_f64().unwrap();
    let mut experiment = Experiment {
        lr: 2e-3,
        eps,
        shuffle: false,
        ema: vec![AverageSpec::new(0.9), AverageSpec::new(0.98)],
        seed: SEED,
        steps: Some(20),
        ..Experiment::default()
    };
    experiment.set_text("norm", &[norm]).unwrap();
    experiment.set_text("augment", &["none"]).unwrap();
    let mut trainer = pollster::block_on(Trainer::new(executor, &experiment, &dataset)).unwrap();
    trainer.load_initial(initial(trainer.model())).unwrap();

    let near = |what: String, actual: f64, expected: f64, tolerance: f64| {
        let difference = (actual - expected).abs();
        assert!(difference <= tolerance, "{what} is {actual}, PyTorch has {expected} (± {tolerance:e})");
    };
    for step in 1..=20_usize {
        trainer.train(1).unwrap();
        let metric = pollster::block_on(trainer.metrics()).unwrap()[0];
        let state = pollster::block_on(trainer.state()).unwrap();
        for parameter in trainer.model().parameters.iter().filter(|parameter| !parameter.buffer) {
            for (moment, arena) in [("exp_avg", &state.exp_avg), ("exp_avg_sq", &state.exp_avg_sq)] {
                let values = parameter.to_pytorch(arena);
                let norm = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
                let expected = golden.get(&format!("{moment}_norm.{}", parameter.name))[step - 1];
                let what = format!("step {step}: norm of {moment} of {}", parameter.name);
                near(what, norm, expected, 1e-2 * expected + 1e-9);
            }
        }
        near(format!("loss of step {step}"), metric.loss, golden.get("loss")[step - 1], tolerance.loss);
    }
    let state = pollster::block_on(trainer.state()).unwrap();
    let compare = |prefix: &str, arena: &[f32], weights: f64, buffers: f64| {
        for parameter in &trainer.model().parameters {
            let name = format!("{prefix}.{}", parameter.name);
            let tolerance = if parameter.buffer { buffers } else { weights };
            for (i, (&actual, &expected)) in
                parameter.to_pytorch(arena).iter().zip(golden.get(&name)).enumerate()
            {
                near(format!("{name}[{i}]"), actual.into(), expected, tolerance);
            }
        }
    };
    compare("raw", &state.raw, tolerance.weights, tolerance.buffers);
    if norm != "none" {
        compare("ema.0.9", &state.ema[0], tolerance.ema_weights[0], tolerance.ema_buffers[0]);
        compare("ema.0.98", &state.ema[1], tolerance.ema_weights[1], tolerance.ema_buffers[1]);
    }
}

// Tolerances: twice what PyTorch's own float32 strays from its float64 (tests/golden/README.md), so a tenth of one update
// (lr = 2e-3) for a weight. Running variances are not normalised, hence larger.

#[test]
fn twenty_steps_with_batch_norm() {
    let ema = Tolerance {
        loss: 1e-4,
        weights: 2e-4,
        buffers: 2e-3,
        ema_weights: [1.1e-4, 4e-5],
        ema_buffers: [8e-4, 2e-4],
    };
    trajectory(&gpu().into(), "batch", &ema);
    trajectory(&Processor::open().into(), "batch", &ema);
    // A processor takes a minute for the kernels of graphics cards; tests/training.rs holds every layer to them.
    trajectory(&gpu().as_graphics_card().into(), "batch", &ema);
}

/// The recipe of airbench94 without augmentation: filters that whiten, Dirac initialisation, SGD with a rate of its own for the norms'
/// biases, the triangular schedule, label smoothing and lookahead. Tolerances: about twice what PyTorch's own float32 strays from its
/// float64; an update moves a norm's bias by up to .1.
fn airbench(executor: &Executor) {
    let golden = Golden::open("trajectory_airbench.safetensors");
    let experiment = Experiment {
        preset: Preset::Airbench,
        shuffle: false,
        ema: Vec::new(),
        seed: SEED,
        steps: Some(20),
        augment: Augment::NONE,
        schedule: Schedule::Triangle,
        ..experiment(&golden.settings)
    };
    let mut trainer = pollster::block_on(Trainer::new(executor, &experiment, &dataset())).unwrap();
    let near = |what: String, actual: f64, expected: f64, tolerance: f64| {
        let difference = (actual - expected).abs();
        assert!(difference <= tolerance, "{what} is {actual}, PyTorch has {expected} (± {tolerance:e})");
    };
    trainer.train(20).unwrap();
    let losses = pollster::block_on(trainer.metrics()).unwrap();
    for (metric, &expected) in losses.iter().zip(golden.get("loss")) {
        near(format!("loss of step {}", metric.step), metric.loss, expected, 2e-4);
    }
    let state = pollster::block_on(trainer.state()).unwrap();
    for parameter in &trainer.model().parameters {
        let (values, name) = (parameter.to_pytorch(&state.raw), &parameter.name);
        if parameter.count() > 2560 {
            let norm = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            let expected = golden.get(&format!("norm.{name}"))[0];
            near(format!("norm of {name}"), norm, expected, 2e-4 * expected);
            continue;
        }
        for (i, (&actual, &expected)) in values.iter().zip(golden.get(&format!("raw.{name}"))).enumerate() {
            let tolerance = if parameter.buffer { 4e-2 } else { 2.5e-3 };
            near(format!("{name}[{i}]"), actual.into(), expected, tolerance);
        }
    }
}

#[test]
fn twenty_steps_of_airbench() {
    airbench(&gpu().into());
    airbench(&Processor::open().into());
}

#[test]
fn twenty_steps_with_group_norm() {
    let tolerance = Tolerance {
        loss: 2e-5,
        weights: 3e-5,
        buffers: 0.0,
        ema_weights: [2e-5, 1e-5],
        ema_buffers: [0.0; 2],
    };
    trajectory(&gpu().into(), "group", &tolerance);
    trajectory(&Processor::open().into(), "group", &tolerance);
}

#[test]
fn twenty_steps_without_norm() {
    let tolerance =
        Tolerance { loss: 1e-5, weights: 6e-5, buffers: 0.0, ema_weights: [0.0; 2], ema_buffers: [0.0; 2] };
    trajectory(&gpu().into(), "none", &tolerance);
    trajectory(&Processor::open().into(), "none", &tolerance);
}

/// The default experiment with the settings of `changes` put in.
fn experiment(changes: &Value) -> Experiment {
    let mut experiment = Experiment::default();
    for (key, value) in changes.as_object().unwrap() {
        experiment.set(key, value.clone()).unwrap();
    }
    experiment
}

/// Each element's values over time differ from PyTorch's by a few roundings of the largest thing that went into it, so
/// that small ones are held to account next to large ones.
#[test]
fn ten_steps_of_each_optimizer() {
    const STEPS: usize = 10;
    let golden = Golden::open("optim.safetensors");
    for (name, settings) in golden.settings["optimizers"].as_object().unwrap() {
        let experiment = experiment(settings);
        let weights = golden.vector("weights");
        let mut lab = Lab::open();
        let [w, zeros] = [&weights, &vec![0.0; weights.len()]].map(|values| lab.input(values));
        let moments = [(); 2].map(|()| lab.input(&vec![0.0; weights.len()]));
        let mut plan = Vec::new();
        let mut after = Vec::new();
        for t in 1..=STEPS {
            let mut gradient = golden.row("grads", t - 1).to_vec();
            gradient.resize(weights.len(), 0.0);
            let (gradient, copy) = (lab.input(&gradient), lab.output(weights.len()));
            let Experiment { lr, weight_decay, .. } = experiment;
            let step = if experiment.optimizer == Optimizer::Sgd {
                let header = lab.bytes(&[SgdHeader::new(&experiment, lr, weight_decay)]);
                sgd(w, gradient, moments[0], header)
            } else {
                let header = lab.bytes(&[AdamHeader::new(&experiment, lr, weight_decay, t as u64)]);
                adam(w, gradient, moments, header)
            };
            plan.extend([step, add(w, zeros, copy)]);
            after.push(copy);
        }
        let outcome = lab.run(&plan);
        let [m, v] = moments.map(|moment| outcome.read(moment));
        for i in 0..golden.get("weights").len() {
            let near = |what: &str, actual: f32, expected: f64, tolerance: f64| {
                let difference = (f64::from(actual) - expected).abs();
                assert!(
                    difference <= tolerance,
                    "{name}: {what} of element {i} is {actual}, PyTorch has {expected} (± {tolerance:e})"
                );
            };
            let gradients = (0..STEPS).map(|t| golden.row("grads", t)[i].abs());
            let decay = if name.starts_with("adamw") { 0.0 } else { experiment.weight_decay };
            let largest = gradients.fold(0.0, f64::max) + decay * weights[i].abs();
            if experiment.optimizer == Optimizer::Sgd {
                // The sum of a geometric series of gradients.
                let largest = largest / (1.0 - experiment.momentum);
                near("the momentum", m[i], golden.get(&format!("{name}.momentum"))[i], 5e-7 * largest);
            } else {
                near("the first moment", m[i], golden.get(&format!("{name}.exp_avg"))[i], 5e-7 * largest);
                let expected = golden.get(&format!("{name}.exp_avg_sq"))[i];
                near("the second moment", v[i], expected, 5e-7 * largest * largest);
            }
            for (t, &copy) in after.iter().enumerate() {
                let expected = golden.row(&format!("{name}.weights"), t)[i];
                // An update of Adam is at most about lr, here 3e-3 or 1e-2; the first elements have SGD move by several units.
                let tolerance = 1e-6 * expected.abs().max(1.0);
                near(&format!("step {}: the weight", t + 1), outcome.read(copy)[i], expected, tolerance);
            }
        }
        let padding = weights.len() - golden.get("weights").len();
        assert!(
            padding > 0 && outcome.read(w).iter().rev().take(padding).all(|&w| w == 0.0),
            "{name}: padding"
        );
    }
}

#[test]
fn schedules() {
    let golden = Golden::open("optim.safetensors");
    let total = golden.settings["schedule_steps"].as_u64().unwrap();
    for (name, settings) in golden.settings["schedules"].as_object().unwrap() {
        let experiment =
            Experiment { lr: golden.settings["schedule_lr"].as_f64().unwrap(), ..experiment(settings) };
        for (step, &expected) in (1..=total).zip(golden.get(&format!("schedule.{name}"))) {
            let lr = learning_rate(&experiment, step, total);
            let difference = (lr - expected).abs();
            assert!(difference <= 1e-12 * expected, "{name}: step {step} has {lr}, PyTorch {expected}");
        }
    }
}

#[test]
fn averages_of_a_sequence() {
    let golden = Golden::open("optim.safetensors");
    let betas: Vec<String> = golden.settings["ema_betas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|beta| format!("{:?}", beta.as_f64().unwrap()))
        .collect();
    let specs: Vec<AverageSpec> = betas.iter().map(|beta| AverageSpec::new(beta.parse().unwrap())).collect();
    let sequence = golden.get("ema.sequence").chunks(5);
    let padded = |row: &[f64]| [row, &[0.0; 3]].concat();
    let mut lab = Lab::open();
    let first = golden.row("ema.sequence", 0);
    let bank = lab.input(&specs.iter().flat_map(|_| padded(first)).collect::<Vec<_>>());
    let zeros = lab.input(&vec![0.0; 8 * specs.len()]);
    let mut plan = Vec::new();
    let mut after = Vec::new();
    for (step, row) in sequence.enumerate().skip(1) {
        let (w, copy) = (lab.input(&padded(row)), lab.output(8 * specs.len()));
        let rates = lab.bytes(&[average::rates(&specs, step as u64)]);
        plan.extend([average::update(w, w.bytes, bank, rates), add(bank, zeros, copy)]);
        after.push((step, copy));
    }
    let outcome = lab.run(&plan);
    for (step, copy) in after {
        let expected: Vec<f64> =
            betas.iter().flat_map(|beta| padded(golden.row(&format!("ema.{beta}"), step))).collect();
        // A few roundings of the largest weight, 4.5.
        outcome.expect(&format!("after row {step}"), copy, &expected, 2e-7);
    }
}
