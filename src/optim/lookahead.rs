use crate::{
    config::Experiment,
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// How far the slow weights go to the weights after step `step` = 1, 2, … of a run of `total` steps, computed in double precision;
/// below 0 where nothing happens.
///
/// Every k steps, k = `lookahead`, it is 1 − .95ᵏ (step / total)³, as in airbench (Jordan 2024), whose k is 5: at first the slow weights
/// follow all the way, towards the end a fraction of it. After the last step the run is left with the slow weights.
pub fn lookahead_rate(experiment: &Experiment, step: u64, total: u64) -> f64 {
    let every = u64::from(experiment.lookahead);
    if every > 0 && step.is_multiple_of(every) {
        let share = step.min(total) as f64 / total.max(1) as f64;
        1.0 - 0.95_f64.powi(experiment.lookahead as i32) * share.powi(3)
    } else if every > 0 && step == total {
        0.0
    } else {
        -1.0
    }
}

/// `shaders/optim/lookahead.wgsl`: both arenas and the batch header.
pub fn lookahead(weights: View, slow: View, batch: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("optim", "lookahead");
    let bindings = [read_write(weights), read_write(slow), read(batch)];
    Dispatch::new(&KERNEL, &[], bindings, (slow.bytes / 16) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_happens_every_few_steps_and_after_the_last() {
        let rates = |lookahead, total: u64| -> Vec<f64> {
            let experiment = Experiment { lookahead, ..Experiment::default() };
            (1..=total).map(|step| lookahead_rate(&experiment, step, total)).collect()
        };
        assert_eq!(rates(0, 3), [-1.0; 3]);
        let twelve = rates(5, 12);
        let happens: Vec<usize> = (0..12).filter(|&i| twelve[i] >= 0.0).map(|i| i + 1).collect();
        assert_eq!(happens, [5, 10, 12]);
        let near =
            |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
        near(twelve[4], 1.0 - 0.95_f64.powi(5) * (5.0_f64 / 12.0).powi(3));
        assert_eq!(twelve[11], 0.0);
        near(rates(5, 10)[9], 1.0 - 0.95_f64.powi(5));
    }
}
