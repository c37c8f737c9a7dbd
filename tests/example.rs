//! The textbook loop of `examples/train_with_ema.rs`.

mod common;
#[path = "../examples/train_with_ema.rs"]
#[expect(dead_code, reason = "its `main` trains for minutes")]
mod train_with_ema;

use common::runs::*;
use emascope::{
    average::EmaError,
    trainer::{TrainError, Weights},
};

#[test]
fn the_textbook_loop_makes_the_same_bits_as_training_many_steps_at_once() {
    let (executor, dataset) = (executor(), dataset(43, 20));
    let experiment = experiment(&["0.9"]);
    let [mut textbook, mut fused] = [(); 2].map(|()| trainer(&executor, &experiment, &dataset));
    let test = train_with_ema::train(&mut textbook, 2).unwrap();
    fused.train(2 * 5).unwrap();
    assert_same_bits("textbook", &state(&textbook), &state(&fused));
    assert_eq!(metrics(&textbook), metrics(&fused));
    assert_eq!(test, evaluate(&fused, Weights::Ema(0)));
    assert_ne!(test, evaluate(&fused, Weights::Raw));
    // Steps go on from there, in either way.
    for trainer in [&mut textbook, &mut fused] {
        trainer.train(3).unwrap();
    }
    assert_same_bits("after it", &state(&textbook), &state(&fused));
}

#[test]
fn no_step_begins_while_an_average_is_in_place() {
    let mut trainer = trainer(&executor(), &experiment(&["0.9"]), &dataset(43, 20));
    trainer.apply(0).unwrap();
    assert!(matches!(trainer.forward(), Err(TrainError::Ema(EmaError::StillApplied(0)))));
}

#[test]
#[should_panic(expected = "the parts of a step are out of order: Backward comes next")]
fn parts_of_a_step_come_in_order() {
    let mut trainer = trainer(&executor(), &experiment(&["0.9"]), &dataset(43, 20));
    trainer.forward().unwrap();
    let _ = trainer.optimizer_step();
}
