//! Training agrees with PyTorch, step by step: `tests/golden/README.md` says how the files were made.

use std::{collections::HashMap, path::Path};

use emascope::{
    config::{EmaSpec, Experiment},
    data::{Dataset, Split},
    gpu::Gpu,
    model::Model,
    random::pcg4d,
    trainer::Trainer,
};
use safetensors::{Dtype, SafeTensors};

/// Tensors of a golden file by name, and its settings.
struct Golden {
    tensors: HashMap<String, Vec<f32>>,
    settings: serde_json::Value,
}

impl Golden {
    fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let settings = &metadata.metadata().as_ref().unwrap()["settings"];
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = tensors
            .iter()
            .filter(|(_, view)| view.dtype() == Dtype::F32)
            .map(|(name, view)| (name.to_owned(), bytemuck::pod_collect_to_vec(view.data())));
        Self { tensors: tensors.collect(), settings: serde_json::from_str(settings).unwrap() }
    }

    fn get(&self, name: &str) -> &[f32] {
        self.tensors.get(name).unwrap_or_else(|| panic!("no tensor {name}"))
    }
}

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

fn trajectory(norm: &str, tolerance: &Tolerance) {
    let golden = Golden::open(&format!("trajectory_{norm}.safetensors"));
    let dataset = dataset();
    let eps = golden.settings["eps"].as_f64().unwrap();
    let mut experiment = Experiment {
        lr: 2e-3,
        eps,
        shuffle: false,
        ema: vec![EmaSpec::new(0.9), EmaSpec::new(0.98)],
        seed: SEED,
        steps: Some(20),
        ..Experiment::default()
    };
    experiment.set_text("norm", &[norm]).unwrap();
    experiment.set_text("augment", &["none"]).unwrap();
    let gpu = pollster::block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
    let mut trainer = pollster::block_on(Trainer::new(&gpu, &experiment, &dataset)).unwrap();
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
                let expected = f64::from(golden.get(&format!("{moment}_norm.{}", parameter.name))[step - 1]);
                let what = format!("step {step}: norm of {moment} of {}", parameter.name);
                near(what, norm, expected, 1e-2 * expected + 1e-9);
            }
        }
        near(
            format!("loss of step {step}"),
            metric.loss,
            golden.get("loss")[step - 1].into(),
            tolerance.loss,
        );
    }
    let state = pollster::block_on(trainer.state()).unwrap();
    let compare = |prefix: &str, arena: &[f32], weights: f64, buffers: f64| {
        for parameter in &trainer.model().parameters {
            let name = format!("{prefix}.{}", parameter.name);
            let tolerance = if parameter.buffer { buffers } else { weights };
            for (i, (&actual, &expected)) in
                parameter.to_pytorch(arena).iter().zip(golden.get(&name)).enumerate()
            {
                near(format!("{name}[{i}]"), actual.into(), expected.into(), tolerance);
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
    trajectory("batch", &ema);
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
    trajectory("group", &tolerance);
}

#[test]
fn twenty_steps_without_norm() {
    let tolerance =
        Tolerance { loss: 1e-5, weights: 6e-5, buffers: 0.0, ema_weights: [0.0; 2], ema_buffers: [0.0; 2] };
    trajectory("none", &tolerance);
}
