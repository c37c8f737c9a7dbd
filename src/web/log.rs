//! The log of a run for the page. It needs no engine, since recorded runs have a log too.

use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::{engine::read_experiment, values::from_js};
use crate::{
    config::Experiment,
    description::Description,
    report::EvaluationPoint,
    run::log::{MemoryLog, Standing},
    trainer::StepMetric,
};

/// The log of a run in the command line's format: one JSON object a line.
#[wasm_bindgen]
#[derive(Default)]
pub struct Log {
    log: MemoryLog,
}

#[wasm_bindgen]
impl Log {
    /// An empty log.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing was logged since the last start or change.
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// A run starts, or is resumed, after `step` steps.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn begin(
        &mut self,
        experiment: Ts<Experiment>,
        description: Ts<Description>,
        step: f64,
    ) -> Result<(), JsValue> {
        self.log.begin(read_experiment(experiment)?, &from_js(&description)?, step as u64);
        Ok(())
    }

    /// The run goes on with other settings.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn change(
        &mut self,
        experiment: Ts<Experiment>,
        description: Ts<Description>,
    ) -> Result<(), JsValue> {
        self.log.change(read_experiment(experiment)?, &from_js(&description)?);
        Ok(())
    }

    /// Steps were made.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn steps(&mut self, metrics: Vec<Ts<StepMetric>>) -> Result<(), JsValue> {
        self.log.steps(&metrics.iter().map(from_js).collect::<Result<Vec<_>, _>>()?);
        Ok(())
    }

    /// The run was evaluated.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn tested(&mut self, point: Ts<EvaluationPoint>) -> Result<(), JsValue> {
        self.log.tested(&from_js(&point)?);
        Ok(())
    }

    /// The log up to now, with a line at its end that sums the run up.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn text(&self, standing: Ts<Standing>) -> Result<String, JsValue> {
        Ok(self.log.text(from_js(&standing)?))
    }
}
