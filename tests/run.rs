//! A run: its history, the losses between evaluations, and what a checkpoint and a reset leave of them.

mod common;

use common::runs::*;
use emascope::{
    checkpoint::Fingerprint,
    config::Experiment,
    data::Dataset,
    executor::Executor,
    processor::Processor,
    run::{Run, Saved, Tested},
    trainer::{Probe, StepMetric},
};
use pollster::block_on;

/// A run of 12 steps that is evaluated after every third.
fn twelve_steps() -> (Experiment, Dataset) {
    let experiment =
        Experiment { steps: Some(12), eval_every: Some(3), eval_early: false, ..experiment(&["0.9"]) };
    (experiment, dataset(43, 20))
}

fn processor() -> Executor {
    Processor::with_threads(1).into()
}

fn run(executor: &Executor) -> Run {
    let (experiment, dataset) = twelve_steps();
    Run::new(trainer(executor, &experiment, &dataset), &dataset)
}

/// Trains for `steps` steps and reads their metrics.
#[track_caller]
fn train(run: &mut Run, steps: u32) -> Vec<StepMetric> {
    run.train(steps).unwrap();
    let asked = run.submit_metrics().expect("there are new steps");
    let answer = block_on(asked.take()).unwrap();
    run.read(answer)
}

#[track_caller]
fn evaluate(run: &mut Run) -> Tested {
    let asked = run.submit_evaluation().unwrap();
    let answer = block_on(asked.take()).unwrap();
    run.evaluated(answer).expect("nothing was reset")
}

/// Trains and evaluates as the settings say, up to the last step.
fn finish(run: &mut Run) {
    while run.step() < run.total_steps() {
        let steps = run.next_evaluation() - run.step();
        train(run, steps as u32);
        assert!(run.evaluation_is_due());
        evaluate(run);
    }
}

fn checkpoint(run: &Run) -> Vec<u8> {
    block_on(run.submit_checkpoint().unwrap().take()).unwrap().to_bytes(run.model())
}

fn resumed(executor: &Executor, bytes: Vec<u8>) -> Run {
    let (experiment, dataset) = twelve_steps();
    let saved = Saved::read("test", bytes).unwrap();
    assert_eq!(saved.experiment(), &experiment);
    let trainer = trainer(executor, &experiment, &dataset);
    let state = saved.state(&experiment, trainer.model(), &Fingerprint::of(&dataset)).unwrap();
    Run::resume(trainer, &dataset, saved, &state).unwrap()
}

#[test]
fn an_evaluation_has_the_mean_loss_of_the_steps_since_the_one_before() {
    let mut run = run(&processor());
    assert_eq!((run.step(), run.total_steps(), run.next_evaluation()), (0, 12, 3));
    assert!(!run.evaluation_is_due() && !run.has_unevaluated_steps());
    assert!(run.submit_metrics().is_none(), "no steps, no metrics");

    assert_eq!(train(&mut run, 2).iter().map(|metric| metric.step).collect::<Vec<_>>(), [1, 2]);
    assert!(run.has_unevaluated_steps() && !run.evaluation_is_due());
    evaluate(&mut run);
    let metrics = train(&mut run, 1);
    assert_eq!((metrics.len(), metrics[0].step), (1, 3));
    assert!(run.evaluation_is_due());
    let tested = evaluate(&mut run);
    assert_eq!(tested.train_loss, metrics[0].loss);
    assert!(!run.evaluation_is_due() && !run.has_unevaluated_steps());
    assert!(evaluate(&mut run).train_loss.is_nan(), "no steps since the one before");

    assert_eq!(run.history().iter().map(|point| point.step).collect::<Vec<_>>(), [2, 3, 3]);
    assert_eq!(run.history()[1], tested.evaluated.point());
    assert_eq!(run.summary().len(), 2);
    assert_eq!(run.summary()[0].accuracy, run.history()[2].methods[0].accuracy);
    assert_eq!(run.next_evaluation(), 6);
    let provenance = run.provenance();
    assert_eq!((provenance.steps, provenance.batch, provenance.seed), (3, 8, 3));
    assert_eq!(run.averages().len(), 1);
    assert!((run.averages()[0].initial_share - 0.9_f64.powi(3)).abs() < 1e-12);
}

#[test]
fn a_resumed_run_has_the_same_evaluations_as_one_that_was_never_stopped() {
    let executor = processor();
    let mut through = run(&executor);
    finish(&mut through);
    assert_eq!(through.history().len(), 4);

    // Stopped between two evaluations, and with steps whose losses nobody has read.
    let mut stopped = run(&executor);
    train(&mut stopped, 3);
    evaluate(&mut stopped);
    train(&mut stopped, 1);
    stopped.train(1).unwrap();
    let mut resumed = resumed(&executor, checkpoint(&stopped));
    assert_eq!((resumed.step(), resumed.history()), (5, stopped.history()));
    assert!(resumed.has_unevaluated_steps());
    assert!(resumed.moved_from().is_none(), "it is the same processor");

    let losses: Vec<f64> = {
        let mut again = run(&executor);
        train(&mut again, 6)[3..].iter().map(|metric| metric.loss).collect()
    };
    train(&mut resumed, 1);
    assert_eq!(evaluate(&mut resumed).train_loss, losses.iter().sum::<f64>() / 3.0);
    finish(&mut resumed);
    assert_eq!(resumed.history(), through.history());
    assert_eq!(checkpoint(&resumed), checkpoint(&through));
}

#[test]
fn a_run_saved_before_its_evaluation_is_due_for_it() {
    let executor = processor();
    let mut stopped = run(&executor);
    train(&mut stopped, 3);
    assert!(resumed(&executor, checkpoint(&stopped)).evaluation_is_due());
    evaluate(&mut stopped);
    assert!(!resumed(&executor, checkpoint(&stopped)).evaluation_is_due());
}

#[test]
fn a_moved_run_says_where_it_came_from_until_it_is_reset() {
    let mut stopped = run(&gpu().into());
    train(&mut stopped, 3);
    let adapter = stopped.describe().adapter;
    let mut moved = resumed(&processor(), checkpoint(&stopped));
    assert_eq!(moved.moved_from(), Some(&adapter));
    assert_eq!(moved.describe().moved_from, Some(adapter));
    moved.reset().unwrap();
    assert!(moved.moved_from().is_none() && moved.describe().moved_from.is_none());
}

#[test]
fn a_reset_run_begins_again_and_drops_what_was_on_its_way() {
    let mut run = run(&processor());
    run.probe(&[Probe { tensor: 0, index: 0 }]).unwrap();
    let first = train(&mut run, 3);
    evaluate(&mut run);
    run.train(2).unwrap();
    let metrics = run.submit_metrics().unwrap();
    let samples = run.submit_probes().unwrap();
    let evaluation = run.submit_evaluation().unwrap();
    run.reset().unwrap();

    assert_eq!((run.step(), run.history().len(), run.summary().len()), (0, 0, 0));
    assert!(!run.has_unevaluated_steps());
    assert!(run.read(block_on(metrics.take()).unwrap()).is_empty());
    assert!(run.sampled(block_on(samples.take()).unwrap()).is_none());
    assert!(run.evaluated(block_on(evaluation.take()).unwrap()).is_none());
    assert!(run.history().is_empty() && !run.has_unevaluated_steps());

    assert_eq!(train(&mut run, 3), first);
}

#[test]
fn samples_of_weights_that_are_followed_no_more_are_dropped() {
    let mut run = run(&processor());
    run.probe(&[Probe { tensor: 0, index: 0 }]).unwrap();
    run.train(2).unwrap();
    let kept = run.submit_probes().unwrap();
    let kept = run.sampled(block_on(kept.take()).unwrap()).expect("the weights are followed still");
    assert_eq!((kept.first_step, kept.steps), (1, 2));
    run.train(2).unwrap();
    let dropped = run.submit_probes().unwrap();
    run.probe(&[Probe { tensor: 1, index: 0 }]).unwrap();
    assert!(run.sampled(block_on(dropped.take()).unwrap()).is_none());
}

#[test]
fn an_evaluation_in_parts_joins_the_history_unless_it_is_given_up() {
    let mut run = run(&processor());
    let metrics = train(&mut run, 3);
    let part = std::time::Duration::from_millis(1);
    assert!(block_on(run.evaluate_in_parts(part, &|| false)).unwrap().is_none());
    assert!(run.history().is_empty() && run.evaluation_is_due());
    let tested = block_on(run.evaluate_in_parts(part, &|| true)).unwrap().expect("it went on");
    assert_eq!(tested.train_loss, metrics.iter().map(|metric| metric.loss).sum::<f64>() / 3.0);
    assert_eq!(run.history(), [tested.evaluated.point()]);
    assert!(!run.evaluation_is_due());
}

#[test]
fn a_bad_batch_and_a_changed_setting_reach_the_trainer() {
    let executor = processor();
    let mut plain = run(&executor);
    let plain_losses = train(&mut plain, 4);
    let mut disturbed = run(&executor);
    disturbed.disturb(10.0);
    let losses = train(&mut disturbed, 4);
    assert_ne!(losses[0].loss, plain_losses[0].loss, "the labels are wrong");

    let mut changed = run(&executor);
    let wanted = Experiment { lr: 0.5, ..changed.experiment().clone() };
    let change = changed.trainer().check_change(&wanted).unwrap();
    let prepared = block_on(change.prepare()).unwrap();
    changed.make_change(prepared).unwrap();
    assert_eq!(changed.experiment().lr, 0.5);
    let losses = train(&mut changed, 2);
    assert_eq!(losses[0].loss, plain_losses[0].loss);
    assert_ne!(losses[1].loss, plain_losses[1].loss);
}
