//! The state in a checkpoint: reading it back, and continuing from it.

use super::{Arenas, Part, Pending, TrainError, Trainer, Weights};
use crate::{average::AverageSpec, executor::Readback, model::Model, network::Parameter, plan::View};

/// Everything about a run that its configuration and data do not determine.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// Steps made.
    pub step: u64,
    /// The arena of weights: parameters and buffers.
    pub raw: Vec<f32>,
    /// The arena of each average.
    pub ema: Vec<Vec<f32>>,
    /// The slow weights of lookahead: parameters and buffers.
    pub slow: Option<Vec<f32>>,
    /// Adam's first moments or SGD's momentum, parameters alone.
    pub exp_avg: Vec<f32>,
    /// Adam's second moments, parameters alone; 0 with SGD.
    pub exp_avg_sq: Vec<f32>,
}

impl TrainingState {
    /// The state before the first step, without lookahead: averages equal to the weights `raw` (an arena), moments of
    /// `parameter_floats` zeros.
    pub fn begin(raw: Vec<f32>, averages: usize, parameter_floats: usize) -> Self {
        let zeros = vec![0.0; parameter_floats];
        let ema = vec![raw.clone(); averages];
        Self { step: 0, ema, raw, slow: None, exp_avg: zeros.clone(), exp_avg_sq: zeros }
    }

    /// The first part that has infinite or NaN values, or `None` if the run can continue from it. `averages` are those of
    /// the run.
    pub fn not_finite(&self, averages: &[AverageSpec]) -> Option<String> {
        let arenas = averages.iter().zip(&self.ema);
        if !is_finite(&self.raw) {
            Some("the raw weights".to_owned())
        } else if let Some((spec, _)) = arenas.into_iter().find(|(_, arena)| !is_finite(arena)) {
            Some(format!("the values of {}", spec.name()))
        } else if self.slow.as_ref().is_some_and(|slow| !is_finite(slow)) {
            Some("the slow weights".to_owned())
        } else if !is_finite(&self.exp_avg) || !is_finite(&self.exp_avg_sq) {
            Some("the optimizer's moments".to_owned())
        } else {
            None
        }
    }
}

/// Whether every value of an arena is a finite number.
pub fn is_finite(arena: &[f32]) -> bool {
    arena.iter().all(|value| value.is_finite())
}

impl Trainer {
    /// State before the first step: weights from the seed, averages equal to them.
    pub(super) fn initial_state(&self) -> TrainingState {
        let mut raw = self.model.initialise(self.experiment.seed);
        if let Some(filters) = &self.outline.whitening {
            self.model.whiten(filters, &mut raw);
        }
        self.begin(raw)
    }

    /// State before the first step, with these weights.
    fn begin(&self, raw: Vec<f32>) -> TrainingState {
        let slow = self.arenas.slow.is_some().then(|| raw.clone());
        let begun = TrainingState::begin(raw, self.averages().len(), self.model.parameter_floats);
        TrainingState { slow, ..begun }
    }

    /// Goes back to step 0: the same first weights, the same data.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied).
    pub fn reset(&mut self) -> Result<(), TrainError> {
        self.load_state(&self.initial_state())
    }

    /// Reads back everything that a checkpoint needs.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied), [`GpuError`](crate::gpu::GpuError).
    pub async fn state(&self) -> Result<TrainingState, TrainError> {
        self.submit_state()?.take().await
    }

    /// Requests everything that a checkpoint needs.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied).
    pub fn submit_state(&self) -> Result<Pending<TrainingState>, TrainError> {
        self.ema.require_raw()?;
        self.expect_whole_step();
        let Arenas { weights, moments: [m, v], slow, bank, .. } = self.arenas;
        let mut views = vec![weights, m, v];
        views.extend(slow);
        if !self.averages().is_empty() {
            views.push(bank);
        }
        let (step, looks_ahead) = (self.step, slow.is_some());
        let Model { arena_floats, parameter_floats, .. } = self.model;
        let readback = Readback::of_views(&self.executor, &self.buffers, &views);
        Ok(Pending::new(readback, move |bytes| {
            let floats: Vec<f32> = bytemuck::pod_collect_to_vec(bytes);
            let (raw, rest) = floats.split_at(arena_floats);
            let (exp_avg, rest) = rest.split_at(parameter_floats);
            let (exp_avg_sq, rest) = rest.split_at(parameter_floats);
            let (slow, bank) = rest.split_at(if looks_ahead { arena_floats } else { 0 });
            TrainingState {
                step,
                raw: raw.to_vec(),
                ema: bank.chunks_exact(arena_floats).map(<[f32]>::to_vec).collect(),
                slow: looks_ahead.then(|| slow.to_vec()),
                exp_avg: exp_avg.to_vec(),
                exp_avg_sq: exp_avg_sq.to_vec(),
            }
        }))
    }

    /// Requests the arena of one method, with batch norm's buffers recomputed if that is the average's policy.
    ///
    /// # Errors
    /// [`EmaError::NoSuchAverage`](crate::average::EmaError::NoSuchAverage).
    pub fn submit_weights(&self, which: Weights) -> Result<Pending<Vec<f32>>, TrainError> {
        let place = which.place(self.averages().len())?;
        self.expect_whole_step();
        self.measure_buffers(place);
        let readback = Readback::of_views(&self.executor, &self.buffers, &[self.arena(place)]);
        Ok(Pending::new(readback, bytemuck::pod_collect_to_vec))
    }

    /// Requests one tensor of every method, in PyTorch's order.
    pub fn submit_tensor(&self, parameter: &Parameter) -> Pending<Vec<Vec<f32>>> {
        let place = |place| self.arena(place).floats(parameter.offset, parameter.len);
        let views: Vec<View> = (0..=self.averages().len()).map(place).collect();
        let readback = Readback::of_views(&self.executor, &self.buffers, &views);
        let parameter = Parameter { offset: 0, ..parameter.clone() };
        Pending::new(readback, move |bytes| {
            let floats: Vec<f32> = bytemuck::pod_collect_to_vec(bytes);
            floats.chunks_exact(parameter.len).map(|values| parameter.to_pytorch(values)).collect()
        })
    }

    /// The arena of the method with this index.
    fn arena(&self, place: usize) -> View {
        let floats = self.model.arena_floats;
        place.checked_sub(1).map_or(self.arenas.weights, |k| self.arenas.bank.floats(k * floats, floats))
    }

    /// Continues from a saved state.
    ///
    /// # Errors
    /// [`EmaError::StillApplied`](crate::average::EmaError::StillApplied); [`TrainError::OtherState`] for a state of another
    /// network or bank.
    pub fn load_state(&mut self, state: &TrainingState) -> Result<(), TrainError> {
        self.ema.require_raw()?;
        let Model { arena_floats, parameter_floats, .. } = self.model;
        let averages = vec![arena_floats; self.averages().len()];
        let ours = (arena_floats, averages, parameter_floats, parameter_floats);
        let lengths = state.ema.iter().map(Vec::len).collect();
        let theirs = (state.raw.len(), lengths, state.exp_avg.len(), state.exp_avg_sq.len());
        if ours != theirs {
            return Err(TrainError::OtherState(format!(
                "it has {} values and {} averages, the run has {} and {}",
                theirs.0,
                theirs.1.len(),
                ours.0,
                ours.1.len()
            )));
        }
        if state.slow.as_ref().map(Vec::len) != self.arenas.slow.map(|_| arena_floats) {
            let has = |slow| if slow { "has" } else { "has no" };
            let (theirs, ours) = (has(state.slow.is_some()), has(self.arenas.slow.is_some()));
            let reason = format!("it {theirs} slow weights of lookahead, the run {ours}");
            return Err(TrainError::OtherState(reason));
        }
        self.write_state(state);
        self.step = state.step;
        self.part = Part::default();
        self.disturbance = None;
        self.metrics_read.set(state.step);
        self.probes.read.set(state.step);
        Ok(())
    }

    /// Begins at step 0 with the given raw weights; the averages begin equal to them.
    ///
    /// # Errors
    /// See [`load_state`](Self::load_state).
    pub fn load_initial(&mut self, raw: Vec<f32>) -> Result<(), TrainError> {
        self.load_state(&self.begin(raw))
    }

    pub(super) fn write_state(&self, state: &TrainingState) {
        let Arenas { weights, moments: [m, v], slow, bank, .. } = &self.arenas;
        let write = |view: &View, at: usize, floats: &[f32]| {
            self.buffers.write(&self.executor, view.slot, 4 * at as u64, floats);
        };
        write(weights, 0, &state.raw);
        write(m, 0, &state.exp_avg);
        write(v, 0, &state.exp_avg_sq);
        slow.iter().zip(&state.slow).for_each(|(view, floats)| write(view, 0, floats));
        for (k, average) in state.ema.iter().enumerate() {
            write(bank, k * self.model.arena_floats, average);
        }
    }
}
