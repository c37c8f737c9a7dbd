use js_sys::Date;

use super::failure::Failure;
use crate::{config::Experiment, data, executor::Executor, processor::Processor, trainer::Trainer};

/// Images a second of training steps on the processor, without evaluations. The images are synthetic, since their
/// content does not matter.
pub(super) async fn of_processor(experiment: &Experiment, milliseconds: f64) -> Result<f64, Failure> {
    let batch = experiment.batch as usize;
    let dataset = data::synthetic(0, batch, 1);
    let experiment = Experiment { data: dataset.name.clone(), ..experiment.clone() };
    let executor = Executor::from(Processor::open());
    let mut trainer = Trainer::new(&executor, &experiment, &dataset).await?;
    // The first step touches memory for the first time.
    step(&mut trainer).await?;
    let start = Date::now();
    let mut images = 0;
    loop {
        step(&mut trainer).await?;
        images += batch;
        let passed = Date::now() - start;
        if passed >= milliseconds {
            return Ok(1000.0 * images as f64 / passed);
        }
    }
}

async fn step(trainer: &mut Trainer) -> Result<(), Failure> {
    trainer.train(1)?;
    Ok(trainer.executor().finished().await?)
}
