use std::f64::consts::PI;

use crate::config::{Experiment, Schedule};

/// Learning rate of step `step` = 1, 2, … of a run of `total` steps; beyond the end, that of the last step.
///
/// With t = step − 1 and w warm-up steps: t < w gives lr · (t + 1) / w; then constant lr, or cosine
/// lr · ½ (1 + cos(π (t − w) / (total − w))) (Loshchilov and Hutter 2017, without restarts). One-cycle (Smith and Topin
/// 2018; PyTorch's `OneCycleLR` with linear annealing) rises from lr / 25 over the first 30% of the steps and falls to
/// lr / 250,000, without any other warm-up. A triangle (Jordan 2024, as in airbench) goes from `triangle_start` · lr up to lr,
/// which it reaches after ⌊`triangle_peak` · steps⌋ of the steps that follow the warm-up, and down to `triangle_end` · lr, which
/// would be the rate of the step after the last.
pub fn learning_rate(experiment: &Experiment, step: u64, total: u64) -> f64 {
    let lr = experiment.lr;
    let t = (step.min(total.max(1)) - 1) as f64;
    let total = total as f64;
    let warmup = experiment.warmup_steps as f64;
    match experiment.schedule {
        Schedule::OneCycle => {
            let (start, end, knee) = (lr / 25.0, lr / 25.0 / 1e4, 0.3 * total - 1.0);
            if t < knee {
                start + (lr - start) * t / knee
            } else {
                lr + (end - lr) * (t - knee) / (total - 1.0 - knee)
            }
        }
        _ if t < warmup => lr * (t + 1.0) / warmup,
        Schedule::Cosine => lr * 0.5 * (1.0 + (PI * (t - warmup) / (total - warmup)).cos()),
        Schedule::Triangle => {
            let (t, total) = (t - warmup, total - warmup);
            let knee = (experiment.triangle_peak * total).floor();
            let (start, end) = (lr * experiment.triangle_start, lr * experiment.triangle_end);
            if t < knee {
                start + (lr - start) * t / knee
            } else {
                lr + (end - lr) * (t - knee) / (total - knee)
            }
        }
        Schedule::Constant => lr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_meet_their_corners() {
        let rate = |schedule, warmup_steps, step| {
            let experiment = Experiment { lr: 1.0, schedule, warmup_steps, ..Experiment::default() };
            learning_rate(&experiment, step, 100)
        };
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        close(rate(Schedule::Constant, 0, 1), 1.0);
        close(rate(Schedule::Constant, 10, 1), 0.1);
        close(rate(Schedule::Constant, 10, 10), 1.0);
        close(rate(Schedule::Cosine, 0, 51), 0.5);
        close(rate(Schedule::Cosine, 20, 21), 1.0);
        close(rate(Schedule::Cosine, 20, 61), 0.5);
        close(rate(Schedule::OneCycle, 0, 1), 0.04);
        close(rate(Schedule::OneCycle, 0, 30), 1.0);
        close(rate(Schedule::OneCycle, 0, 100), 4e-6);
        close(rate(Schedule::OneCycle, 0, 1000), 4e-6);
        close(rate(Schedule::Triangle, 0, 1), 0.2);
        close(rate(Schedule::Triangle, 0, 24), 1.0);
        close(rate(Schedule::Triangle, 0, 100), 0.07 + 0.93 / 77.0);
        close(rate(Schedule::Triangle, 20, 20), 1.0);
        close(rate(Schedule::Triangle, 20, 21), 0.2);
        close(rate(Schedule::Triangle, 20, 21 + 18), 1.0);
    }
}
