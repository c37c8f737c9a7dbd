//! Groups of parameters, each a range of the arenas with a learning rate of its own.

use std::ops::Range;

use super::{AdamHeader, SgdHeader, adam, sgd};
use crate::{
    config::{Experiment, Optimizer},
    model::Model,
    network::Group,
    plan::{Plan, View},
};

/// The settings of a step for one group, as the optimizer's kernel reads them.
#[derive(Clone, Copy, Debug)]
pub enum Header {
    /// For Adam and AdamW.
    Adam(AdamHeader),
    /// For SGD.
    Sgd(SgdHeader),
}

impl Header {
    /// The bytes that the kernel reads.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Adam(header) => bytemuck::bytes_of(header),
            Self::Sgd(header) => bytemuck::bytes_of(header),
        }
    }
}

/// The settings of a step for each group, in the order of [`Group::TRAINED`].
pub type Headers = [Header; Group::TRAINED.len()];

/// Headers of step `t` = 1, 2, … at learning rate `lr`.
///
/// A group's rate is `lr` times its factor. Its weight decay is divided by that factor, so that a step takes the same share off
/// every weight, as in airbench (Jordan 2024); a group whose factor is 0 is not decayed either.
pub fn headers(experiment: &Experiment, lr: f64, t: u64) -> Headers {
    Group::TRAINED.map(|group| {
        let factor = factor(experiment, group);
        let decay = if factor == 0.0 { 0.0 } else { experiment.weight_decay / factor };
        match experiment.optimizer {
            Optimizer::Adam | Optimizer::Adamw => {
                Header::Adam(AdamHeader::new(experiment, lr * factor, decay, t))
            }
            Optimizer::Sgd => Header::Sgd(SgdHeader::new(experiment, lr * factor, decay)),
        }
    })
}

/// The learning rate of a group, as a multiple of the setting.
fn factor(experiment: &Experiment, group: Group) -> f64 {
    match group {
        Group::Others => 1.0,
        Group::NormBiases => experiment.norm_bias_lr,
        Group::Frozen => unreachable!("it is not trained"),
    }
}

/// The optimizer's dispatches: one for every group that has a rate of its own, and one for all that have the same.
pub fn update(
    experiment: &Experiment,
    model: &Model,
    [weights, gradients]: [View; 2],
    [first, second]: [View; 2],
    header: impl Fn(Group) -> View,
) -> Plan {
    let dispatch = |(group, range): (Group, Range<usize>)| {
        let of = |arena: View| arena.floats(range.start, range.len());
        match experiment.optimizer {
            Optimizer::Adam | Optimizer::Adamw => {
                adam(of(weights), of(gradients), [of(first), of(second)], header(group))
            }
            Optimizer::Sgd => sgd(of(weights), of(gradients), of(first), header(group)),
        }
    };
    ranges(experiment, model).into_iter().map(dispatch).collect()
}

/// The ranges of the arenas that have a learning rate of their own, each with a group that has this rate.
fn ranges(experiment: &Experiment, model: &Model) -> Vec<(Group, Range<usize>)> {
    let own = |group: Group| match group {
        Group::NormBiases => experiment.norm_bias_lr != 1.0,
        Group::Others | Group::Frozen => false,
    };
    let mut ranges: Vec<(Group, Range<usize>)> = Vec::new();
    for (group, range) in
        Group::TRAINED.into_iter().zip(model.groups()).filter(|(_, range)| !range.is_empty())
    {
        match ranges.last_mut() {
            Some((last, before)) if !own(group) && !own(*last) => before.end = range.end,
            _ => ranges.push((group, range)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{ModelSpec, Norm, Preset};

    #[test]
    fn equal_rates_share_a_dispatch() {
        let model = Model::new(&ModelSpec::preset(Preset::Tiny, Norm::Batch)).unwrap();
        let plain = Experiment::default();
        assert_eq!(ranges(&plain, &model), [(Group::Others, 0..model.parameter_floats)]);
        let two = ranges(&Experiment { norm_bias_lr: 64.0, ..plain }, &model);
        assert_eq!(two.len(), 2);
        assert_eq!((two[0].1.start, two[0].1.end), (0, two[1].1.start));
        assert_eq!((two[1].0, two[1].1.end), (Group::NormBiases, model.parameter_floats));
    }

    #[test]
    fn a_step_takes_the_same_share_off_every_weight() {
        let experiment = Experiment {
            optimizer: Optimizer::Sgd,
            weight_decay: 0.25,
            norm_bias_lr: 64.0,
            ..Experiment::default()
        };
        let rates = headers(&experiment, 0.5, 1).map(|header| match header {
            Header::Sgd(header) => [header.lr, header.decay],
            Header::Adam(_) => unreachable!("the optimizer is SGD"),
        });
        assert_eq!(rates, [[0.5, 0.25], [32.0, 0.25 / 64.0]]);
    }
}
