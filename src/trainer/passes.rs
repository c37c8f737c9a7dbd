//! The passes as plans, from the step table to the update or the result.

use std::collections::BTreeSet;

use super::{
    Arenas,
    feed::{Feed, Images},
    probe::{PROBE_STEPS, probe},
};
use crate::{
    average,
    config::Experiment,
    data::CLASSES,
    kernel,
    layers::{
        Pass, Profile, Recorder,
        kernels::{ConvOp, softmax_cross_entropy},
    },
    layout::ConvShape,
    model::Model,
    network::INPUT,
    optim,
    plan::{Dispatch, Kernel, Memory, Plan, Storage, View, read, read_write},
};

/// The common part of all passes of a run.
pub(super) struct Passes<'a> {
    pub profile: &'a Profile,
    pub memory: &'a Memory,
    pub model: &'a Model,
    pub experiment: &'a Experiment,
    pub arenas: &'a Arenas,
}

/// A pass as a plan.
pub(super) struct PassPlan {
    pub plan: Plan,
    pub convolutions: BTreeSet<(ConvOp, ConvShape)>,
    /// Indices of the first dispatches of the backward pass, the optimizer and the averages of a training step.
    pub parts: [usize; 3],
}

impl From<Recorder<'_>> for PassPlan {
    fn from(Recorder { plan, convolutions, .. }: Recorder<'_>) -> Self {
        Self { plan, convolutions, parts: [0; 3] }
    }
}

impl Passes<'_> {
    /// Records `pass` over the images of `feed`.
    pub fn record(&self, pass: Pass, feed: &Feed, images: &Images) -> PassPlan {
        let Self { profile, memory, model, experiment, arenas } = *self;
        let batch = experiment.batch as usize;
        let section = feed.batch_section();
        let arenas_and_section = [arenas.weights, arenas.gradients, section];
        let mut recorder = Recorder::new(pass, profile, memory, &model.parameters, arenas_and_section);
        let labels = memory.lease("labels", batch, Storage::Buffer);
        let x = recorder.tensor("x", INPUT.batch(batch), false);
        recorder.plan.push(feed.advance());
        recorder.plan.extend(feed.gather(images, x.view(), labels.view()));
        let logits = model.forward(&mut recorder, x);
        if pass == Pass::Recompute {
            return recorder.into();
        }
        let outcome = memory.lease("outcome", 2 * batch, Storage::Buffer);
        let dlogits = recorder.tensor("dlogits", logits.image, true);
        // The mean over the views of an image, which the steps of a batch add up.
        let summed = (pass == Pass::Evaluate && experiment.tta.views().len() > 1).then(|| {
            let summed = memory.fixed("logits of all views", 4 * logits.image.size() as u64);
            recorder.plan.push(add_view(logits.view(), section, summed));
            summed
        });
        let judged = summed.unwrap_or(logits.view());
        let inputs = [judged, labels.view(), section];
        // An evaluation measures the loss without label smoothing.
        let smoothing = if pass == Pass::Train { experiment.label_smoothing } else { 0.0 };
        let outputs = [outcome.view(), dlogits.view()];
        recorder.plan.push(softmax_cross_entropy(CLASSES, smoothing, inputs, outputs));
        if pass == Pass::Evaluate {
            recorder.plan.push(metrics(outcome.view(), section, arenas.results));
            recorder.plan.push(predict(CLASSES, judged, section, arenas.predictions));
            return recorder.into();
        }
        recorder.plan.push(metrics(outcome.view(), section, arenas.metrics));
        drop(logits);
        let backward = recorder.plan.len();
        recorder.backward(dlogits);
        let optimizer = recorder.plan.len();
        let parameters = arenas.weights.floats(0, model.parameter_floats);
        let updated = [parameters, arenas.gradients];
        let section_of = |group| feed.optimizer_section(group);
        recorder.plan.extend(optim::update(experiment, model, updated, arenas.moments, section_of));
        if let Some(slow) = arenas.slow {
            recorder.plan.push(optim::lookahead(arenas.weights, slow, section));
        }
        let parts = [backward, optimizer, recorder.plan.len()];
        let averages = experiment.ema.len();
        if averages > 0 {
            let rates = feed.ema_section();
            recorder.plan.push(average::update(arenas.weights, parameters.bytes, arenas.bank, rates));
        }
        let sources = [arenas.weights, arenas.bank, arenas.probed, section];
        recorder.plan.push(probe(PROBE_STEPS, 1 + averages, sources, arenas.probes));
        PassPlan { parts, ..recorder.into() }
    }
}

/// `shaders/measure/metrics.wgsl`.
pub fn metrics(outcome: View, batch: View, ring: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "metrics");
    Dispatch::in_workgroups(&KERNEL, &[], [read(outcome), read(batch), read_write(ring)], 1)
        .with_moved(outcome.bytes as usize + 16)
}

/// `shaders/measure/add_view.wgsl`.
pub fn add_view(logits: View, batch: View, sum: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "add_view");
    let bindings = [read(logits), read(batch), read_write(sum)];
    Dispatch::new(&KERNEL, &[], bindings, (sum.bytes / 16) as usize)
}

/// `shaders/measure/predict.wgsl`.
pub fn predict(classes: usize, logits: View, batch: View, predictions: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "predict");
    let samples = logits.bytes as usize / 4 / crate::layout::pad4(classes);
    let bindings = [read(logits), read(batch), read_write(predictions)];
    Dispatch::new(&KERNEL, &[("CLASSES", classes)], bindings, samples)
        .with_moved(logits.bytes as usize + 8 * samples)
}
