//! The engine as the page's worker sees it: the only wasm-bindgen code.
//!
//! Nothing here waits: what needs the GPU's answer returns a promise and holds no borrow meanwhile, so that steps can be
//! submitted while an evaluation is on its way. Errors are JavaScript `Error`s whose `name` says which sentence the page
//! should show, and whose `message` says what was wrong and what to do.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::{
    config::{ConfigError, Experiment},
    data::{self, DataError, Dataset, cifar10},
    gpu::{AdapterReport, Gpu, GpuError},
    report::{EvaluationPoint, summarise},
    trainer::{TrainError, Trainer},
};

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

/// A training run.
#[wasm_bindgen]
pub struct Engine {
    run: Rc<Run>,
}

struct Run {
    trainer: RefCell<Trainer>,
    history: RefCell<Vec<EvaluationPoint>>,
    description: Description,
}

#[derive(Serialize)]
struct Description {
    adapter: AdapterReport,
    dataset: DatasetReport,
    network: String,
    parameters: usize,
    gpu_bytes: u64,
    steps_per_epoch: u64,
    total_steps: u64,
    methods: Vec<Method>,
}

#[derive(Serialize)]
struct DatasetReport {
    name: String,
    synthetic: bool,
    train: usize,
    test: usize,
    classes: Vec<String>,
}

#[derive(Serialize)]
struct Method {
    name: String,
    beta: Option<f64>,
}

#[derive(Serialize)]
struct Average {
    name: String,
    beta: f64,
    effective_beta: f64,
    half_life: f64,
    initial_share: f64,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the adapter, reads the data and builds the run. `files` is an array of `{name, bytes}`, or undefined for the
    /// synthetic images.
    ///
    /// # Errors
    /// Whatever is wrong with the settings, the files or the adapter.
    pub async fn create(experiment: JsValue, files: JsValue) -> Result<Engine, JsValue> {
        let text = js_sys::JSON::stringify(&experiment)?;
        let experiment = Experiment::from_json(&String::from(text)).map_err(Failure::from)?;
        experiment.validate().map_err(Failure::from)?;
        let mut dataset = read_data(&files)?;
        let limit = |limit: Option<u32>| limit.map(|images| images as usize);
        dataset.limit(limit(experiment.limit_train), limit(experiment.limit_test));
        let gpu = Gpu::open().await.map_err(Failure::from)?;
        let trainer = Trainer::new(&gpu, &experiment, &dataset).await.map_err(Failure::from)?;
        experiment.check_length(trainer.total_steps()).map_err(Failure::from)?;
        let description = describe(&trainer, &dataset);
        let run = Run { trainer: RefCell::new(trainer), history: RefCell::default(), description };
        Ok(Self { run: Rc::new(run) })
    }

    /// What the run is made of.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn describe(&self) -> Result<JsValue, JsValue> {
        to_js(&self.run.description)
    }

    /// Steps submitted so far.
    pub fn step(&self) -> f64 {
        self.run.trainer.borrow().step() as f64
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
        let run = Rc::clone(&self.run);
        let submitted = run.trainer.borrow().submit_metrics();
        future_to_promise(async move {
            let Some((step, readback)) = submitted else { return Ok(Array::new().into()) };
            let bytes = readback.take().await.map_err(Failure::from)?;
            to_js(&run.trainer.borrow().unpack_metrics(step, &bytes))
        })
    }

    /// Evaluates the raw weights and every average as of now, and adds the point to the history.
    ///
    /// # Errors
    /// A lost device.
    pub fn evaluate(&self) -> Result<Promise, JsValue> {
        let run = Rc::clone(&self.run);
        let (step, readback) = {
            let trainer = run.trainer.borrow();
            (trainer.step(), trainer.submit_evaluation(&trainer.methods()).map_err(Failure::from)?)
        };
        Ok(future_to_promise(async move {
            let bytes = readback.take().await.map_err(Failure::from)?;
            let trainer = run.trainer.borrow();
            let point = trainer.point(step, &trainer.evaluations(&bytes));
            // After a reset the point belongs to no run.
            if step <= trainer.step() {
                run.history.borrow_mut().push(point.clone());
            }
            to_js(&point)
        }))
    }

    /// The table: one row a method.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn summary(&self) -> Result<JsValue, JsValue> {
        to_js(&summarise(&self.run.history.borrow()))
    }

    /// What each average remembers at the step reached.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn averages(&self) -> Result<JsValue, JsValue> {
        let trainer = self.run.trainer.borrow();
        let step = trainer.step();
        let averages = trainer.averages().iter().map(|spec| Average {
            name: spec.name(),
            beta: spec.beta,
            effective_beta: 1.0 - spec.rate(spec.updates(step).max(1)),
            half_life: spec.half_life(),
            initial_share: spec.initial_share(step),
        });
        to_js(&averages.collect::<Vec<_>>())
    }

    /// Back to step 0, with the same seed and an empty history.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn reset(&self) -> Result<(), JsValue> {
        self.run.trainer.borrow_mut().reset().map_err(Failure::from)?;
        self.run.history.borrow_mut().clear();
        Ok(())
    }

    /// Gives the device up, as a driver reset would; for tests of recovery.
    pub fn lose_device(&self) {
        self.run.trainer.borrow().gpu().destroy();
    }
}

fn describe(trainer: &Trainer, dataset: &Dataset) -> Description {
    let raw = Method { name: crate::report::RAW.to_owned(), beta: None };
    let averages = trainer.averages().iter().map(|spec| Method { name: spec.name(), beta: Some(spec.beta) });
    Description {
        adapter: trainer.gpu().adapter().clone(),
        dataset: DatasetReport {
            name: dataset.name.clone(),
            synthetic: dataset.synthetic,
            train: dataset.train.len(),
            test: dataset.test.len(),
            classes: dataset.class_names.clone(),
        },
        network: trainer.model().name.clone(),
        parameters: trainer.model().parameter_count(),
        gpu_bytes: trainer.gpu_bytes(),
        steps_per_epoch: trainer.steps_per_epoch(),
        total_steps: trainer.total_steps(),
        methods: std::iter::once(raw).chain(averages).collect(),
    }
}

fn read_data(files: &JsValue) -> Result<Dataset, JsValue> {
    if files.is_undefined() || files.is_null() {
        let (seed, train, test) = (data::synthetic::SEED, data::synthetic::TRAIN, data::synthetic::TEST);
        return Ok(data::synthetic(seed, train, test));
    }
    let files = Array::from(files).into_iter().map(|file| {
        let name = Reflect::get(&file, &"name".into())?.as_string().unwrap_or_default();
        let bytes = Uint8Array::new(&Reflect::get(&file, &"bytes".into())?).to_vec();
        Ok((name, bytes))
    });
    let files: Vec<_> = files.collect::<Result<_, JsValue>>()?;
    Ok(cifar10::read_files(files).map_err(Failure::from)?)
}

fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value
        .serialize(&serializer)
        .map_err(|error| Failure { name: "Engine", message: error.to_string() }.into())
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
            GpuError::Lost(_) => "DeviceLost",
            GpuError::Timeout | GpuError::Readback(_) => "Engine",
        };
        Self { name, message: error.to_string() }
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        let name = match error {
            TrainError::Gpu(error) => return error.into(),
            TrainError::Shape(_) | TrainError::BatchTooLarge { .. } => "BadSetting",
            TrainError::NoTestImages(_) => "BadFile",
            TrainError::Ema(_) | TrainError::OtherState(_) => "Engine",
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

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name(failure.name);
        error.into()
    }
}
