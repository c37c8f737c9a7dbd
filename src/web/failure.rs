//! Errors for JavaScript: the `name` chooses the sentence that the page shows, and the `message` says what was wrong
//! and what to do.

use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::{
    checkpoint::CheckpointError, config::ConfigError, data::DataError, gpu::GpuError, trainer::TrainError,
};

/// The `name` of the JavaScript error, by which the page chooses its reaction.
#[derive(Clone, Copy, Debug, Serialize, Tsify)]
pub enum ErrorName {
    /// The browser has no WebGPU.
    NoWebGpu,
    /// The browser has no suitable adapter.
    NoAdapter,
    /// The device was lost; a new engine may continue.
    DeviceLost,
    /// A file that is damaged or of the wrong type.
    BadFile,
    /// A setting that is invalid, alone or with the others, the data or the adapter.
    BadSetting,
    /// The run needs more memory than the adapter has.
    OutOfMemory,
    /// A script or the module of the page could not be loaded; only the page itself reports this.
    Script,
    /// Any other error, which a user cannot cause.
    Engine,
}

/// An error for JavaScript.
pub(super) struct Failure {
    pub name: ErrorName,
    pub message: String,
}

impl From<GpuError> for Failure {
    fn from(error: GpuError) -> Self {
        let name = match error {
            GpuError::NoWebGpu => ErrorName::NoWebGpu,
            GpuError::NoAdapter(_) | GpuError::NoDevice { .. } => ErrorName::NoAdapter,
            GpuError::Limit { .. } | GpuError::OutOfMemory { .. } => ErrorName::OutOfMemory,
            // A browser refuses to map the buffers of a lost device before it reports the loss.
            GpuError::Lost(_) | GpuError::Readback(_) => ErrorName::DeviceLost,
            GpuError::Timeout => ErrorName::Engine,
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
            | TrainError::SingleValue { .. } => ErrorName::BadSetting,
            TrainError::NoTestImages(_) => ErrorName::BadFile,
            TrainError::Ema(_) | TrainError::NoSuchWeight(_) | TrainError::OtherState(_) => ErrorName::Engine,
        };
        Self { name, message: error.to_string() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { name: ErrorName::BadSetting, message: error.to_string() }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self { name: ErrorName::BadFile, message: error.to_string() }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self { name: ErrorName::BadFile, message: error.to_string() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name(&format!("{:?}", failure.name));
        error.into()
    }
}
