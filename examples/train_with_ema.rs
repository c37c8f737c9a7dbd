//! Trains with an exponential moving average of the weights, as the textbook writes it:
//!
//! ```text
//! v_t = β · v_{t−1} + (1 − β) · w_t,   v_0 = w_0
//! ```
//!
//! `cargo run --release --example train_with_ema` trains on the 5,000 CIFAR-10 images that come with the program. The numbers
//! of the raw weights jump from epoch to epoch; those of the average climb. Nothing is chosen by them, so the test images
//! serve for the validation, too.
#![expect(clippy::print_stdout, reason = "it is a program")]

use emascope::config::Experiment;
use emascope::executor::Executor;
use emascope::trainer::{Evaluation, TrainError, Trainer};
use pollster::block_on;

/// The only average of the bank.
const EMA: usize = 0;

/// Trains for `epochs` epochs and returns what the average scores at the end.
pub fn train(trainer: &mut Trainer, epochs: u32) -> Result<Evaluation, TrainError> {
    for epoch in 1..=epochs {
        for _batch in 0..trainer.steps_per_epoch() {
            trainer.forward()?; //         loss = criterion(model(x), y)
            trainer.backward()?; //        loss.backward()
            trainer.optimizer_step()?; //  optimizer.step()
            trainer.ema_update()?; //      ema.update()
        }
        let raw = block_on(trainer.evaluate_current())?;
        trainer.apply(EMA)?; //            ema.apply_shadow()
        let average = block_on(trainer.evaluate_current())?;
        trainer.restore()?; //             ema.restore()
        println!("epoch {epoch}: raw {:.2} %, average {:.2} %", raw.accuracy, average.accuracy);
    }
    trainer.apply(EMA)?;
    let test = block_on(trainer.evaluate_current());
    trainer.restore()?;
    test
}

fn main() -> anyhow::Result<()> {
    let experiment = Experiment { ema: vec!["0.99".parse()?], ..Experiment::default() };
    let dataset = emascope::data::open(&experiment.data, &mut |_, _| {})?;
    let mut trainer = block_on(Trainer::new(&block_on(Executor::open()), &experiment, &dataset))?;
    let test = train(&mut trainer, experiment.epochs)?;
    println!("test with the average: {:.2} %, loss {:.4}", test.accuracy, test.loss);
    Ok(())
}
