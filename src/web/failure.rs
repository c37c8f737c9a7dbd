//! Errors on their way to JavaScript: `Error`s whose `name` says which sentence the page should show, and whose `message`
//! says what was wrong and what to do.

use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::{
    checkpoint::CheckpointError, config::ConfigError, data::DataError, gpu::GpuError, trainer::TrainError,
};

/// What the page makes of an error: the `name` of the JavaScript error.
#[derive(Clone, Copy, Debug, Serialize, Tsify)]
pub enum ErrorName {
    /// The browser has no WebGPU.
    NoWebGpu,
    /// It has none that is enough.
    NoAdapter,
    /// The device was lost; a new engine may go on.
    DeviceLost,
    /// A file that is damaged, or is not what it should be.
    BadFile,
    /// A setting that cannot be, or cannot be with the others, the data or the adapter.
    BadSetting,
    /// The run needs more memory than the adapter has.
    OutOfMemory,
    /// A script or the module of the page could not be loaded; the page says so itself.
    Script,
    /// Anything else, which a user cannot cause.
    Engine,
}

/// An error on its way to JavaScript.
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
            // A browser refuses to map the buffers of a device that is lost before it says that it is.
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
