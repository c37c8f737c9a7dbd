//! Values of followed weights after every step, in a ring on the GPU.

use std::cell::Cell;

use super::{Pending, TrainError, Trainer};
use crate::{
    average::MAX_AVERAGES,
    executor::Readback,
    kernel,
    plan::{Dispatch, Kernel, Memory, View, read, read_write},
};

/// Most weights that can be followed at once.
pub const MAX_PROBES: usize = 32;

/// Steps whose values the ring keeps.
pub const PROBE_STEPS: usize = 1024;

/// Number of methods in the ring, whatever the bank, so that a run keeps its ring when an average is added.
const WIDTH: usize = 1 + MAX_AVERAGES;

/// Index that stands for no weight.
const NONE: u32 = u32::MAX;

/// Bytes of a step's entry in the ring.
const ENTRY: u64 = (4 * MAX_PROBES * WIDTH) as u64;

/// A weight to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct Probe {
    /// Index of the trained tensor, in the order of the network.
    pub tensor: usize,
    /// Index of the value in the tensor, in PyTorch's flat order.
    pub index: usize,
}

/// The followed weights after each of a number of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSamples {
    /// The first step.
    pub first_step: u64,
    /// Number of steps.
    pub steps: usize,
    /// Number of followed weights.
    pub probes: usize,
    /// The raw weights and the averages.
    pub methods: usize,
    /// `values[(step * probes + probe) * methods + method]`.
    pub values: Vec<f32>,
}

/// The followed weights, and the last step that was read.
#[derive(Default)]
pub(super) struct Probes {
    /// Places in the arena.
    pub places: Vec<u32>,
    /// The last step read.
    pub read: Cell<u64>,
}

/// Room for the places of the followed weights.
pub(super) fn indices(memory: &Memory) -> View {
    memory.fixed("followed weights", 4 * MAX_PROBES as u64)
}

/// Room for the ring.
pub(super) fn ring(memory: &Memory) -> View {
    memory.fixed("paths of followed weights", PROBE_STEPS as u64 * ENTRY)
}

impl Trainer {
    /// Follows these weights from the next step on, in place of those followed before, whose values are forgotten.
    ///
    /// # Errors
    /// [`TrainError::NoSuchWeight`] for a weight that the network does not have, or more than [`MAX_PROBES`].
    pub fn probe(&mut self, probes: &[Probe]) -> Result<(), TrainError> {
        if probes.len() > MAX_PROBES {
            let count = probes.len();
            return Err(TrainError::NoSuchWeight(format!(
                "{count} weights cannot be followed at once; at most {MAX_PROBES} can"
            )));
        }
        let place = |&Probe { tensor, index }: &Probe| {
            let parameter = self.model.trained().nth(tensor).filter(|parameter| index < parameter.count());
            let place = parameter.map(|parameter| parameter.arena_index(index) as u32);
            place.ok_or_else(|| {
                let reason = format!("the network has no value {index} of a tensor {tensor}");
                TrainError::NoSuchWeight(reason)
            })
        };
        let places = probes.iter().map(place).collect::<Result<Vec<u32>, _>>()?;
        self.follow(places);
        Ok(())
    }

    /// Follows the weights at these places of the arena.
    pub(super) fn follow(&mut self, places: Vec<u32>) {
        let mut indices = [NONE; MAX_PROBES];
        indices[..places.len()].copy_from_slice(&places);
        self.buffers.write(&self.executor, self.arenas.probed.slot, 0, &indices);
        self.probes = Probes { places, read: Cell::new(self.step) };
    }

    /// Requests the values of the followed weights after each step submitted since the last call, for at most the last
    /// 1,024 steps; `None` if there are none.
    pub fn submit_probes(&self) -> Option<Pending<ProbeSamples>> {
        let (ring, last, probes) = (PROBE_STEPS as u64, self.step, self.probes.places.len());
        let first = self.probes.read.replace(last).max(last.saturating_sub(ring)) + 1;
        if first > last || probes == 0 {
            return None;
        }
        let (start, steps) = (first % ring, last + 1 - first);
        let until_end = steps.min(ring - start);
        let parts = [(start, until_end), (0, steps - until_end)];
        let parts = parts.into_iter().filter(|&(_, steps)| steps > 0);
        let ring = self.arenas.probes;
        let view =
            |(start, steps)| View { offset: ring.offset + start * ENTRY, bytes: steps * ENTRY, ..ring };
        let views: Vec<View> = parts.map(view).collect();
        let readback = Readback::of_views(&self.executor, &self.buffers, &views);
        let begins: Vec<u64> = self.averages().iter().map(|spec| spec.from).collect();
        let methods = 1 + begins.len();
        Some(Pending::new(readback, move |bytes| {
            let floats: Vec<f32> = bytemuck::pod_collect_to_vec(bytes);
            let mut values = Vec::with_capacity(steps as usize * probes * methods);
            for (step, entry) in (first..).zip(floats.chunks_exact(MAX_PROBES * WIDTH)) {
                for of_probe in entry.chunks_exact(WIDTH).take(probes) {
                    // Before its first step an average equals the raw weights; the ring has no values of an average from
                    // before it was added.
                    let average = |(&from, &value)| if step <= from { of_probe[0] } else { value };
                    values.push(of_probe[0]);
                    values.extend(begins.iter().zip(&of_probe[1..]).map(average));
                }
            }
            ProbeSamples { first_step: first, steps: steps as usize, probes, methods, values }
        }))
    }
}

/// `shaders/measure/probe.wgsl`: the arena and the bank of `methods` − 1 averages, at the indices, into the ring of `steps` steps.
pub fn probe(
    steps: usize,
    methods: usize,
    [weights, bank, indices, batch]: [View; 4],
    ring: View,
) -> Dispatch {
    static KERNEL: Kernel = kernel!("measure", "probe");
    let probes = (indices.bytes / 4) as usize;
    let width = ring.bytes as usize / 4 / steps / probes;
    let length = (weights.bytes / 4) as usize;
    let constants = [("STEPS", steps), ("METHODS", methods), ("LENGTH", length), ("WIDTH", width)];
    let bindings = [read(weights), read(bank), read(indices), read(batch), read_write(ring)];
    Dispatch::new(&KERNEL, &constants, bindings, probes * methods).with_moved(2 * 4 * probes * methods)
}
