//! A recorded run: the file that the page plays where a browser cannot train (`www/replay/format.ts` reads it).
//!
//! One JSON object with every number that the page's parts show, step by step, of a real run. No step is left out.
//! Numbers are rounded to the digits that can be distinguished on a screen; NaN and infinity are null.
//!
//! | key | value |
//! | --- | --- |
//! | `format`, `version` | `emascope-recording`, 1 |
//! | `program` | the program that wrote it: `emascope 0.1.0` |
//! | `experiment`, `description` | as the page gets them from the engine |
//! | `images_per_second` | training speed, without evaluations |
//! | `steps` | `loss` and `accuracy` (percent) of each step's batch, from step 1 on |
//! | `points`, `summaries` | the evaluations, and the table after each |
//! | `averages` | for each average its name, its text, β, and at each step from 0 on effective β, half-life and share of its start |
//! | `probes` | the probed weights, `values[((step - 1) * probes + probe) * methods + method]` |
//! | `predictions` | at each point of the first test images: `classes[method * images + image]`, `confidences` |
//! | `filters` | `shape` of the first convolution; `frames` at step 0 and each point, one list per method |
//! | `test_images` | `labels` and, in base64, `pixels` of these images: red, green, blue, row by row |

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::{
    average::{AverageSpec, Memory},
    config::Experiment,
    data::{Dataset, IMAGE_BYTES, Split},
    description::Description,
    model::Model,
    network::{Parameter, ParameterKind},
    random::pcg4d,
    report::{EvaluationPoint, SummaryRow},
    run::Run,
    trainer::{Evaluated, Predictions, Probe, ProbeSamples, StepMetric},
};

/// The number of probed weights.
const PROBES: usize = 8;

/// Test images whose pixels and predictions are kept: enough for three pages of the grid.
const IMAGES: usize = 72;

/// The contents of the file so far.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedRun {
    format: &'static str,
    version: u32,
    program: String,
    experiment: Experiment,
    description: Description,
    images_per_second: f64,
    steps: Steps,
    points: Vec<EvaluationPoint>,
    summaries: Vec<Vec<SummaryRow>>,
    averages: Vec<AveragePath>,
    probes: Probes,
    predictions: Vec<Said>,
    filters: Filters,
    test_images: TestImages,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Steps {
    loss: Vec<f64>,
    accuracy: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct AveragePath {
    name: String,
    average: AverageSpec,
    beta: Option<f64>,
    effective_beta: Vec<f64>,
    half_life: Vec<f64>,
    initial_share: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct Probes {
    probes: Vec<Probe>,
    values: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct Said {
    step: u64,
    classes: Vec<u8>,
    confidences: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
struct Filters {
    shape: [usize; 4],
    frames: Vec<Frame>,
}

#[derive(Clone, Debug, Serialize)]
struct Frame {
    step: u64,
    methods: Vec<Vec<f64>>,
}

#[derive(Clone, Debug, Serialize)]
struct TestImages {
    labels: Vec<u8>,
    pixels: String,
}

impl RecordedRun {
    /// Begins to record a run on the images of `dataset`. `filters` has the first convolution of every method.
    pub fn begin(run: &Run, dataset: &Dataset, filters: Vec<Vec<f32>>) -> Self {
        let trainer = run.trainer();
        let shape = trainer
            .model()
            .filters()
            .map_or([0; 4], |filters| filters.shape[..].try_into().expect("a convolution has four axes"));
        let path = |spec: &AverageSpec| AveragePath {
            name: spec.name(),
            average: *spec,
            beta: spec.beta(),
            effective_beta: Vec::new(),
            half_life: Vec::new(),
            initial_share: Vec::new(),
        };
        let mut recording = Self {
            format: "emascope-recording",
            version: 1,
            program: concat!("emascope ", env!("CARGO_PKG_VERSION")).to_owned(),
            experiment: trainer.experiment().clone(),
            description: run.describe(),
            images_per_second: 0.0,
            steps: Steps::default(),
            points: Vec::new(),
            summaries: Vec::new(),
            averages: trainer.averages().iter().map(path).collect(),
            probes: Probes { probes: probes(trainer.model()), values: Vec::new() },
            predictions: Vec::new(),
            filters: Filters { shape, frames: Vec::new() },
            test_images: TestImages::of(&dataset.test),
        };
        recording.note_averages(0);
        recording.note_filters(0, &filters);
        recording
    }

    /// The weights to probe.
    pub fn probes(&self) -> &[Probe] {
        &self.probes.probes
    }

    /// Adds steps, with the values of the probed weights after each.
    ///
    /// # Panics
    /// If the two are of different steps.
    pub fn stepped(&mut self, metrics: &[StepMetric], samples: &ProbeSamples) {
        let first = metrics.first().map(|metric| metric.step);
        assert_eq!((first, metrics.len()), (Some(samples.first_step), samples.steps), "steps of both");
        for &StepMetric { step, loss, accuracy } in metrics {
            self.steps.loss.push(round(loss, 6));
            self.steps.accuracy.push(round(accuracy, 6));
            self.note_averages(step);
        }
        self.probes.values.extend(samples.values.iter().map(|&value| round(value.into(), 6)));
    }

    /// Adds an evaluation, the table after it, and the first convolution of every method.
    pub fn evaluated(&mut self, evaluated: &Evaluated, summary: Vec<SummaryRow>, filters: &[Vec<f32>]) {
        let Predictions { images, ref classes, ref confidences, .. } = evaluated.predictions;
        let kept = self.test_images.labels.len();
        let of_methods = || (0..evaluated.predictions.methods).map(|method| method * images);
        self.points.push(evaluated.point());
        self.summaries.push(summary);
        self.predictions.push(Said {
            step: evaluated.step,
            classes: of_methods().flat_map(|first| &classes[first..first + kept]).copied().collect(),
            confidences: of_methods()
                .flat_map(|first| &confidences[first..first + kept])
                .map(|&confidence| round(confidence.into(), 3))
                .collect(),
        });
        self.note_filters(evaluated.step, filters);
    }

    /// The text of the file, for a run that ends after the last step added.
    pub fn finish(mut self, images_per_second: f64) -> String {
        self.images_per_second = round(images_per_second, 6);
        self.description.total_steps = self.steps.loss.len() as u64;
        serde_json::to_string(&self).expect("a recording is JSON") + "\n"
    }

    fn note_averages(&mut self, step: u64) {
        for (path, spec) in self.averages.iter_mut().zip(&self.experiment.ema) {
            let Memory { effective_beta, half_life, initial_share, .. } = Memory::after(spec, step);
            path.effective_beta.push(round(effective_beta, 6));
            path.half_life.push(round(half_life, 6));
            path.initial_share.push(round(initial_share, 6));
        }
    }

    fn note_filters(&mut self, step: u64, filters: &[Vec<f32>]) {
        let method = |values: &Vec<f32>| values.iter().map(|&value| round(value.into(), 3)).collect();
        self.filters.frames.push(Frame { step, methods: filters.iter().map(method).collect() });
    }
}

impl TestImages {
    fn of(test: &Split) -> Self {
        let kept = test.len().min(IMAGES);
        let mut pixels = Vec::with_capacity(kept * IMAGE_BYTES);
        for image in (0..kept).map(|index| test.image(index)) {
            let plane = IMAGE_BYTES / 3;
            pixels.extend((0..plane).flat_map(|at| [image[at], image[plane + at], image[2 * plane + at]]));
        }
        Self { labels: test.labels[..kept].to_vec(), pixels: STANDARD.encode(pixels) }
    }
}

/// A weight of each layer in turn, until there are enough.
fn probes(model: &Model) -> Vec<Probe> {
    let weights: Vec<(usize, &Parameter)> = model
        .trained()
        .enumerate()
        .filter(|(_, parameter)| parameter.kind != ParameterKind::Vector)
        .collect();
    let chosen = weights.iter().cycle().take(if weights.is_empty() { 0 } else { PROBES });
    let probe = |(draw, &(tensor, parameter)): (u32, &(usize, &Parameter))| Probe {
        tensor,
        index: pcg4d([draw, 0, 0, 0])[0] as usize % parameter.count(),
    };
    (0..).zip(chosen).map(probe).collect()
}

/// The value rounded to `digits` significant digits.
fn round(value: f64, digits: usize) -> f64 {
    // Rust prints a number's nearest digits and reads them back right, so this needs no care for powers of ten.
    let rounded = format!("{value:.*e}", digits - 1).parse().unwrap_or(f64::NAN);
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Norm, Preset},
        network::ModelSpec,
    };

    #[test]
    fn numbers_keep_the_digits_asked_for() {
        for (value, digits, expected) in [
            (0.123_456_789, 6, "0.123457"),
            (-0.000_123_456_7, 3, "-0.000123"),
            (34.309_618, 3, "34.3"),
            (100.0, 6, "100.0"),
            (-0.0, 3, "0.0"),
            (f64::NAN, 3, "null"),
            (f64::INFINITY, 3, "null"),
        ] {
            assert_eq!(serde_json::to_string(&round(value, digits)).unwrap(), expected);
        }
    }

    #[test]
    fn every_layer_with_weights_is_followed() {
        let model = Model::new(&ModelSpec::preset(Preset::Tiny, Norm::Batch)).unwrap();
        let probes = probes(&model);
        let tensors: Vec<&Parameter> =
            probes.iter().map(|probe| model.trained().nth(probe.tensor).unwrap()).collect();
        assert!(probes.iter().zip(&tensors).all(|(probe, tensor)| probe.index < tensor.count()));
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let expected = ["0", "3", "7", "10", "14", "17", "22", "0"].map(|layer| format!("{layer}.weight"));
        assert_eq!(names, expected);
        assert_ne!(probes[0], probes[7]);
    }

    #[test]
    fn images_are_written_pixel_by_pixel() {
        let dataset = crate::data::synthetic(1, 1, 80);
        let images = TestImages::of(&dataset.test);
        assert_eq!(images.labels, dataset.test.labels[..72]);
        let pixels = STANDARD.decode(&images.pixels).unwrap();
        assert_eq!(pixels.len(), 72 * 3072);
        let second = dataset.test.image(1);
        assert_eq!(pixels[3072 + 3 * 40..][..3], [second[40], second[1024 + 40], second[2048 + 40]]);
    }
}
