//! A whole network in f64, made of the twins in `src/reference`, with which the engine's passes must agree.

use emascope::{
    config::{Border, Experiment},
    data::{CLASSES, Dataset},
    layout::pad4,
    model::Model,
    network::{BATCH_NORM_MOMENTUM, LayerSpec, NORM_EPSILON},
    random::permutation,
    reference::*,
};

/// A batch of normalised images and their labels.
pub struct Batch {
    /// Activations `[n, 32, 32, 3]`.
    pub x: Vec<f64>,
    /// One label a sample.
    pub labels: Vec<u32>,
}

impl Batch {
    /// The batch of training step `step` = 1, 2, … of the experiment, augmentation included.
    pub fn of_step(experiment: &Experiment, dataset: &Dataset, step: u32) -> Self {
        let size = experiment.batch as usize;
        let steps = dataset.train.len() / size;
        let (epoch, place) = ((step as usize - 1) / steps, (step as usize - 1) % steps);
        let order = if experiment.shuffle {
            permutation(experiment.seed, epoch as u32, dataset.train.len())
        } else {
            (0..dataset.train.len() as u32).collect()
        };
        let (mean, std) = dataset.channel_statistics();
        let settings = Gather {
            batch: size,
            count: size,
            seed: experiment.seed,
            step,
            mirror: match (experiment.augment.flip, experiment.flip_alternately) {
                (false, _) => Mirror::Never,
                (true, false) => Mirror::AtRandom,
                (true, true) => Mirror::EveryOtherEpoch,
            },
            epoch: epoch as u32,
            pad: experiment.augment.crop,
            reflect: experiment.crop_border == Border::Reflected,
            offset: 0,
            cutout: experiment.cutout,
            classes: CLASSES as u32,
            label_shift: 0,
            mean,
            std,
        };
        Self::gather(&settings, &dataset.train, &order[place * size..(place + 1) * size])
    }

    /// The images of the test set, without augmentation.
    pub fn of_test(dataset: &Dataset) -> Self {
        Self::of_view(dataset, false, 0)
    }

    /// The images of the test set, mirrored perhaps, and shifted along both axes with reflected borders.
    pub fn of_view(dataset: &Dataset, mirrored: bool, offset: i64) -> Self {
        let batch = dataset.test.len();
        let (mean, std) = dataset.channel_statistics();
        let settings = Gather {
            batch,
            count: batch,
            seed: 0,
            step: 0,
            mirror: if mirrored { Mirror::Always } else { Mirror::Never },
            epoch: 0,
            pad: 0,
            reflect: true,
            offset,
            cutout: 0,
            classes: CLASSES as u32,
            label_shift: 0,
            mean,
            std,
        };
        Self::gather(&settings, &dataset.test, &(0..batch as u32).collect::<Vec<_>>())
    }

    fn gather(settings: &Gather, split: &emascope::data::Split, indices: &[u32]) -> Self {
        let words: Vec<u32> =
            split.images.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap())).collect();
        let labels: Vec<u32> = split.labels.iter().map(|&label| label.into()).collect();
        let (x, labels) = gather(settings, &words, &labels, indices);
        Self { x, labels }
    }
}

/// Results of a pass.
pub struct Outcome {
    /// Loss of each sample.
    pub loss: Vec<f64>,
    /// 1 for each correct prediction, else 0.
    pub correct: Vec<f64>,
    /// Logits `[n, classes]`, padded.
    pub logits: Vec<f64>,
    /// Gradient of the mean loss, in the arena's layout.
    pub gradients: Vec<f64>,
    /// The arena, with batch norm's buffers as the pass left them.
    pub arena: Vec<f64>,
}

impl Outcome {
    /// Mean loss.
    pub fn mean_loss(&self) -> f64 {
        self.loss.iter().sum::<f64>() / self.loss.len() as f64
    }

    /// Share of correct predictions in percent.
    pub fn accuracy(&self) -> f64 {
        100.0 * self.correct.iter().sum::<f64>() / self.correct.len() as f64
    }
}

/// Forward and backward through the network whose arena is `raw`: with batch statistics in training, else with the running
/// ones.
pub fn pass(
    model: &Model,
    layers: &[LayerSpec],
    raw: &[f32],
    batch: Batch,
    training: bool,
    smoothing: f64,
) -> Outcome {
    let mut network = Network {
        model,
        training,
        arena: raw.iter().copied().map(f64::from).collect(),
        gradients: vec![0.0; raw.len()],
    };
    let image = Image { n: batch.labels.len(), h: 32, w: 32, c: 3 };
    let mut loss = None;
    network.layers(layers, 0, "", image, batch.x, &mut |_, image, logits| {
        let settings = CrossEntropy { batch: image.n, classes: CLASSES, count: image.n, smoothing };
        let mut outcome = softmax_cross_entropy(settings, &logits, &batch.labels);
        let dlogits = std::mem::take(&mut outcome.dlogits);
        loss = Some((outcome, logits));
        dlogits
    });
    let (Loss { loss, correct, .. }, logits) = loss.expect("the network ends in a loss");
    Outcome { loss, correct, logits, gradients: network.gradients, arena: network.arena }
}

/// What tells one norm from another.
struct NormKind {
    groups: Option<usize>,
    momentum: f64,
    epsilon: f64,
}

struct Network<'a> {
    model: &'a Model,
    training: bool,
    arena: Vec<f64>,
    gradients: Vec<f64>,
}

/// From an output and its shape to the gradient of that output.
type Rest<'a, 'b> = &'b mut dyn FnMut(&mut Network<'a>, Image, Vec<f64>) -> Vec<f64>;

impl<'a> Network<'a> {
    fn range(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let parameter = self.model.parameters.iter().find(|parameter| parameter.name == name)?;
        Some(parameter.offset..parameter.offset + parameter.len)
    }

    fn get(&self, name: &str) -> Vec<f64> {
        self.arena[self.range(name).unwrap_or_else(|| panic!("no parameter {name}"))].to_vec()
    }

    fn store_gradient(&mut self, name: &str, values: &[f64]) {
        let range = self.range(name).unwrap_or_else(|| panic!("no parameter {name}"));
        self.gradients[range].copy_from_slice(values);
    }

    /// Runs `specs[at..]` and then `end` forward; returns the gradient of x.
    fn layers(
        &mut self,
        specs: &[LayerSpec],
        at: usize,
        prefix: &str,
        image: Image,
        x: Vec<f64>,
        end: Rest<'a, '_>,
    ) -> Vec<f64> {
        let Some(spec) = specs.get(at) else { return end(self, image, x) };
        let name = |what: &str| format!("{prefix}{at}.{what}");
        let mut rest = |network: &mut Self, image, y| network.layers(specs, at + 1, prefix, image, y, end);
        match *spec {
            LayerSpec::Conv { out, kernel: 2, .. } => {
                let Image { n, h, w, c } = image.unfolded();
                let conv = ConvShape { n, h, w, inputs: c, outputs: out as usize, kernel: 1 };
                let patches = unfold(image, &x);
                fold(image, &self.linear(conv, &name("weight"), &name("bias"), &patches, &mut rest))
            }
            LayerSpec::Conv { out, kernel, .. } => {
                let Image { n, h, w, c } = image;
                let conv = ConvShape { n, h, w, inputs: c, outputs: out as usize, kernel: kernel as usize };
                self.linear(conv, &name("weight"), &name("bias"), &x, &mut rest)
            }
            LayerSpec::Dense { out, .. } => {
                let conv =
                    ConvShape { n: image.n, h: 1, w: 1, inputs: image.c, outputs: out as usize, kernel: 1 };
                self.linear(conv, &name("weight"), &name("bias"), &x, &mut rest)
            }
            LayerSpec::BatchNorm { momentum, epsilon, .. } => {
                let kind = NormKind { groups: None, momentum, epsilon };
                self.norm(image, kind, prefix, at, &x, &mut rest)
            }
            LayerSpec::GroupNorm { groups } => {
                let groups = Some(groups as usize);
                let kind = NormKind { groups, momentum: BATCH_NORM_MOMENTUM, epsilon: NORM_EPSILON };
                self.norm(image, kind, prefix, at, &x, &mut rest)
            }
            LayerSpec::Flatten => rest(self, image, x),
            LayerSpec::Scale { by } => scale(by, &rest(self, image, scale(by, &x))),
            LayerSpec::Residual(ref branch) => {
                let mut straight = Vec::new();
                let through = self.layers(
                    branch,
                    0,
                    &format!("{prefix}{at}."),
                    image,
                    x.clone(),
                    &mut |network, image, y| {
                        straight = rest(network, image, add(&x, &y));
                        straight.clone()
                    },
                );
                add(&straight, &through)
            }
            ref other => {
                let twins = layer_twins(other).unwrap_or_else(|| panic!("{other:?} has no twins"));
                let y = (twins.forward)(image, &x);
                let dy = rest(self, (twins.output)(image), y.clone());
                (twins.grad_input)(image, [&x, &y, &dy])
            }
        }
    }

    fn linear(
        &mut self,
        conv: ConvShape,
        weight: &str,
        bias: &str,
        x: &[f64],
        rest: Rest<'a, '_>,
    ) -> Vec<f64> {
        let w = self.get(weight);
        let b = self.range(bias).map(|_| self.get(bias));
        let y = conv_forward(conv, x, &w, b.as_deref());
        let dy = rest(self, conv.output(), y);
        self.store_gradient(weight, &conv_grad_weight(conv, x, &dy));
        if b.is_some() {
            self.store_gradient(bias, &channel_sums(conv.output(), &dy));
        }
        conv_forward(conv.transposed(), &dy, &conv_flip(conv, &w), None)
    }

    fn norm(
        &mut self,
        image: Image,
        NormKind { groups, momentum, epsilon }: NormKind,
        prefix: &str,
        at: usize,
        x: &[f64],
        rest: Rest<'a, '_>,
    ) -> Vec<f64> {
        let [gamma_name, beta_name, mean_name, var_name] =
            ["weight", "bias", "running_mean", "running_var"].map(|what| format!("{prefix}{at}.{what}"));
        let [gamma, beta] = [&gamma_name, &beta_name].map(|name| self.get(name));
        let norm = NormShape { image, per_sample: groups.is_some(), relu: false, pool: false };
        let partial = norm_statistics(image, 1, x);
        let stats = match groups {
            Some(groups) => group_norm_finish(image, 1, groups, &partial, epsilon),
            None => {
                let [mut mean, mut var] = [&mean_name, &var_name].map(|name| self.get(name));
                if self.training {
                    let stats = batch_norm_finish(image, 1, &partial, epsilon, momentum, &mut mean, &mut var);
                    for (name, values) in [(&mean_name, &mean), (&var_name, &var)] {
                        let range = self.range(name).expect("a buffer");
                        self.arena[range].copy_from_slice(values);
                    }
                    stats
                } else {
                    batch_norm_running(image.c, &mean, &var, epsilon)
                }
            }
        };
        let dy = rest(self, image, norm_forward(norm, x, &stats, &gamma, &beta));
        let sums = norm_grad_sums(norm, 1, x, &stats, &gamma, &beta, &dy);
        let (dgamma, dbeta, coefficients) = match groups {
            Some(groups) => {
                let (dgamma, dbeta) = norm_grad_parameters(image, 1, &sums);
                (dgamma, dbeta, group_norm_grad_finish(image, 1, groups, &sums, &gamma))
            }
            None => {
                let out = batch_norm_grad_finish(image, 1, &sums, &gamma);
                (out.dgamma, out.dbeta, out.coefficients)
            }
        };
        assert_eq!(dgamma.len(), pad4(image.c));
        // A scale that is not trained is a buffer, which has no gradient.
        if self.range(&gamma_name).is_some_and(|range| range.start < self.model.parameter_floats) {
            self.store_gradient(&gamma_name, &dgamma);
        }
        self.store_gradient(&beta_name, &dbeta);
        norm_grad_input(norm, x, &stats, &gamma, &beta, &dy, &coefficients)
    }
}
