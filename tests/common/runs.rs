//! Small training runs: a network and data that take milliseconds a step on a software adapter.

use emascope::{
    average::AverageSpec,
    config::Experiment,
    data::{self, Dataset},
    executor::Executor,
    gpu::Gpu,
    network::ModelSpec,
    processor::Processor,
    trainer::{Evaluation, StepMetric, Trainer, TrainingState, Weights},
};
use pollster::block_on;

/// The adapter at hand.
pub fn gpu() -> Gpu {
    block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"))
}

/// The adapter at hand, or the processor where EMASCOPE_TEST_EXECUTOR asks for it: the same tests hold both.
pub fn executor() -> Executor {
    match std::env::var("EMASCOPE_TEST_EXECUTOR").as_deref() {
        Ok("processor") => Processor::open().into(),
        Ok(other) => panic!("EMASCOPE_TEST_EXECUTOR is {other}; it can be `processor`"),
        Err(_) => gpu().into(),
    }
}

/// A network from the JSON of its layers.
pub fn model(layers: &str) -> ModelSpec {
    serde_json::from_str(&format!(r#"{{"name": "test", "layers": {layers}}}"#)).unwrap()
}

/// Two convolutions with batch norm, 8 and 12 channels.
pub fn small_model() -> ModelSpec {
    model(
        r#"["max_pool", {"conv": {"out": 8, "bias": false}}, "batch_norm", "relu", "max_pool",
            {"conv": {"out": 12, "bias": false}}, "batch_norm", "relu", "global_average_pool", "flatten",
            {"dense": {"out": 10}}]"#,
    )
}

/// A run of the small network in batches of 8, with shuffling and augmentation as by default.
pub fn experiment(ema: &[&str]) -> Experiment {
    Experiment {
        model: Some(small_model()),
        batch: 8,
        lr: 0.01,
        seed: 3,
        ema: specs(ema),
        ..Experiment::default()
    }
}

/// Averages from their texts.
pub fn specs(texts: &[&str]) -> Vec<AverageSpec> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Synthetic images.
pub fn dataset(train: usize, test: usize) -> Dataset {
    data::synthetic(5, train, test)
}

/// A trainer, which must come about.
#[track_caller]
pub fn trainer(executor: &Executor, experiment: &Experiment, dataset: &Dataset) -> Trainer {
    block_on(Trainer::new(executor, experiment, dataset)).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything a checkpoint needs.
#[track_caller]
pub fn state(trainer: &Trainer) -> TrainingState {
    block_on(trainer.state()).unwrap()
}

/// Metrics of the steps since the last call.
#[track_caller]
pub fn metrics(trainer: &Trainer) -> Vec<StepMetric> {
    block_on(trainer.metrics()).unwrap()
}

/// Test accuracy and loss of one set of weights.
#[track_caller]
pub fn evaluate(trainer: &Trainer, which: Weights) -> Evaluation {
    block_on(trainer.evaluate(&[which])).unwrap()[0]
}

/// Test accuracy and loss of the raw weights and of every average.
#[track_caller]
pub fn evaluate_all(trainer: &Trainer) -> Vec<Evaluation> {
    block_on(trainer.evaluate(&trainer.methods())).unwrap()
}

/// Both states are the same to the bit (so −0 is not 0, and NaN equals itself).
#[track_caller]
pub fn assert_same_bits(what: &str, a: &TrainingState, b: &TrainingState) {
    assert_eq!(a.step, b.step, "{what}: step");
    assert_eq!(a.ema.len(), b.ema.len(), "{what}: averages");
    assert_same_floats(&format!("{what}: raw"), &a.raw, &b.raw);
    let slow = |state: &TrainingState| state.slow.clone().unwrap_or_default();
    assert_same_floats(&format!("{what}: slow weights"), &slow(a), &slow(b));
    for (k, (a, b)) in a.ema.iter().zip(&b.ema).enumerate() {
        assert_same_floats(&format!("{what}: average {k}"), a, b);
    }
    assert_same_floats(&format!("{what}: first moments"), &a.exp_avg, &b.exp_avg);
    assert_same_floats(&format!("{what}: second moments"), &a.exp_avg_sq, &b.exp_avg_sq);
}

/// Both arenas are the same to the bit.
#[track_caller]
pub fn assert_same_floats(what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}: length");
    let different = a.iter().zip(b).enumerate().find(|(_, (a, b))| a.to_bits() != b.to_bits());
    assert!(different.is_none(), "{what}: (index, values) {different:?} differ");
}

/// Fails unless `actual` is within `tolerance` of `expected`; NaN never is.
#[track_caller]
pub fn assert_near(what: &str, actual: f64, expected: f64, tolerance: f64) {
    let difference = (actual - expected).abs();
    assert!(difference <= tolerance, "{what} is {actual}, expected {expected} (± {tolerance:e})");
}
