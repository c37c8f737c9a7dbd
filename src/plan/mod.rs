//! A list of dispatches as plain data: recorded once, bound to buffers once, replayed every step. Nothing here knows a device.
//!
//! A [`Memory`] plans buffers (slots) before any is allocated, so that the memory a model needs is known, and refused if
//! too much, up front. A [`Dispatch`] names a [`Kernel`], its constants and the ranges it binds. `gpu::BoundPlan` turns a
//! [`Plan`] into pipelines and bind groups; there one slot may stand for another buffer, which is how the same plan
//! evaluates the raw weights and each of their averages without a copy.

mod counters;
mod kernel;
mod memory;
mod times;

pub use counters::Counters;
pub(crate) use counters::Counting;
pub use kernel::Kernel;
pub use memory::{Lease, Memory, MemoryReport, PlannedSlot, Slot, Storage, TEXELS_A_ROW, View};
pub use times::{KernelRow, KernelTime};

/// Invocations in a workgroup of the element-wise and register kernels.
pub const WORKGROUP: u64 = 64;

/// Most workgroups along one dimension on every WebGPU adapter.
const MOST_WORKGROUPS: u64 = 65_535;

/// How a kernel binds a range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
}

/// A binding that the kernel only reads.
pub fn read(view: View) -> (Access, View) {
    (Access::Read, view)
}

/// A binding that the kernel writes, and may read.
pub fn read_write(view: View) -> (Access, View) {
    (Access::ReadWrite, view)
}

/// One launch of a kernel.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// Values of the kernel's `override`s.
    pub constants: Vec<(&'static str, f64)>,
    /// Bindings 0, 1, … of group 0.
    pub bindings: Vec<(Access, View)>,
    /// Words of a uniform buffer bound after them, or none: the shape, for a kernel so slow to compile that all shapes share
    /// one pipeline, or a table of the tensors that one dispatch goes through.
    pub uniform: Vec<u32>,
    /// Workgroups along x and y.
    pub workgroups: [u32; 2],
    /// Multiplications and additions of the definition, without what a kernel spends on padding.
    pub flops: u64,
    /// Bytes that the definition reads and writes, each once: those of the bound ranges, unless stated otherwise.
    pub moved: u64,
}

impl Dispatch {
    /// A dispatch of at least `invocations` invocations in workgroups of [`WORKGROUP`].
    pub fn new(
        kernel: &'static Kernel,
        constants: &[(&'static str, usize)],
        bindings: impl Into<Vec<(Access, View)>>,
        invocations: usize,
    ) -> Self {
        Self::in_workgroups(kernel, constants, bindings, (invocations as u64).div_ceil(WORKGROUP))
    }

    /// A dispatch of `count` workgroups, folded into two dimensions where one would exceed WebGPU's 65,535.
    pub fn in_workgroups(
        kernel: &'static Kernel,
        constants: &[(&'static str, usize)],
        bindings: impl Into<Vec<(Access, View)>>,
        count: u64,
    ) -> Self {
        let rows = count.div_ceil(MOST_WORKGROUPS).max(1);
        let bindings: Vec<(Access, View)> = bindings.into();
        Self {
            kernel,
            constants: constants.iter().map(|&(name, value)| (name, value as f64)).collect(),
            moved: bindings.iter().map(|binding| binding.1.bytes).sum(),
            bindings,
            uniform: Vec::new(),
            workgroups: [count.div_ceil(rows) as u32, rows as u32],
            flops: 0,
        }
    }

    /// A dispatch of `rows` rows of workgroups, one row for each of several tensors, with `columns` workgroups each, or as
    /// many as one dimension allows.
    pub fn in_rows(
        kernel: &'static Kernel,
        bindings: impl Into<Vec<(Access, View)>>,
        columns: usize,
        rows: usize,
    ) -> Self {
        let columns = (columns as u64).clamp(1, MOST_WORKGROUPS);
        Self { workgroups: [columns as u32, rows as u32], ..Self::in_workgroups(kernel, &[], bindings, 0) }
    }

    /// Adds a constant that is not an integer.
    pub fn with_constant(mut self, name: &'static str, value: f64) -> Self {
        self.constants.push((name, value));
        self
    }

    /// Adds a uniform buffer that holds `content`, laid out as the shader declares it: a struct, or a table of them.
    pub fn with_uniform<T: bytemuck::NoUninit>(mut self, content: &[T]) -> Self {
        self.uniform = bytemuck::cast_slice(content).to_vec();
        self
    }

    /// Sets the bytes moved by a kernel that uses a small part of what it binds.
    pub fn with_moved(mut self, bytes: usize) -> Self {
        self.moved = bytes as u64;
        self
    }

    /// Sets the number of multiplications and additions of the definition.
    pub fn with_flops(mut self, flops: u64) -> Self {
        self.flops = flops;
        self
    }
}

/// Dispatches in order; each sees what those before it wrote.
pub type Plan = Vec<Dispatch>;
