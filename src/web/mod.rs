//! The engine as the page's worker sees it: the only wasm-bindgen code.
//!
//! Nothing here waits: what needs the GPU's answer returns a promise and holds no borrow meanwhile, so that steps can be
//! submitted while an evaluation is on its way. The TypeScript types of everything that crosses are made from the Rust types
//! when the module is built (`www/generated/emascope.d.ts`), and the page is compiled against them.
//!
//! - `engine`: a run
//! - `files`: data files, read piece by piece
//! - `failure`: errors and their names
//! - `log`: the log of a run
//! - `values`: what crosses as typed arrays, and promises of what crosses

mod engine;
mod failure;
mod files;
mod log;
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
    gpu::AdapterReport,
    run::script,
};
use failure::Failure;
use values::{list, to_js};

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
pub fn settings() -> Result<Vec<Ts<Setting>>, JsValue> {
    list(&crate::config::settings())
}

/// What no setting changes.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn limits() -> Result<Ts<Limits>, JsValue> {
    to_js(&LIMITS)
}

/// The experiment that the page begins with.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn default_experiment() -> Result<Ts<Experiment>, JsValue> {
    to_js(&Experiment::default())
}

/// Opens the adapter that runs will be on and says what it is.
///
/// # Errors
/// A browser without WebGPU or without an adapter.
#[wasm_bindgen]
pub async fn adapter() -> Result<Ts<AdapterReport>, JsValue> {
    let gpu = engine::open_gpu().await.map_err(Failure::from)?;
    to_js(gpu.adapter())
}

/// What a link asks of the settings: each key with all its texts.
#[derive(serde::Deserialize, Tsify)]
pub struct Wanted(Vec<(String, Vec<String>)>);

/// The experiment that is nearest to what was wanted, and what is other in it.
#[derive(serde::Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Nearest {
    experiment: Experiment,
    adjustments: Vec<Adjustment>,
}

/// The experiment that is nearest to what a link asks for, as far as it depends on neither data nor adapter.
///
/// # Errors
/// None that a user can cause.
#[wasm_bindgen]
pub fn nearest(wanted: Ts<Wanted>) -> Result<Ts<Nearest>, JsValue> {
    let Wanted(wanted) = values::from_js(&wanted)?;
    let (experiment, adjustments) = Experiment::nearest(&wanted);
    to_js(&Nearest { experiment, adjustments })
}

/// A Python program that builds the network of `experiment` in PyTorch and loads a state dict into it.
///
/// # Errors
/// An experiment that cannot be.
#[wasm_bindgen]
pub fn pytorch_script(experiment: Ts<Experiment>) -> Result<String, JsValue> {
    let experiment = engine::read_experiment(experiment)?;
    Ok(script::loading_script(&experiment.model_spec()))
}
