//! Typed arrays and promises for JavaScript.

use std::future::Future;

use js_sys::{Float32Array, Promise, Uint8Array, Uint8ClampedArray};
use serde::{Serialize, de::DeserializeOwned};
use tsify::{Ts, Tsify};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::future_to_promise;

use super::failure::{ErrorName, Failure};
use crate::{description::Description, report::EvaluationPoint, trainer::StepMetric};

/// The prediction of each method for every test image: `classes[method * images + image]`, with its probability.
#[derive(Serialize, Tsify)]
pub struct Predictions {
    /// The step of the evaluation.
    pub step: u64,
    /// Test images.
    pub images: usize,
    /// Methods.
    pub methods: usize,
    /// Classes by number.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Uint8Array")]
    pub classes: Uint8Array,
    /// Probabilities.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Float32Array")]
    pub confidences: Float32Array,
}

/// The probed weights after each of the steps `first_step` …, as `values[(step * probes + probe) * methods + method]`.
#[derive(Serialize, Tsify)]
pub struct ProbeSamples {
    /// The first step.
    pub first_step: u64,
    /// Number of steps.
    pub steps: usize,
    /// Number of probed weights.
    pub probes: usize,
    /// The raw weights and the averages.
    pub methods: usize,
    /// Weights.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Float32Array")]
    pub values: Float32Array,
}

/// The weights of the first convolution for every method, in PyTorch's layout.
#[derive(Serialize, Tsify)]
pub struct Filters {
    /// The step.
    pub step: u64,
    /// Outputs, inputs, height, width.
    pub shape: [usize; 4],
    /// The weights of each method.
    #[serde(serialize_with = "arrays")]
    #[tsify(type = "Float32Array[]")]
    pub methods: Vec<Float32Array>,
}

/// Test images as RGBA of 32×32 pixels each, with their labels.
#[derive(Serialize, Tsify)]
pub struct TestImages {
    /// The indices of the images.
    pub indices: Vec<u32>,
    /// Red, green, blue and alpha, row by row.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Uint8ClampedArray<ArrayBuffer>")]
    pub pixels: Uint8ClampedArray,
    /// Classes by number.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Uint8Array")]
    pub labels: Uint8Array,
}

/// How likely each method finds each class for a picture: `probabilities[method * classes + class]`.
#[derive(Serialize, Tsify)]
pub struct Classified {
    /// The step.
    pub step: u64,
    /// Probabilities.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Float32Array")]
    pub probabilities: Float32Array,
}

fn arrays<S: serde::Serializer>(arrays: &[Float32Array], serializer: S) -> Result<S::Ok, S::Error> {
    serde_wasm_bindgen::preserve::serialize(&arrays.iter().collect::<js_sys::Array>(), serializer)
}

/// A value that a promise resolves with, and the type of such a promise.
pub trait Later: Sized + 'static {
    /// The type in TypeScript.
    type Promise: JsCast;

    /// The value for JavaScript.
    fn deliver(self) -> Result<JsValue, JsValue>;
}

/// The types of promises: `name of the promise, type of its value, type in TypeScript, conversion;`.
macro_rules! promises {
    ($($name:ident, $brings:ty, $typescript:literal, $deliver:expr;)+) => {
        #[wasm_bindgen]
        extern "C" {
            $(#[wasm_bindgen(typescript_type = $typescript)]
            #[doc = $typescript]
            pub type $name;)+
        }

        $(impl Later for $brings {
            type Promise = $name;

            fn deliver(self) -> Result<JsValue, JsValue> {
                let deliver: fn($brings) -> Result<JsValue, JsValue> = $deliver;
                deliver(self)
            }
        })+
    };
}

promises! {
    Done, (), "Promise<void>", |()| Ok(JsValue::UNDEFINED);
    LaterMetrics, Vec<StepMetric>, "Promise<StepMetric[]>", |metrics| Ok(list(&metrics)?.into());
    LaterPoint, EvaluationPoint, "Promise<EvaluationPoint>", |point| Ok(to_js(&point)?.into());
    LaterDescription, Description, "Promise<Description>", |description| Ok(to_js(&description)?.into());
    LaterSamples, Option<ProbeSamples>, "Promise<ProbeSamples | null>", |samples| match samples {
        Some(samples) => Ok(to_js(&samples)?.into()),
        None => Ok(JsValue::NULL),
    };
    LaterFilters, Filters, "Promise<Filters>", |filters| Ok(to_js(&filters)?.into());
    LaterClassified, Classified, "Promise<Classified>", |classified| Ok(to_js(&classified)?.into());
    LaterBytes, Vec<u8>, "Promise<Uint8Array<ArrayBuffer>>", |bytes| Ok(Uint8Array::from(&bytes[..]).into());
}

/// A promise of a value.
pub fn promise<T: Later>(future: impl Future<Output = Result<T, Failure>> + 'static) -> T::Promise {
    let promise: Promise = future_to_promise(async move { future.await?.deliver() });
    promise.unchecked_into()
}

/// Converts a value for JavaScript.
pub fn to_js<T: Serialize + Tsify>(value: &T) -> Result<Ts<T>, JsValue> {
    value.into_ts().map_err(|error| failure(&error))
}

/// Converts values for JavaScript, as an array.
pub fn list<T: Serialize + Tsify>(values: &[T]) -> Result<Vec<Ts<T>>, JsValue> {
    values.iter().map(to_js).collect()
}

/// Converts a value from JavaScript.
pub fn from_js<T: DeserializeOwned + Tsify<JsType: Clone>>(value: &Ts<T>) -> Result<T, JsValue> {
    value.to_rust().map_err(|error| failure(&error))
}

fn failure(error: &tsify::Error) -> JsValue {
    Failure { name: ErrorName::Engine, message: error.to_string() }.into()
}
