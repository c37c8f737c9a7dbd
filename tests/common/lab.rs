//! A laboratory for kernels: inputs in, dispatches, outputs out. Outputs start as NaN, so that an unwritten value fails.

use bytemuck::{Pod, cast_slice};
use emascope::{
    gpu::{Buffers, Gpu, Readback, Recording},
    layers::kernels::ConvKernels,
    plan::{Dispatch, Memory, View},
    random::{pcg4d, unit},
    reference::{self as r, Image},
};

/// A GPU with buffers to be, for a handful of dispatches.
pub struct Lab {
    gpu: Gpu,
    memory: Memory,
    contents: Vec<(View, Vec<u8>)>,
    draws: u32,
}

/// Every kind of convolution kernel that the adapter at hand can run.
pub fn conv_kernels() -> Vec<ConvKernels> {
    ConvKernels::on_adapter(Lab::open().gpu.adapter())
}

/// What is on the GPU after a run.
pub struct Outcome {
    gpu: Gpu,
    buffers: Buffers,
}

impl Lab {
    /// An empty laboratory on the adapter at hand.
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

    /// Uniform numbers in (−1, 1), exact in single precision, other ones at each call.
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

    /// Allocates, uploads, and runs `plan` once.
    pub fn run(self, plan: &[Dispatch]) -> Outcome {
        let buffers = pollster::block_on(Buffers::allocate(&self.gpu, &self.memory)).unwrap();
        for (view, bytes) in &self.contents {
            buffers.write(&self.gpu, view.slot, view.offset, bytes);
        }
        Recording::new(&self.gpu, plan, &buffers, &[]).submit(&self.gpu, 1);
        Outcome { gpu: self.gpu, buffers }
    }
}

impl Outcome {
    /// The floats of `view`.
    pub fn read(&self, view: View) -> Vec<f32> {
        let bytes = pollster::block_on(Readback::of_views(&self.gpu, &self.buffers, &[view]).take()).unwrap();
        bytemuck::pod_collect_to_vec(&bytes)
    }

    /// Every value of `view` is within `tolerance` times the largest expected magnitude (at least 1).
    #[track_caller]
    pub fn expect(&self, what: &str, view: View, expected: &[f64], tolerance: f64) {
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
