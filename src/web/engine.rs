//! A run as the page's worker drives it.

use std::{cell::Cell, cell::RefCell, future::Future, rc::Rc};

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::{
    failure::{ErrorName, Failure},
    files::{Files, finished},
    values::{self, from_js, list, promise, to_js},
};
use crate::{
    average::Memory,
    checkpoint::{self, Fingerprint},
    config::{Adjustment, ConfigError, Experiment},
    data::{Dataset, IMAGE_BYTES, IMAGE_SIDE, subset},
    description::Description,
    gpu::{Gpu, GpuError},
    report::{EvaluationPoint, SummaryRow},
    run::{self, Run, Saved},
    trainer::{Predictions, Probe, StepMetric, Trainer, Weights},
};

/// What messages call a checkpoint that came without its file's name.
const CHECKPOINT: &str = "the checkpoint";

/// A training run.
#[wasm_bindgen]
pub struct Engine {
    shared: Rc<Shared>,
}

impl Drop for Engine {
    /// Answers that are on their way hold the run; what it takes on the adapter goes now.
    fn drop(&mut self) {
        self.shared.released.set(true);
        self.shared.run.borrow().trainer().release();
    }
}

/// What the engine and the answers on their way to it have in common. None of them holds a borrow while it waits.
struct Shared {
    run: RefCell<Run>,
    /// Held by JavaScript: in the module's memory they would divide the room that the next data set needs in one piece.
    test_images: Uint8Array,
    test_labels: Vec<u8>,
    /// Of the last evaluation, with its step.
    predictions: RefCell<Option<(u64, Predictions)>>,
    /// What is other than it was asked for.
    adjustments: Vec<Adjustment>,
    /// The page has let go of the engine.
    released: Cell<bool>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the adapter and builds the run on what is in `files`, or without them on the synthetic images. With `nearest`,
    /// where the data or the adapter do not allow the experiment, the nearest that they do.
    ///
    /// # Errors
    /// Whatever is wrong with the settings, the files or the adapter.
    pub async fn create(
        experiment: Ts<Experiment>,
        files: Option<Files>,
        nearest: Option<bool>,
    ) -> Result<Engine, JsValue> {
        Ok(create(experiment, files, nearest.unwrap_or(false)).await?)
    }

    /// Goes on from a checkpoint, with the settings and the history in it, on the data of `files`, which it takes over.
    ///
    /// # Errors
    /// A file that is not a checkpoint, or of other data; as [`create`](Self::create).
    pub async fn resume(checkpoint: Vec<u8>, files: Option<Files>) -> Result<Engine, JsValue> {
        Ok(resume(checkpoint, files).await?)
    }

    /// What the run is made of.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn describe(&self) -> Result<Ts<Description>, JsValue> {
        to_js(&self.shared.run.borrow().describe())
    }

    /// What the engine runs.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn experiment(&self) -> Result<Ts<Experiment>, JsValue> {
        to_js(self.shared.run.borrow().experiment())
    }

    /// What is other in it than it was asked for.
    ///
    /// # Errors
    /// None that a user can cause.
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

    /// Submits `steps` more steps at once; the promise resolves when the GPU has made them.
    ///
    /// # Errors
    /// A lost device.
    pub fn train(&self, steps: u32) -> Result<values::Done, JsValue> {
        let mut run = self.shared.run.borrow_mut();
        run.train(steps).map_err(Failure::from)?;
        let finished = run.trainer().gpu().finished();
        Ok(promise(async move { Ok(finished.await?) }))
    }

    /// Metrics of the steps made since the last call.
    pub fn metrics(&self) -> values::LaterMetrics {
        let asked = self.shared.run.borrow().submit_metrics();
        self.answer(async move |shared| {
            let Some(asked) = asked else { return Ok(Vec::new()) };
            let answer = asked.take().await?;
            Ok::<Vec<StepMetric>, Failure>(shared.run.borrow_mut().read(answer))
        })
    }

    /// Evaluates the raw weights and every average as of now, and adds the point to the history.
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

    /// The evaluations so far, those before a checkpoint that the run goes on from included.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn history(&self) -> Result<Vec<Ts<EvaluationPoint>>, JsValue> {
        list(self.shared.run.borrow().history())
    }

    /// What every method said of every test image at the last evaluation; null before the first.
    ///
    /// # Errors
    /// None that a user can cause.
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

    /// The table: one row a method.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn summary(&self) -> Result<Vec<Ts<SummaryRow>>, JsValue> {
        list(&self.shared.run.borrow().summary())
    }

    /// What each average remembers at the step reached.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn averages(&self) -> Result<Vec<Ts<Memory>>, JsValue> {
        list(&self.shared.run.borrow().averages())
    }

    /// Back to step 0, with the same seed and an empty history.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn reset(&self) -> Result<(), JsValue> {
        self.shared.run.borrow_mut().reset().map_err(Failure::from)?;
        self.shared.predictions.replace(None);
        Ok(())
    }

    /// Goes on as `experiment` says from the next step. Takes every `live` setting; an average may change its β, warm-up or
    /// buffers, and averages may be added at the end, which begin from the raw weights of now. Anything else is a
    /// `BadSetting` that names it, and leaves the run as it was. Resolves with what the run is then made of.
    pub fn change(&self, experiment: Ts<Experiment>) -> values::LaterDescription {
        self.answer(async move |shared| {
            let experiment = read_experiment(experiment)?;
            let change = shared.run.borrow().trainer().check_change(&experiment)?;
            // Steps may go out meanwhile, so nothing is borrowed.
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

    /// The next step learns wrong labels (each class taken for the next) at `factor` times its learning rate.
    ///
    /// # Errors
    /// A factor that is not a number from 0 up.
    pub fn disturb(&self, factor: f64) -> Result<(), JsValue> {
        if !(factor.is_finite() && factor >= 0.0) {
            let message =
                format!("the learning rate of a batch can be multiplied by 0 or more, not by {factor}");
            return Err(Failure { name: ErrorName::BadSetting, message }.into());
        }
        self.shared.run.borrow_mut().disturb(factor);
        Ok(())
    }

    /// Follows these weights from the next step on.
    ///
    /// # Errors
    /// Weights that the network does not have, or too many.
    pub fn probe(&self, probes: Vec<Ts<Probe>>) -> Result<(), JsValue> {
        let probes = probes.iter().map(from_js).collect::<Result<Vec<_>, _>>()?;
        Ok(self.shared.run.borrow_mut().probe(&probes).map_err(Failure::from)?)
    }

    /// The followed weights of the steps made since the last call; null where there are none.
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

    /// The first convolution of every method as of now; a network without one has filters of shape 0, 0, 0, 0.
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

    /// The run as a file that the command line resumes, and the other way round.
    ///
    /// # Errors
    /// None that a user can cause.
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

    /// Gives the device up, as a driver reset would; for tests of recovery.
    pub fn lose_device(&self) {
        self.shared.run.borrow().trainer().gpu().destroy();
    }
}

impl Engine {
    fn of(run: Run, dataset: &Dataset, adjustments: Vec<Adjustment>) -> Self {
        let shared = Shared {
            run: RefCell::new(run),
            test_images: Uint8Array::from(&dataset.test.images[..]),
            test_labels: dataset.test.labels.clone(),
            predictions: RefCell::default(),
            adjustments,
            released: Cell::default(),
        };
        Self { shared: Rc::new(shared) }
    }

    /// A promise of what `work` makes of the run, which it must not borrow while it waits.
    fn answer<T: values::Later, F: Future<Output = Result<T, Failure>> + 'static>(
        &self,
        work: impl FnOnce(Rc<Shared>) -> F,
    ) -> T::Promise {
        promise(work(Rc::clone(&self.shared)))
    }
}

async fn create(experiment: Ts<Experiment>, files: Option<Files>, nearest: bool) -> Result<Engine, Failure> {
    let mut experiment = read_experiment(experiment)?;
    if files.is_none() {
        experiment.data = "synthetic".to_owned();
    }
    let mut dataset = finished(files)?;
    // What the page has fetched may be damaged.
    if experiment.data == "subset" {
        dataset = subset::check(dataset)?;
    }
    let dataset = run::limited(&experiment, dataset);
    let gpu = open_gpu().await?;
    let (trainer, adjustments) = if nearest {
        Trainer::nearest(&gpu, &experiment, &dataset).await?
    } else {
        let trainer = Trainer::new(&gpu, &experiment, &dataset).await?;
        experiment.check_length(trainer.total_steps())?;
        (trainer, Vec::new())
    };
    Ok(Engine::of(Run::new(trainer, &dataset), &dataset, adjustments))
}

async fn resume(checkpoint: Vec<u8>, files: Option<Files>) -> Result<Engine, Failure> {
    let saved = Saved::read(CHECKPOINT, checkpoint)?;
    let experiment = saved.experiment();
    let bad_file = |error: ConfigError| Failure { name: ErrorName::BadFile, message: error.to_string() };
    experiment.validate().map_err(bad_file)?;
    let dataset = run::limited(experiment, finished(files)?);
    let gpu = open_gpu().await?;
    let trainer = Trainer::new(&gpu, experiment, &dataset).await?;
    let state = saved.state(experiment, trainer.model(), &Fingerprint::of(&dataset))?;
    let run = Run::resume(trainer, &dataset, saved, &state)?;
    Ok(Engine::of(run, &dataset, Vec::new()))
}

/// The adapter of the engine before, with its compiled pipelines, unless it is lost.
pub(super) async fn open_gpu() -> Result<Gpu, GpuError> {
    thread_local! {
        static OPEN: RefCell<Option<Gpu>> = const { RefCell::new(None) };
    }
    if let Some(gpu) = OPEN.with_borrow(|open| open.clone().filter(|gpu| gpu.check().is_ok())) {
        return Ok(gpu);
    }
    let gpu = Gpu::open().await?;
    OPEN.set(Some(gpu.clone()));
    Ok(gpu)
}

/// An experiment of the page's, which may have come from an address or a file.
pub(super) fn read_experiment(experiment: Ts<Experiment>) -> Result<Experiment, Failure> {
    let text = js_sys::JSON::stringify(&experiment.into());
    let text = text.map_or_else(|_| String::new(), String::from);
    let experiment = Experiment::from_json(&text)?;
    experiment.validate()?;
    Ok(experiment)
}
