//! The log of a run for the page. It needs no engine, since recorded runs have a log too.

use tsify::Ts;
use wasm_bindgen::prelude::*;

use super::{open::read_experiment, values::from_js};
use crate::{
    config::Experiment,
    description::Description,
    report::EvaluationPoint,
    run::log::{MemoryLog, Standing},
    trainer::StepMetric,
};

/// The log of a run in the command line's format: one JSON object per line.
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

    /// Logs that a run starts, or is resumed, after `step` steps.
    pub fn begin(
        &mut self,
        experiment: Ts<Experiment>,
        description: Ts<Description>,
        step: f64,
    ) -> Result<(), JsValue> {
        self.log.begin(read_experiment(experiment)?, &from_js(&description)?, step as u64);
        Ok(())
    }

    /// Logs that the run goes on with other settings.
    pub fn change(
        &mut self,
        experiment: Ts<Experiment>,
        description: Ts<Description>,
    ) -> Result<(), JsValue> {
        self.log.change(read_experiment(experiment)?, &from_js(&description)?);
        Ok(())
    }

    /// Logs steps.
    pub fn steps(&mut self, metrics: Vec<Ts<StepMetric>>) -> Result<(), JsValue> {
        self.log.steps(&metrics.iter().map(from_js).collect::<Result<Vec<_>, _>>()?);
        Ok(())
    }

    /// Logs an evaluation.
    pub fn tested(&mut self, point: Ts<EvaluationPoint>) -> Result<(), JsValue> {
        self.log.tested(&from_js(&point)?);
        Ok(())
    }

    /// The log so far, with a summary of the run as its last line.
    pub fn text(&self, standing: Ts<Standing>) -> Result<String, JsValue> {
        Ok(self.log.text(from_js(&standing)?))
    }
}
