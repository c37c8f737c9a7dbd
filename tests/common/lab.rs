//! A laboratory for kernels: inputs, dispatches, outputs. Outputs start as NaN, so that an unwritten value fails.

use bytemuck::{Pod, cast_slice};
use emascope::{
    executor::{BoundPlan, Buffers, Executor, Readback},
    gpu::{Gpu, Loads},
    layers::kernels::copy,
    plan::{Dispatch, Lease, Memory, Storage, View},
    processor::Processor,
    random::{pcg4d, unit},
    reference::{self as r, Image},
};

/// A GPU with the contents of buffers, for a few dispatches.
pub struct Lab {
    gpu: Gpu,
    memory: Memory,
    contents: Vec<(View, Vec<u8>)>,
    draws: u32,
}

/// The buffers on the GPU after a run, and those in the processor's memory if it has all the kernels.
pub struct Outcome {
    memory: Contents,
    on_processor: Option<Contents>,
}

/// What an executor left in memory.
struct Contents {
    executor: Executor,
    buffers: Buffers,
}

/// A batch header with the members that the kernels read: the third step, `count` samples, batch norm's `momentum`.
pub fn batch(count: u32, momentum: f32) -> [u32; 8] {
    [3, count, 0, 0, 0, 0, momentum.to_bits(), 0]
}

impl Lab {
    /// An empty laboratory on the default adapter.
    pub fn open() -> Self {
        let gpu = pollster::block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
        Self { gpu, memory: Memory::default(), contents: Vec::new(), draws: 0 }
    }

    /// A buffer that holds `values`.
    pub fn bytes<T: Pod>(&mut self, values: &[T]) -> View {
        let bytes: &[u8] = cast_slice(values);
        let view = self.memory.fixed("test", bytes.len() as u64);
        self.contents.push((view, bytes.to_vec()));
        view
    }

    /// A buffer of `values` in single precision.
    pub fn input(&mut self, values: &[f64]) -> View {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        self.bytes(&values)
    }

    /// A buffer of `len` floats, all NaN.
    pub fn output(&mut self, len: usize) -> View {
        self.bytes(&vec![f32::NAN; len])
    }

    /// A texture for `len` floats.
    pub fn texels(&self, len: usize) -> Lease {
        self.memory.lease("texels", len, Storage::Texels)
    }

    /// Uniform numbers in (−1, 1), exact in single precision, different at each call.
    pub fn draw(&mut self) -> impl FnMut() -> f64 + use<> {
        self.draws += 1;
        let (stream, mut counter) = (self.draws, 0);
        move || {
            counter += 1;
            f64::from((2.0 * unit(pcg4d([stream, counter, 0, 77])[0]) - 1.0) as f32)
        }
    }

    /// Random activations, with zero padding.
    pub fn image(&mut self, image: Image) -> Vec<f64> {
        let mut draw = self.draw();
        image.fill(|_, _, _, _| draw())
    }

    /// A random vector, with zero padding.
    pub fn vector(&mut self, channels: usize) -> Vec<f64> {
        let mut draw = self.draw();
        r::fill_vector(channels, |_| draw())
    }

    /// Runs `plan` once, and again with texels wherever its kernels take them, which must give the same results except in the
    /// last place (division by a length that becomes a constant may be done differently).
    #[track_caller]
    pub fn run(self, plan: &[Dispatch]) -> Outcome {
        let processor = Processor::with_threads(2);
        let executes = plan.iter().all(|dispatch| processor.executes(dispatch));
        let outcome = Outcome {
            memory: self.execute(&self.gpu.clone().into(), plan),
            on_processor: executes.then(|| self.execute(&processor.into(), plan)),
        };
        let (in_texels, _leases) = self.in_texels(plan);
        for loads in [Loads::Storage, Loads::Sampled] {
            let by_texels = self.execute(&self.gpu.clone().with_loads(loads).into(), &in_texels);
            for (view, _) in &self.contents {
                let expected = outcome.read(*view);
                let scale = expected.iter().fold(1.0, |scale: f32, value| scale.max(value.abs()));
                for (i, (actual, expected)) in by_texels.read(*view).into_iter().zip(expected).enumerate() {
                    let same =
                        actual.to_bits() == expected.to_bits() || (actual - expected).abs() <= 3e-7 * scale;
                    let bytes = view.bytes;
                    assert!(
                        same,
                        "[{i}] of {bytes} bytes is {actual}, not {expected}, by texels ({loads:?})"
                    );
                }
            }
        }
        outcome
    }

    /// `plan` with tensors in textures: copied there before it, and back after it.
    fn in_texels(&self, plan: &[Dispatch]) -> (Vec<Dispatch>, Vec<Lease>) {
        let (mut before, mut after, mut plan) = (Vec::new(), Vec::new(), plan.to_vec());
        let mut leases = Vec::new();
        for (whole, _) in &self.contents {
            let uses = |dispatch: &Dispatch| -> Vec<bool> {
                let bindings = dispatch.bindings.iter().enumerate();
                let of_it = bindings.filter(|(_, (_, view))| view.slot == whole.slot);
                // Tiled kernels are for graphics cards, where tensors are buffers.
                let takes = |i| dispatch.kernel.takes_texels(i) && !dispatch.kernel.name.ends_with("_tiled");
                of_it.map(|(i, (_, view))| view == whole && takes(i)).collect()
            };
            let uses: Vec<bool> = plan.iter().flat_map(uses).collect();
            if uses.is_empty() || uses.contains(&false) {
                continue;
            }
            let texels = self.memory.lease("texels", whole.bytes as usize / 4, Storage::Texels);
            before.push(copy(*whole, texels.view()));
            after.push(copy(texels.view(), *whole));
            for (_, view) in plan.iter_mut().flat_map(|dispatch| &mut dispatch.bindings) {
                if view.slot == whole.slot {
                    *view = texels.view();
                }
            }
            leases.push(texels);
        }
        ([before, plan, after].concat(), leases)
    }

    /// Allocates, uploads, and runs `plan` once.
    fn execute(&self, executor: &Executor, plan: &[Dispatch]) -> Contents {
        let buffers = pollster::block_on(Buffers::allocate(executor, &self.memory)).unwrap();
        for (view, bytes) in &self.contents {
            buffers.write(executor, view.slot, view.offset, bytes);
        }
        BoundPlan::new(executor, plan, &buffers, &[]).submit(executor, 1);
        Contents { executor: executor.clone(), buffers }
    }
}

impl Contents {
    fn read(&self, view: View) -> Vec<f32> {
        let readback = Readback::of_views(&self.executor, &self.buffers, &[view]);
        bytemuck::pod_collect_to_vec(&pollster::block_on(readback.take()).unwrap())
    }

    #[track_caller]
    fn expect(&self, what: &str, view: View, expected: &[f64], tolerance: f64) {
        let actual = self.read(view);
        assert!(
            actual.len() >= expected.len(),
            "{what}: {} values, expected {}",
            actual.len(),
            expected.len()
        );
        let scale = expected.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
        for (i, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
            let difference = (f64::from(actual) - expected).abs();
            // Written so that NaN fails.
            assert!(
                difference <= tolerance * scale,
                "{what}[{i}] = {actual}, expected {expected} (± {:e})",
                tolerance * scale
            );
        }
    }
}

impl Outcome {
    /// The floats of `view`.
    pub fn read(&self, view: View) -> Vec<f32> {
        self.memory.read(view)
    }

    /// Every value of `view` is within `tolerance` times the largest expected magnitude (at least 1).
    #[track_caller]
    pub fn expect(&self, what: &str, view: View, expected: &[f64], tolerance: f64) {
        self.memory.expect(what, view, expected, tolerance);
        if let Some(contents) = &self.on_processor {
            contents.expect(&format!("on the processor, {what}"), view, expected, tolerance);
        }
    }
}
