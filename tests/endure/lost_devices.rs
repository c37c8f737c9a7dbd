//! A device that goes away, whatever it was doing.

use emascope::executor::Executor;
use emascope::gpu::GpuError;
use emascope::trainer::{TrainError, Trainer};
use pollster::block_on;

use super::common::endurance::{Tally, rounds};
use super::common::runs::{dataset, executor, experiment, state, trainer};

/// Steps between two kept states.
const KEPT_EVERY: u32 = 3;

#[test]
fn a_run_whose_device_is_lost_goes_on_in_another_with_the_same_bits() {
    let rounds = rounds(4);
    let mut tally = Tally::new("a device lost, natively", rounds);
    let experiment = experiment(&["0.9", "0.98,every=2,warmup=ramp", "0.5,buffers=recompute"]);
    let dataset = dataset(64, 24);
    let mut undisturbed = trainer(&executor(), &experiment, &dataset);
    let mut lost_run = trainer(&executor(), &experiment, &dataset);
    for round in 0..rounds {
        tally.progress(round);
        lost_run.train(KEPT_EVERY).unwrap();
        let kept = state(&lost_run);
        let device = lost_run.executor().clone();
        let said = lose(&mut lost_run, &device, round);
        if !matches!(said, Err(TrainError::Gpu(GpuError::Lost(_) | GpuError::Readback(_)))) {
            tally.failed(format!("round {round}: the loss was answered by {said:?}"));
        }
        lost_run = trainer(&executor(), &experiment, &dataset);
        lost_run.load_state(&kept).unwrap();
        undisturbed.train(KEPT_EVERY).unwrap();
        if state(&lost_run) != state(&undisturbed) {
            tally.failed(format!("round {round}: other bits at step {}", kept.step));
            undisturbed.load_state(&kept).unwrap();
        }
        if let Some(bytes) = resident() {
            tally.holds(bytes);
        }
    }
    tally.note = "while idle, training, testing, reading back".to_owned();
    tally.finish();
}

/// Destroys the device at one of four occasions, and returns the trainer's error.
fn lose(trainer: &mut Trainer, device: &Executor, round: u64) -> Result<(), TrainError> {
    match round % 4 {
        0 => device.destroy(),
        1 => {
            trainer.train(KEPT_EVERY)?;
            device.destroy();
        }
        2 => {
            let pending = trainer.submit_evaluation(&trainer.methods())?;
            device.destroy();
            return block_on(pending.take()).map(drop);
        }
        _ => {
            let pending = trainer.submit_state()?;
            device.destroy();
            return block_on(pending.take()).map(drop);
        }
    }
    trainer.train(1)?;
    block_on(trainer.metrics()).map(drop)
}

/// Bytes of memory of this process, where Linux reports them.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(1024 * line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?)
}
