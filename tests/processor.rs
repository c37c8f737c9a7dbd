//! Training on the processor: the same bits whatever the number of threads, and a run that moves from an adapter to it.

mod common;

use common::runs::*;
use emascope::{config::Experiment, executor::Executor, processor::Processor, trainer::TrainingState};

/// The state after six steps of a run whose batches share the work out in several ways.
fn six_steps(executor: &Executor, experiment: &Experiment) -> TrainingState {
    let mut trainer = trainer(executor, experiment, &dataset(43, 20));
    trainer.train(6).unwrap();
    state(&trainer)
}

#[test]
fn threads_change_no_bit() {
    for ema in [vec!["0.9"], vec!["0.9,buffers=recompute", "0.5,every=2"]] {
        let experiment = experiment(&ema);
        let one = six_steps(&Processor::with_threads(1).into(), &experiment);
        for threads in [2, 3, 8] {
            let several = six_steps(&Processor::with_threads(threads).into(), &experiment);
            assert_same_bits(&format!("{threads} threads"), &one, &several);
        }
    }
}

#[test]
fn a_run_moves_from_an_adapter_to_the_processor_and_back() {
    let (experiment, dataset) = (experiment(&["0.9"]), dataset(43, 20));
    let [gpu, processor]: [Executor; 2] = [gpu().into(), Processor::open().into()];
    let mut stayed = trainer(&gpu, &experiment, &dataset);
    stayed.train(9).unwrap();
    let mut before = trainer(&gpu, &experiment, &dataset);
    before.train(3).unwrap();
    let mut saved = state(&before);
    for executor in [&processor, &gpu] {
        let mut next = trainer(executor, &experiment, &dataset);
        next.load_state(&saved).unwrap();
        next.train(3).unwrap();
        saved = state(&next);
    }
    let (moved, stayed) = (saved, state(&stayed));
    assert_eq!(moved.step, 9);
    // As much as six updates of the learning rate would be 6e-2; rounding alone stays far below one.
    for (what, moved, stayed) in
        [("raw", &moved.raw, &stayed.raw), ("average", &moved.ema[0], &stayed.ema[0])]
    {
        for (i, (&moved, &stayed)) in moved.iter().zip(stayed).enumerate() {
            assert_near(&format!("{what}[{i}]"), moved.into(), stayed.into(), 1e-3);
        }
    }
}
