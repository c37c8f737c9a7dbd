use js_sys::Date;

use super::failure::Failure;
use crate::{
    config::Experiment, data, executor::Executor, plan::KernelRow, processor::Processor, trainer::Trainer,
};

/// The kernels of training steps on the processor.
pub(super) async fn kernels_of_processor(
    experiment: &Experiment,
    steps: u32,
) -> Result<Vec<KernelRow>, Failure> {
    let mut trainer = open(&Processor::open().into(), experiment).await?;
    let mut timed = Vec::new();
    for _ in 0..steps {
        timed.push(trainer.time_step().await?);
    }
    Ok(KernelRow::of_steps(&timed))
}

/// Images a second of training steps, without evaluations; one step at least.
pub(super) async fn of(
    executor: &Executor,
    experiment: &Experiment,
    milliseconds: f64,
) -> Result<f64, Failure> {
    let mut trainer = open(executor, experiment).await?;
    let start = Date::now();
    let mut images = 0;
    loop {
        step(&mut trainer).await?;
        images += experiment.batch;
        let passed = Date::now() - start;
        if passed >= milliseconds {
            return Ok(1000.0 * f64::from(images) / passed);
        }
    }
}

/// A run after its first step, which compiles kernels and touches memory for the first time. Its images are synthetic,
/// since their content does not matter.
async fn open(executor: &Executor, experiment: &Experiment) -> Result<Trainer, Failure> {
    let dataset = data::synthetic(0, experiment.batch as usize, 1);
    let experiment = Experiment { data: dataset.name.clone(), ..experiment.clone() };
    let mut trainer = Trainer::new(executor, &experiment, &dataset).await?;
    step(&mut trainer).await?;
    Ok(trainer)
}

async fn step(trainer: &mut Trainer) -> Result<(), Failure> {
    trainer.train(1)?;
    Ok(trainer.executor().finished().await?)
}
