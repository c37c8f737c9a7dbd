//! A run as the page's worker drives it.

use std::{cell::Cell, cell::RefCell, future::Future, rc::Rc};

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::{
    failure::{ErrorName, Failure},
    files::Files,
    open::{self, Opened, read_experiment},
    values::{self, from_js, list, promise, to_js},
};
use crate::{
    average::Memory,
    checkpoint,
    config::{Adjustment, Experiment},
    data::{IMAGE_BYTES, IMAGE_SIDE},
    description::Description,
    report::{EvaluationPoint, SummaryRow},
    run::Run,
    trainer::{Classifier, Predictions, Probe, StepMetric, Weights},
};

/// A training run.
#[wasm_bindgen]
pub struct Engine {
    shared: Rc<Shared>,
}

impl Drop for Engine {
    /// Pending answers hold the run, so its memory on the adapter is released here.
    fn drop(&mut self) {
        self.shared.released.set(true);
        self.shared.run.borrow().trainer().release();
    }
}

/// The state that the engine shares with pending answers. None of them holds a borrow while it waits.
struct Shared {
    run: RefCell<Run>,
    /// Held by JavaScript: in the module's memory they would split the contiguous space that the next data set needs.
    test_images: Uint8Array,
    test_labels: Vec<u8>,
    /// Predictions of the last evaluation, with its step.
    predictions: RefCell<Option<(u64, Predictions)>>,
    /// Opened for the first picture.
    classifier: RefCell<Option<Rc<Classifier>>>,
    /// Settings that differ from the requested ones.
    adjustments: Vec<Adjustment>,
    /// Whether the page has dropped the engine.
    released: Cell<bool>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the adapter and builds the run on the images in `files`, or without files on the synthetic images. With
    /// `nearest`, an experiment that the data or the adapter do not allow is replaced by the nearest one that they do.
    ///
    /// # Errors
    /// Invalid settings or files, or an adapter that can't run them.
    pub async fn create(
        experiment: Ts<Experiment>,
        files: Option<Files>,
        nearest: Option<bool>,
    ) -> Result<Engine, JsValue> {
        Ok(Self::of(open::create(experiment, files, nearest.unwrap_or(false)).await?))
    }

    /// Resumes a checkpoint, with its settings and history, on the images in `files`, which it consumes.
    ///
    /// # Errors
    /// A file that is not a checkpoint or is of other data; see also [`create`](Self::create).
    pub async fn resume(checkpoint: Vec<u8>, files: Option<Files>) -> Result<Engine, JsValue> {
        Ok(Self::of(open::resume(checkpoint, files).await?))
    }

    /// A description of the run.
    pub fn describe(&self) -> Result<Ts<Description>, JsValue> {
        to_js(&self.shared.run.borrow().describe())
    }

    /// The settings of the run.
    pub fn experiment(&self) -> Result<Ts<Experiment>, JsValue> {
        to_js(self.shared.run.borrow().experiment())
    }

    /// The settings that differ from the requested ones.
    pub fn adjustments(&self) -> Result<Vec<Ts<Adjustment>>, JsValue> {
        list(&self.shared.adjustments)
    }

    /// Steps submitted so far.
    pub fn step(&self) -> f64 {
        self.shared.run.borrow().step() as f64
    }

    /// The step after which the next evaluation should come.
    pub fn next_evaluation(&self) -> f64 {
        self.shared.run.borrow().next_evaluation() as f64
    }

    /// Submits `steps` more steps at once; the promise resolves when the GPU has finished them.
    ///
    /// # Errors
    /// A lost device.
    pub fn train(&self, steps: u32) -> Result<values::Done, JsValue> {
        let mut run = self.shared.run.borrow_mut();
        run.train(steps).map_err(Failure::from)?;
        let finished = run.trainer().executor().finished();
        Ok(promise(async move { Ok(finished.await?) }))
    }

    /// The metrics of the steps made since the last call.
    pub fn metrics(&self) -> values::LaterMetrics {
        let asked = self.shared.run.borrow().submit_metrics();
        self.answer(async move |shared| {
            let Some(asked) = asked else { return Ok(Vec::new()) };
            let answer = asked.take().await?;
            Ok::<Vec<StepMetric>, Failure>(shared.run.borrow_mut().read(answer))
        })
    }

    /// Evaluates the raw weights and every average, and adds the point to the history.
    ///
    /// # Errors
    /// A lost device.
    pub fn evaluate(&self) -> Result<values::LaterPoint, JsValue> {
        let asked = self.shared.run.borrow_mut().submit_evaluation().map_err(Failure::from)?;
        Ok(self.answer(async move |shared| {
            let answer = asked.take().await?;
            let point: EvaluationPoint = answer.value().point();
            if let Some(tested) = shared.run.borrow_mut().evaluated(answer) {
                let evaluated = tested.evaluated;
                shared.predictions.replace(Some((evaluated.step, evaluated.predictions)));
            }
            Ok(point)
        }))
    }

    /// The evaluations so far, including those before the checkpoint that the run was resumed from.
    pub fn history(&self) -> Result<Vec<Ts<EvaluationPoint>>, JsValue> {
        list(self.shared.run.borrow().history())
    }

    /// The predictions of every method for every test image at the last evaluation; null before the first.
    #[wasm_bindgen(unchecked_return_type = "Predictions | null")]
    pub fn predictions(&self) -> Result<JsValue, JsValue> {
        let predictions = self.shared.predictions.borrow();
        let Some((step, Predictions { images, methods, classes, confidences })) = &*predictions else {
            return Ok(JsValue::NULL);
        };
        let predictions = values::Predictions {
            step: *step,
            images: *images,
            methods: *methods,
            classes: Uint8Array::from(&classes[..]),
            confidences: Float32Array::from(&confidences[..]),
        };
        Ok(to_js(&predictions)?.into())
    }

    /// The table: one row per method.
    pub fn summary(&self) -> Result<Vec<Ts<SummaryRow>>, JsValue> {
        list(&self.shared.run.borrow().summary())
    }

    /// The memory of each average at the current step.
    pub fn averages(&self) -> Result<Vec<Ts<Memory>>, JsValue> {
        list(&self.shared.run.borrow().averages())
    }

    /// Goes back to step 0, with the same seed and an empty history.
    pub fn reset(&self) -> Result<(), JsValue> {
        self.shared.run.borrow_mut().reset().map_err(Failure::from)?;
        self.shared.predictions.replace(None);
        Ok(())
    }

    /// Applies the settings of `experiment` from the next step on. Every `live` setting may change; an average may
    /// change its β, warm-up or buffers, and averages may be added at the end, which begin from the current raw
    /// weights. Any other change is a `BadSetting` that names it, and leaves the run unchanged. Resolves with the new
    /// description of the run.
    pub fn change(&self, experiment: Ts<Experiment>) -> values::LaterDescription {
        self.answer(async move |shared| {
            let experiment = read_experiment(experiment)?;
            let change = shared.run.borrow().trainer().check_change(&experiment)?;
            // Steps may be submitted meanwhile, so nothing is borrowed.
            let prepared = change.prepare().await?;
            if shared.released.get() {
                let message = "the run was left before the change was made".to_owned();
                return Err(Failure { name: ErrorName::Engine, message });
            }
            let mut run = shared.run.borrow_mut();
            run.make_change(prepared)?;
            Ok(run.describe())
        })
    }

    /// Makes the next step learn wrong labels (each class replaced by the next) at `factor` times its learning rate.
    ///
    /// # Errors
    /// A factor that is negative or not finite.
    pub fn disturb(&self, factor: f64) -> Result<(), JsValue> {
        if !(factor.is_finite() && factor >= 0.0) {
            let message =
                format!("the learning rate of a batch can be multiplied by 0 or more, not by {factor}");
            return Err(Failure { name: ErrorName::BadSetting, message }.into());
        }
        self.shared.run.borrow_mut().disturb(factor);
        Ok(())
    }

    /// Records these weights from the next step on.
    ///
    /// # Errors
    /// Weights that the network does not have, or too many.
    pub fn probe(&self, probes: Vec<Ts<Probe>>) -> Result<(), JsValue> {
        let probes = probes.iter().map(from_js).collect::<Result<Vec<_>, _>>()?;
        Ok(self.shared.run.borrow_mut().probe(&probes).map_err(Failure::from)?)
    }

    /// The recorded weights of the steps made since the last call; null if there are none.
    pub fn probes(&self) -> values::LaterSamples {
        let asked = self.shared.run.borrow().submit_probes();
        self.answer(async move |shared| {
            let Some(asked) = asked else { return Ok(None) };
            let answer = asked.take().await?;
            let samples = shared.run.borrow().sampled(answer);
            Ok(samples.map(|samples| values::ProbeSamples {
                first_step: samples.first_step,
                steps: samples.steps,
                probes: samples.probes,
                methods: samples.methods,
                values: Float32Array::from(&samples.values[..]),
            }))
        })
    }

    /// The weights of the first convolution for every method; a network without one has filters of shape 0, 0, 0, 0.
    pub fn filters(&self) -> values::LaterFilters {
        let (step, convolution) = {
            let run = self.shared.run.borrow();
            let submitted = run.model().filters().map(|filters| {
                let shape = filters.shape[..].try_into().expect("a convolution has four axes");
                (shape, run.trainer().submit_tensor(filters))
            });
            (run.step(), submitted)
        };
        promise(async move {
            let (shape, methods) = match convolution {
                Some((shape, methods)) => (shape, methods.take().await?),
                None => ([0; 4], Vec::new()),
            };
            let methods = methods.iter().map(|values| Float32Array::from(&values[..])).collect();
            Ok(values::Filters { step, shape, methods })
        })
    }

    /// The probabilities of the classes for a picture by the weights of every method. `picture` is red, then green, then blue.
    ///
    /// # Errors
    /// A picture of another size.
    pub fn classify(&self, picture: Vec<u8>) -> Result<values::LaterClassified, JsValue> {
        let picture: Box<[u8; IMAGE_BYTES]> = picture.try_into().map_err(|picture: Vec<u8>| {
            let message = format!("a picture has {IMAGE_BYTES} bytes, not {}", picture.len());
            Failure { name: ErrorName::BadFile, message }
        })?;
        let (step, opening, weights) = {
            let run = self.shared.run.borrow();
            let trainer = run.trainer();
            let weights = trainer.methods().into_iter().map(|which| trainer.submit_weights(which));
            let weights = weights.collect::<Result<Vec<_>, _>>().map_err(Failure::from)?;
            let opening = self.shared.classifier.borrow().is_none().then(|| trainer.classifier());
            (run.step(), opening, weights)
        };
        Ok(self.answer(async move |shared| {
            if let Some(opening) = opening {
                let opened = opening.await?;
                shared.classifier.replace(Some(Rc::new(opened)));
            }
            let classifier = shared.classifier.borrow().clone().expect("it was opened");
            let mut probabilities = Vec::new();
            for weights in weights {
                probabilities.extend(classifier.classify(&weights.take().await?, &picture).await?);
            }
            Ok(values::Classified { step, probabilities: Float32Array::from(&probabilities[..]) })
        }))
    }

    /// Test images as RGBA, with their labels.
    ///
    /// # Errors
    /// No such image.
    pub fn test_images(&self, indices: Vec<u32>) -> Result<Ts<values::TestImages>, JsValue> {
        let labels = &self.shared.test_labels;
        if let Some(index) = indices.iter().find(|&&index| index as usize >= labels.len()) {
            let message = format!("test image {index} does not exist; the data set has {}", labels.len());
            return Err(Failure { name: ErrorName::Engine, message }.into());
        }
        let mut pixels = Vec::with_capacity(indices.len() * IMAGE_SIDE * IMAGE_SIDE * 4);
        for &index in &indices {
            let start = index * IMAGE_BYTES as u32;
            let image = self.shared.test_images.subarray(start, start + IMAGE_BYTES as u32).to_vec();
            let (red, rest) = image.split_at(IMAGE_SIDE * IMAGE_SIDE);
            let (green, blue) = rest.split_at(IMAGE_SIDE * IMAGE_SIDE);
            let rgb = red.iter().zip(green).zip(blue);
            pixels.extend(rgb.flat_map(|((&red, &green), &blue)| [red, green, blue, u8::MAX]));
        }
        let labels: Vec<u8> = indices.iter().map(|&index| labels[index as usize]).collect();
        to_js(&values::TestImages {
            indices,
            pixels: Uint8ClampedArray::from(&pixels[..]),
            labels: Uint8Array::from(&labels[..]),
        })
    }

    /// The run as a checkpoint, in the same format as the command line's.
    pub fn checkpoint(&self) -> Result<values::LaterBytes, JsValue> {
        let asked = self.shared.run.borrow().submit_checkpoint().map_err(Failure::from)?;
        Ok(self.answer(async move |shared| {
            let checkpoint = asked.take().await?;
            Ok(checkpoint.to_bytes(shared.run.borrow().model()))
        }))
    }

    /// The weights of a method (0: raw, k: average k) as a plain PyTorch state dict (safetensors).
    ///
    /// # Errors
    /// No such method.
    pub fn state_dict(&self, method: usize) -> Result<values::LaterBytes, JsValue> {
        let (step, weights) = {
            let run = self.shared.run.borrow();
            let which = method.checked_sub(1).map_or(Weights::Raw, Weights::Ema);
            (run.step(), run.trainer().submit_weights(which).map_err(Failure::from)?)
        };
        Ok(self.answer(async move |shared| {
            let arena = weights.take().await?;
            Ok(checkpoint::state_dict(shared.run.borrow().model(), &arena, step))
        }))
    }

    /// Destroys the device, as a driver reset would; for tests of recovery.
    pub fn lose_device(&self) {
        self.shared.run.borrow().trainer().executor().destroy();
    }
}

impl Engine {
    fn of(Opened { run, dataset, adjustments }: Opened) -> Self {
        let shared = Shared {
            run: RefCell::new(run),
            test_images: Uint8Array::from(&dataset.test.images[..]),
            test_labels: dataset.test.labels,
            predictions: RefCell::default(),
            classifier: RefCell::default(),
            adjustments,
            released: Cell::default(),
        };
        Self { shared: Rc::new(shared) }
    }

    /// A promise of the result of `work`, which must not borrow the run while it waits.
    fn answer<T: values::Later, F: Future<Output = Result<T, Failure>> + 'static>(
        &self,
        work: impl FnOnce(Rc<Shared>) -> F,
    ) -> T::Promise {
        promise(work(Rc::clone(&self.shared)))
    }
}
