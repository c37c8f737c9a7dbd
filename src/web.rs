//! The engine as the page's worker sees it: the only wasm-bindgen code.
//!
//! Nothing here waits: what needs the GPU's answer returns a promise and holds no borrow meanwhile, so that steps can be
//! submitted while an evaluation is on its way. Errors are JavaScript `Error`s whose `name` says which sentence the page
//! should show, and whose `message` says what was wrong and what to do.

use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
    rc::Rc,
};

use js_sys::{Array, Float32Array, Function, Object, Promise, Reflect, Uint8Array, Uint8ClampedArray};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::{
    average::Memory,
    checkpoint::{self, CheckpointError, Fingerprint, LossSum, Metadata},
    config::{Adjustment, ConfigError, Experiment},
    data::{self, DataError, Dataset, IMAGE_BYTES, IMAGE_SIDE, cifar10, subset},
    description::{DatasetReport, Description},
    gpu::{Gpu, GpuError},
    report::{EvaluationPoint, summarise},
    trainer::{Predictions, Probe, TrainError, Trainer, Weights},
};

/// What messages call a checkpoint that came without its file's name.
const CHECKPOINT: &str = "the checkpoint";

/// Sends panics to the console with their place.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The settings table.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn settings() -> Result<JsValue, JsValue> {
    to_js(&crate::config::settings())
}

/// The experiment that the page begins with.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn default_experiment() -> Result<JsValue, JsValue> {
    to_js(&Experiment::default())
}

/// Opens the adapter that runs will be on and says what it is.
///
/// # Errors
/// A browser without WebGPU or without an adapter.
#[wasm_bindgen]
pub async fn adapter() -> Result<JsValue, JsValue> {
    let gpu = open_gpu().await.map_err(Failure::from)?;
    to_js(gpu.adapter())
}

/// The experiment that is nearest to what an address asks for, an array of `[key, texts]`, and what is other in it: both
/// as far as they depend on neither data nor adapter.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn nearest(wanted: JsValue) -> Result<JsValue, JsValue> {
    let wanted: Vec<(String, Vec<String>)> = from_js(wanted)?;
    let (experiment, adjustments) = Experiment::nearest(&wanted);
    object([("experiment", to_js(&experiment)?), ("adjustments", to_js(&adjustments)?)])
}

/// Data files on their way to an engine.
#[wasm_bindgen]
#[derive(Default)]
pub struct Files {
    reader: cifar10::Reader,
}

#[wasm_bindgen]
impl Files {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one more file of `size` bytes. `read(offset, length)` gives so many bytes of it as a `Uint8Array`.
    ///
    /// # Errors
    /// Whatever is wrong with the file, or that it cannot be read.
    pub fn push(&mut self, name: &str, size: f64, read: &Function) -> Result<(), JsValue> {
        let size = size as u64;
        let mut source = FileSource { read, size, offset: 0, piece: Vec::new(), taken: 0 };
        Ok(self.reader.push_from(name, &mut source, size).map_err(Failure::from)?)
    }
}

/// Bytes of a file that are asked for at once.
const PIECE_BYTES: u64 = 1 << 20;

/// A file of the page's, read piece by piece.
struct FileSource<'a> {
    read: &'a Function,
    size: u64,
    /// Where the next piece begins.
    offset: u64,
    piece: Vec<u8>,
    /// Bytes of the piece that were read.
    taken: usize,
}

impl Read for FileSource<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() && self.offset < self.size {
            let length = PIECE_BYTES.min(self.size - self.offset);
            let (offset, length) = (JsValue::from(self.offset as f64), JsValue::from(length as f64));
            let piece = self.read.call2(&JsValue::NULL, &offset, &length);
            self.piece =
                Uint8Array::new(&piece.map_err(|_| io::Error::other("the file cannot be read"))?).to_vec();
            if self.piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.offset += self.piece.len() as u64;
            self.taken = 0;
        }
        let read = (&self.piece[self.taken..]).read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// A training run.
#[wasm_bindgen]
pub struct Engine {
    run: Rc<Run>,
}

impl Drop for Engine {
    /// Answers that are on their way hold the run; what it takes on the adapter goes now.
    fn drop(&mut self) {
        self.run.released.set(true);
        self.run.trainer.borrow().release();
    }
}

struct Run {
    trainer: RefCell<Trainer>,
    /// Without its images. Those to train on are on the GPU.
    dataset: Dataset,
    /// Held by JavaScript: in the module's memory they would divide the room that the next data set needs in one piece.
    test_images: Uint8Array,
    fingerprint: Fingerprint,
    history: RefCell<Vec<EvaluationPoint>>,
    predictions: RefCell<Option<(u64, Predictions)>>,
    /// Counts resets: what was asked for before one belongs to no run after it.
    resets: Cell<u64>,
    /// Counts the choices of weights to follow, likewise.
    choices: Cell<u64>,
    resumed: Resumed,
    /// What is other than it was asked for.
    adjustments: Vec<Adjustment>,
    /// The page has let go of the engine.
    released: Cell<bool>,
}

/// What a run that goes on from a checkpoint brings with it.
#[derive(Default)]
struct Resumed {
    step: u64,
    since_evaluation: LossSum,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the adapter and builds the run on what is in `files`, or without them on the synthetic images. With `nearest`,
    /// where the data or the adapter do not allow the experiment, the nearest that they do.
    ///
    /// # Errors
    /// Whatever is wrong with the settings, the files or the adapter.
    pub async fn create(experiment: JsValue, files: Option<Files>, nearest: bool) -> Result<Engine, JsValue> {
        let mut experiment = read_experiment(&experiment)?;
        if files.is_none() {
            experiment.data = "synthetic".to_owned();
        }
        let mut dataset = finished(files)?;
        // What the page has fetched may be damaged.
        if experiment.data == "subset" {
            dataset = subset::check(dataset).map_err(Failure::from)?;
        }
        let dataset = limited(&experiment, dataset);
        let fingerprint = Fingerprint::of(&dataset);
        let gpu = open_gpu().await.map_err(Failure::from)?;
        if nearest {
            let nearest = Trainer::nearest(&gpu, &experiment, &dataset).await;
            let (trainer, adjustments) = nearest.map_err(Failure::from)?;
            return Ok(Self::of(Run { adjustments, ..Run::new(trainer, dataset, fingerprint) }));
        }
        let trainer = Trainer::new(&gpu, &experiment, &dataset).await.map_err(Failure::from)?;
        experiment.check_length(trainer.total_steps()).map_err(Failure::from)?;
        Ok(Self::of(Run::new(trainer, dataset, fingerprint)))
    }

    /// Goes on from a checkpoint, with the settings and the history in it, on the data of `files`.
    ///
    /// # Errors
    /// A file that is not a checkpoint, or of other data; as [`create`](Self::create).
    pub async fn resume(checkpoint: Vec<u8>, files: Option<Files>) -> Result<Engine, JsValue> {
        let metadata = checkpoint::metadata(CHECKPOINT, &checkpoint).map_err(Failure::from)?;
        let experiment = &metadata.experiment;
        experiment.validate().map_err(|error| Failure { name: "BadFile", message: error.to_string() })?;
        let dataset = limited(experiment, finished(files)?);
        let gpu = open_gpu().await.map_err(Failure::from)?;
        let mut trainer = Trainer::new(&gpu, experiment, &dataset).await.map_err(Failure::from)?;
        let fingerprint = Fingerprint::of(&dataset);
        let model = trainer.model();
        let state = checkpoint::state(CHECKPOINT, &checkpoint, &metadata, experiment, model, &fingerprint);
        trainer.load_state(&state.map_err(Failure::from)?).map_err(Failure::from)?;
        let resumed = Resumed { step: metadata.step, since_evaluation: metadata.since_evaluation };
        let history = metadata.history.into();
        Ok(Self::of(Run { history, resumed, ..Run::new(trainer, dataset, fingerprint) }))
    }

    fn of(run: Run) -> Self {
        Self { run: Rc::new(run) }
    }

    /// What the run is made of.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn describe(&self) -> Result<JsValue, JsValue> {
        to_js(&self.run.describe())
    }

    /// What the engine runs.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn experiment(&self) -> Result<JsValue, JsValue> {
        to_js(self.run.trainer.borrow().experiment())
    }

    /// What is other in it than it was asked for.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn adjustments(&self) -> Result<JsValue, JsValue> {
        to_js(&self.run.adjustments)
    }

    /// Steps submitted so far.
    pub fn step(&self) -> f64 {
        self.run.trainer.borrow().step() as f64
    }

    /// The step after which the next evaluation should come.
    pub fn next_evaluation(&self) -> f64 {
        let trainer = self.run.trainer.borrow();
        trainer.experiment().next_evaluation(trainer.step(), trainer.steps_per_epoch()) as f64
    }

    /// Submits `steps` more steps at once; the promise resolves when the GPU has made them.
    ///
    /// # Errors
    /// A lost device.
    pub fn train(&self, steps: u32) -> Result<Promise, JsValue> {
        let mut trainer = self.run.trainer.borrow_mut();
        trainer.train(steps).map_err(Failure::from)?;
        let finished = trainer.gpu().finished();
        Ok(future_to_promise(async move {
            finished.await.map_err(Failure::from)?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Metrics of the steps made since the last call.
    pub fn metrics(&self) -> Promise {
        let asked = self.run.ask();
        let submitted = asked.run.trainer.borrow().submit_metrics();
        future_to_promise(async move {
            let Some(metrics) = submitted else { return Ok(Array::new().into()) };
            let metrics = metrics.take().await.map_err(Failure::from)?;
            if asked.is_stale() { Ok(Array::new().into()) } else { to_js(&metrics) }
        })
    }

    /// Evaluates the raw weights and every average as of now, and adds the point to the history.
    ///
    /// # Errors
    /// A lost device.
    pub fn evaluate(&self) -> Result<Promise, JsValue> {
        let asked = self.run.ask();
        let submitted = {
            let trainer = asked.run.trainer.borrow();
            trainer.submit_evaluation(&trainer.methods()).map_err(Failure::from)?
        };
        Ok(future_to_promise(async move {
            let evaluated = submitted.take().await.map_err(Failure::from)?;
            let point = evaluated.point();
            if !asked.is_stale() {
                asked.run.history.borrow_mut().push(point.clone());
                asked.run.predictions.replace(Some((evaluated.step, evaluated.predictions)));
            }
            to_js(&point)
        }))
    }

    /// What every method said of every test image at the last evaluation; null before the first.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn predictions(&self) -> Result<JsValue, JsValue> {
        let predictions = self.run.predictions.borrow();
        let Some((step, Predictions { images, methods, classes, confidences })) = &*predictions else {
            return Ok(JsValue::NULL);
        };
        object([
            ("step", (*step as f64).into()),
            ("images", (*images as f64).into()),
            ("methods", (*methods as f64).into()),
            ("classes", Uint8Array::from(&classes[..]).into()),
            ("confidences", Float32Array::from(&confidences[..]).into()),
        ])
    }

    /// The table: one row a method.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn summary(&self) -> Result<JsValue, JsValue> {
        to_js(&summarise(&self.run.history.borrow()))
    }

    /// Takes the points of a run that goes on, in place of those so far.
    ///
    /// # Errors
    /// Points of another shape.
    pub fn load_history(&self, points: JsValue) -> Result<(), JsValue> {
        self.run.history.replace(from_js(points)?);
        Ok(())
    }

    /// What each average remembers at the step reached.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn averages(&self) -> Result<JsValue, JsValue> {
        let trainer = self.run.trainer.borrow();
        let step = trainer.step();
        let averages = trainer.averages().iter().map(|spec| Memory::after(spec, step));
        to_js(&averages.collect::<Vec<_>>())
    }

    /// Back to step 0, with the same seed and an empty history.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn reset(&self) -> Result<(), JsValue> {
        let run = &self.run;
        run.trainer.borrow_mut().reset().map_err(Failure::from)?;
        run.history.borrow_mut().clear();
        run.predictions.replace(None);
        run.resets.set(run.resets.get() + 1);
        Ok(())
    }

    /// Goes on as `experiment` says from the next step; resolves with what the run is then made of.
    pub fn change(&self, experiment: JsValue) -> Promise {
        let run = Rc::clone(&self.run);
        future_to_promise(async move {
            let experiment = read_experiment(&experiment)?;
            let change = run.trainer.borrow().check_change(&experiment).map_err(Failure::from)?;
            // Steps may go out meanwhile, so nothing is borrowed.
            let prepared = change.prepare().await.map_err(Failure::from)?;
            if run.released.get() {
                let message = "the run was left before the change was made".to_owned();
                return Err(Failure { name: "Engine", message }.into());
            }
            run.trainer.borrow_mut().make_change(prepared).map_err(Failure::from)?;
            to_js(&run.describe())
        })
    }

    /// The next step learns wrong labels at `factor` times its learning rate.
    ///
    /// # Errors
    /// A factor that is not a number from 0 up.
    pub fn disturb(&self, factor: f64) -> Result<(), JsValue> {
        if !(factor.is_finite() && factor >= 0.0) {
            let message =
                format!("the learning rate of a batch can be multiplied by 0 or more, not by {factor}");
            return Err(Failure { name: "BadSetting", message }.into());
        }
        self.run.trainer.borrow_mut().disturb(factor);
        Ok(())
    }

    /// Follows these weights, an array of `{tensor, index}`, from the next step on.
    ///
    /// # Errors
    /// Weights that the network does not have, or too many.
    pub fn probe(&self, probes: JsValue) -> Result<(), JsValue> {
        let probes: Vec<Probe> = from_js(probes)?;
        self.run.trainer.borrow_mut().probe(&probes).map_err(Failure::from)?;
        self.run.choices.set(self.run.choices.get() + 1);
        Ok(())
    }

    /// The followed weights of the steps made since the last call; null where there are none.
    pub fn probes(&self) -> Promise {
        let asked = self.run.ask();
        let submitted = asked.run.trainer.borrow().submit_probes();
        future_to_promise(async move {
            let Some(samples) = submitted else { return Ok(JsValue::NULL) };
            let samples = samples.take().await.map_err(Failure::from)?;
            if asked.is_stale() || asked.run.choices.get() != asked.choices {
                return Ok(JsValue::NULL);
            }
            object([
                ("first_step", (samples.first_step as f64).into()),
                ("steps", (samples.steps as f64).into()),
                ("probes", (samples.probes as f64).into()),
                ("methods", (samples.methods as f64).into()),
                ("values", Float32Array::from(&samples.values[..]).into()),
            ])
        })
    }

    /// The first convolution of every method as of now; a network without one has filters of shape 0, 0, 0, 0.
    pub fn filters(&self) -> Promise {
        let (step, convolution) = {
            let trainer = self.run.trainer.borrow();
            let filters = trainer.model().filters();
            let submitted = filters.map(|filters| (filters.shape.clone(), trainer.submit_tensor(filters)));
            (trainer.step(), submitted)
        };
        future_to_promise(async move {
            let (shape, methods) = match convolution {
                Some((shape, methods)) => (shape, methods.take().await.map_err(Failure::from)?),
                None => (vec![0; 4], Vec::new()),
            };
            let methods = methods.iter().map(|values| Float32Array::from(&values[..]));
            object([
                ("step", (step as f64).into()),
                ("shape", to_js(&shape)?),
                ("methods", methods.collect::<Array>().into()),
            ])
        })
    }

    /// Test images as RGBA, with their labels.
    ///
    /// # Errors
    /// An image that there is not.
    pub fn test_images(&self, indices: Vec<u32>) -> Result<JsValue, JsValue> {
        let test = &self.run.dataset.test;
        if let Some(index) = indices.iter().find(|&&index| index as usize >= test.len()) {
            let message = format!("there is no test image {index}; there are {}", test.len());
            return Err(Failure { name: "Engine", message }.into());
        }
        let mut pixels = Vec::with_capacity(indices.len() * IMAGE_SIDE * IMAGE_SIDE * 4);
        for &index in &indices {
            let start = index * IMAGE_BYTES as u32;
            let image = self.run.test_images.subarray(start, start + IMAGE_BYTES as u32).to_vec();
            let (red, rest) = image.split_at(IMAGE_SIDE * IMAGE_SIDE);
            let (green, blue) = rest.split_at(IMAGE_SIDE * IMAGE_SIDE);
            let rgb = red.iter().zip(green).zip(blue);
            pixels.extend(rgb.flat_map(|((&red, &green), &blue)| [red, green, blue, u8::MAX]));
        }
        let labels: Vec<u8> = indices.iter().map(|&index| test.labels[index as usize]).collect();
        object([
            ("indices", to_js(&indices)?),
            ("pixels", Uint8ClampedArray::from(&pixels[..]).into()),
            ("labels", Uint8Array::from(&labels[..]).into()),
        ])
    }

    /// The run as a file that the command line resumes.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn checkpoint(&self) -> Result<Promise, JsValue> {
        let run = Rc::clone(&self.run);
        let (state, losses, metadata) = {
            let trainer = run.trainer.borrow();
            let history = run.history.borrow().clone();
            let evaluated = history.last().map_or(0, |point| point.step);
            let step = trainer.step();
            let metadata = Metadata {
                version: checkpoint::VERSION,
                experiment: trainer.experiment().clone(),
                step,
                ema_updates: trainer.averages().iter().map(|spec| spec.updates(step)).collect(),
                history,
                since_evaluation: run.resumed.since(evaluated),
                dataset: run.fingerprint.clone(),
            };
            let losses = trainer.submit_metrics_after(evaluated.max(run.resumed.step));
            (trainer.submit_state().map_err(Failure::from)?, losses, metadata)
        };
        Ok(future_to_promise(async move {
            let mut metadata = metadata;
            for metric in losses.take().await.map_err(Failure::from)? {
                metadata.since_evaluation.sum += metric.loss;
                metadata.since_evaluation.steps += 1;
            }
            let state = state.take().await.map_err(Failure::from)?;
            let bytes = checkpoint::to_bytes(&metadata, run.trainer.borrow().model(), &state);
            Ok(Uint8Array::from(&bytes[..]).into())
        }))
    }

    /// The weights of a method (0: raw, k: average k) as a plain PyTorch state dict.
    ///
    /// # Errors
    /// A method that there is not.
    pub fn state_dict(&self, method: usize) -> Result<Promise, JsValue> {
        let run = Rc::clone(&self.run);
        let (step, weights) = {
            let trainer = run.trainer.borrow();
            let which = method.checked_sub(1).map_or(Weights::Raw, Weights::Ema);
            (trainer.step(), trainer.submit_weights(which).map_err(Failure::from)?)
        };
        Ok(future_to_promise(async move {
            let arena = weights.take().await.map_err(Failure::from)?;
            let bytes = checkpoint::state_dict(run.trainer.borrow().model(), &arena, step);
            Ok(Uint8Array::from(&bytes[..]).into())
        }))
    }

    /// Gives the device up, as a driver reset would; for tests of recovery.
    pub fn lose_device(&self) {
        self.run.trainer.borrow().gpu().destroy();
    }
}

/// A question to a run that may begin anew before the answer.
struct Asked {
    run: Rc<Run>,
    resets: u64,
    choices: u64,
}

impl Asked {
    fn is_stale(&self) -> bool {
        self.run.resets.get() != self.resets
    }
}

impl Resumed {
    /// Training loss of the steps before the checkpoint that were made since the evaluation after step `evaluated`.
    fn since(&self, evaluated: u64) -> LossSum {
        if evaluated <= self.step { self.since_evaluation } else { LossSum::default() }
    }
}

impl Run {
    fn new(trainer: Trainer, mut dataset: Dataset, fingerprint: Fingerprint) -> Self {
        let test_images = Uint8Array::from(&dataset.test.images[..]);
        for split in [&mut dataset.train, &mut dataset.test] {
            split.images = Vec::new();
        }
        Self {
            trainer: RefCell::new(trainer),
            dataset,
            test_images,
            fingerprint,
            history: RefCell::default(),
            predictions: RefCell::default(),
            resets: Cell::default(),
            choices: Cell::default(),
            resumed: Resumed::default(),
            adjustments: Vec::new(),
            released: Cell::default(),
        }
    }

    fn ask(self: &Rc<Self>) -> Asked {
        Asked { run: Rc::clone(self), resets: self.resets.get(), choices: self.choices.get() }
    }

    fn describe(&self) -> Description {
        Description::of(&self.trainer.borrow(), &DatasetReport::of(&self.dataset))
    }
}

/// The adapter of the engine before, with its compiled pipelines, unless it is lost.
async fn open_gpu() -> Result<Gpu, GpuError> {
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

fn read_experiment(experiment: &JsValue) -> Result<Experiment, JsValue> {
    let text = js_sys::JSON::stringify(experiment)?;
    let experiment = Experiment::from_json(&String::from(text)).map_err(Failure::from)?;
    experiment.validate().map_err(Failure::from)?;
    Ok(experiment)
}

/// The images of `files`, or without them the synthetic ones.
fn finished(files: Option<Files>) -> Result<Dataset, JsValue> {
    Ok(match files {
        Some(files) => files.reader.finish().map_err(Failure::from)?,
        None => data::synthetic(data::synthetic::SEED, data::synthetic::TRAIN, data::synthetic::TEST),
    })
}

/// A data set within the experiment's limits.
fn limited(experiment: &Experiment, mut dataset: Dataset) -> Dataset {
    let limit = |limit: Option<u32>| limit.map(|images| images as usize);
    dataset.limit(limit(experiment.limit_train), limit(experiment.limit_test));
    dataset
}

fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value
        .serialize(&serializer)
        .map_err(|error| Failure { name: "Engine", message: error.to_string() }.into())
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    let read = serde_wasm_bindgen::from_value(value);
    read.map_err(|error| Failure { name: "Engine", message: error.to_string() }.into())
}

/// An object with these fields.
fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (key, value) in fields {
        Reflect::set(&object, &key.into(), &value)?;
    }
    Ok(object.into())
}

/// An error on its way to JavaScript.
struct Failure {
    name: &'static str,
    message: String,
}

impl From<GpuError> for Failure {
    fn from(error: GpuError) -> Self {
        let name = match error {
            GpuError::NoWebGpu => "NoWebGpu",
            GpuError::NoAdapter(_) | GpuError::NoDevice { .. } => "NoAdapter",
            GpuError::Limit { .. } | GpuError::OutOfMemory { .. } => "OutOfMemory",
            // A browser refuses to map the buffers of a device that is lost before it says that it is.
            GpuError::Lost(_) | GpuError::Readback(_) => "DeviceLost",
            GpuError::Timeout => "Engine",
        };
        Self { name, message: error.to_string() }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        let name = match error {
            TrainError::Gpu(error) => return error.into(),
            TrainError::Shape(_)
            | TrainError::Config(_)
            | TrainError::BatchTooLarge { .. }
            | TrainError::SingleValue { .. } => "BadSetting",
            TrainError::NoTestImages(_) => "BadFile",
            TrainError::Ema(_) | TrainError::NoSuchWeight(_) | TrainError::OtherState(_) => "Engine",
        };
        Self { name, message: error.to_string() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { name: "BadSetting", message: error.to_string() }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self { name: "BadFile", message: error.to_string() }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self { name: "BadFile", message: error.to_string() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name(failure.name);
        error.into()
    }
}
