//! The engine as the page's worker sees it: the only wasm-bindgen code.
//!
//! Nothing here blocks: a function that needs the GPU's answer returns a promise and holds no borrow meanwhile, so
//! steps can be submitted while an evaluation is pending. The TypeScript types of everything that crosses are generated
//! from the Rust types when the module is built (`www/generated/emascope.d.ts`), and the page is compiled against them.
//! A function that returns a `Result` and names no errors fails only if its value can't be converted for JavaScript,
//! which no user can cause.
//!
//! - `engine`: a run
//! - `open`: opening what computes, and building or resuming a run
//! - `files`: data files, read piece by piece
//! - `failure`: errors and their names
//! - `log`: the log of a run
//! - `speed`: how fast the processor would be
//! - `values`: typed arrays and promises for JavaScript

mod engine;
mod failure;
mod files;
mod log;
mod open;
mod speed;
mod values;

pub use engine::Engine;
pub use failure::ErrorName;
pub use files::Files;
pub use log::Log;

use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use crate::{
    config::{Adjustment, Experiment, Setting},
    description::{LIMITS, Limits},
    executor::Compute,
    gpu::AdapterReport,
    plan::KernelRow,
    processor::Processor,
    run::script,
    survey::Survey,
};
use failure::Failure;
use values::{list, to_js};

/// Sends panics to the console with their place.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Opens the processor's threads: the caller's and `workers` more, which have called [`join_threads`]. Before anything else is opened.
#[cfg(target_feature = "atomics")]
#[wasm_bindgen]
pub fn open_threads(workers: usize) {
    crate::processor::open_threads(workers);
}

/// Makes the caller one of the processor's threads. Never returns.
#[cfg(target_feature = "atomics")]
#[wasm_bindgen]
pub fn join_threads() {
    crate::processor::join_threads();
}

/// The settings table.
#[wasm_bindgen]
pub fn settings() -> Result<Vec<Ts<Setting>>, JsValue> {
    list(&crate::config::settings())
}

/// The limits that no setting changes.
#[wasm_bindgen]
pub fn limits() -> Result<Ts<Limits>, JsValue> {
    to_js(&LIMITS)
}

/// The default settings.
#[wasm_bindgen]
pub fn default_experiment() -> Result<Ts<Experiment>, JsValue> {
    to_js(&Experiment::default())
}

/// Chooses what computes the runs that are opened from now on; without a choice, `auto`.
///
/// # Errors
/// An unknown word.
#[wasm_bindgen]
pub fn compute_on(compute: Ts<Compute>) -> Result<(), JsValue> {
    open::choose(values::from_js(&compute)?);
    Ok(())
}

/// Opens what computes the runs and describes it.
///
/// # Errors
/// A browser without WebGPU or without an adapter, and the processor not wanted or without vector instructions.
#[wasm_bindgen]
pub async fn adapter() -> Result<Ts<AdapterReport>, JsValue> {
    let executor = open::open_executor().await.map_err(Failure::from)?;
    to_js(executor.adapter())
}

/// Images of `experiment` that the processor trains on in a second, measured over about `milliseconds`.
///
/// # Errors
/// Invalid settings.
#[wasm_bindgen]
pub async fn processor_speed(experiment: Ts<Experiment>, milliseconds: f64) -> Result<f64, JsValue> {
    let experiment = open::read_experiment(experiment)?;
    Ok(speed::of(&Processor::open().into(), &experiment, milliseconds).await?)
}

/// Images of `experiment` that what computes the runs trains on in a second, measured over about `milliseconds`.
///
/// # Errors
/// Invalid settings, a network that does not fit, or too little memory.
#[wasm_bindgen]
pub async fn training_speed(experiment: Ts<Experiment>, milliseconds: f64) -> Result<f64, JsValue> {
    let experiment = open::read_experiment(experiment)?;
    let executor = open::open_executor().await.map_err(Failure::from)?;
    Ok(speed::of(&executor, &experiment, milliseconds).await?)
}

/// The time of each kernel in `steps` training steps of `experiment` on the processor, slowest first.
///
/// # Errors
/// Invalid settings.
#[wasm_bindgen]
pub async fn processor_kernels(
    experiment: Ts<Experiment>,
    steps: u32,
) -> Result<Vec<Ts<KernelRow>>, JsValue> {
    let experiment = open::read_experiment(experiment)?;
    list(&speed::kernels_of_processor(&experiment, steps).await?)
}

/// The settings in a link: each key with all its texts.
#[derive(serde::Deserialize, Tsify)]
pub struct Wanted(Vec<(String, Vec<String>)>);

/// The experiment nearest to the requested settings, and where it differs from them.
#[derive(serde::Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Nearest {
    experiment: Experiment,
    adjustments: Vec<Adjustment>,
}

/// The experiment nearest to the settings in a link, before data and adapter are known.
#[wasm_bindgen]
pub fn nearest(wanted: Ts<Wanted>) -> Result<Ts<Nearest>, JsValue> {
    let Wanted(wanted) = values::from_js(&wanted)?;
    let (experiment, adjustments) = Experiment::nearest(&wanted);
    to_js(&Nearest { experiment, adjustments })
}

/// The network of `experiment`, layer by layer.
///
/// # Errors
/// Settings that cannot be read, such as an unknown layer.
#[wasm_bindgen]
pub fn survey(experiment: Ts<Experiment>) -> Result<Ts<Survey>, JsValue> {
    to_js(&Survey::of(open::read_experiment(experiment)?.model_spec()))
}

/// A Python program that repeats the run of `experiment` in PyTorch, or tests exported weights there.
///
/// # Errors
/// Invalid settings, and those that PyTorch cannot repeat.
#[wasm_bindgen]
pub fn pytorch_script(experiment: Ts<Experiment>) -> Result<String, JsValue> {
    let experiment = open::read_experiment(experiment)?;
    Ok(script::training_script(&experiment).map_err(Failure::from)?)
}
