//! Training loss since the last evaluation.

use crate::{checkpoint::LossSum, trainer::StepMetric};

/// Sums the losses of the steps since the last evaluation. Steps may be submitted, and their losses read, while an
/// evaluation is pending; they count for the one after it.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    /// The last step whose loss is in a sum.
    read: u64,
    /// The step of a pending evaluation.
    until: Option<u64>,
    /// The losses up to that step.
    before: LossSum,
    /// The losses after it.
    after: LossSum,
}

impl Losses {
    /// After step `read`, with the losses since the last evaluation.
    pub fn since(read: u64, sum: LossSum) -> Self {
        Self { read, before: sum, ..Self::default() }
    }

    /// The last step whose loss was read.
    pub fn last_read(&self) -> u64 {
        self.read
    }

    /// Adds the losses of steps; a step that is read twice counts once.
    pub fn read(&mut self, metrics: &[StepMetric]) {
        for &StepMetric { step, loss, .. } in metrics {
            if step > self.read {
                let sum = if self.until.is_some_and(|until| step > until) {
                    &mut self.after
                } else {
                    &mut self.before
                };
                sum.sum += loss;
                sum.steps += 1;
                self.read = step;
            }
        }
    }

    /// Notes that an evaluation after this step is pending.
    pub fn evaluating(&mut self, step: u64) {
        self.until = Some(step);
    }

    /// Notes that the evaluation has arrived. Returns the mean loss of the steps between the previous one and it; NaN
    /// if there are none.
    pub fn evaluated(&mut self) -> f64 {
        let LossSum { sum, steps } = self.before;
        *self = Self { before: self.after, after: LossSum::default(), until: None, read: self.read };
        sum / steps as f64
    }

    /// The losses since the last evaluation that has arrived.
    pub fn sum(&self) -> LossSum {
        LossSum { sum: self.before.sum + self.after.sum, steps: self.before.steps + self.after.steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(steps: std::ops::RangeInclusive<u64>) -> Vec<StepMetric> {
        steps.map(|step| StepMetric { step, loss: step as f64, accuracy: 0.0 }).collect()
    }

    #[test]
    fn an_evaluation_gets_the_mean_of_the_steps_before_it() {
        let mut losses = Losses::since(2, LossSum { sum: 3.0, steps: 2 });
        losses.read(&metrics(3..=4));
        assert_eq!(losses.sum(), LossSum { sum: 10.0, steps: 4 });
        assert_eq!(losses.evaluated(), 2.5);
        assert!(losses.evaluated().is_nan());
        assert_eq!((losses.last_read(), losses.sum().steps), (4, 0));
    }

    #[test]
    fn steps_read_while_an_evaluation_is_on_its_way_count_for_the_next() {
        let mut losses = Losses::default();
        losses.read(&metrics(1..=2));
        losses.evaluating(3);
        losses.read(&metrics(3..=5));
        assert_eq!(losses.sum(), LossSum { sum: 15.0, steps: 5 });
        assert_eq!(losses.evaluated(), 2.0);
        assert_eq!(losses.evaluated(), 4.5);
    }

    #[test]
    fn a_step_that_is_read_twice_counts_once() {
        let mut losses = Losses::default();
        losses.read(&metrics(1..=3));
        losses.read(&metrics(2..=4));
        assert_eq!(losses.sum(), LossSum { sum: 10.0, steps: 4 });
    }
}
