//! Which kernels suit an adapter.

use super::{Storage, Tile};
use crate::gpu::AdapterReport;

/// Which of the kernels that do the same to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelSet {
    /// Registers, no barrier: for the processor playing a graphics card.
    Register,
    /// Workgroup memory, for graphics cards: convolutions by this tile, or by one that suits the layer.
    Tiled(Option<Tile>),
}

impl KernelSet {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Register, Self::Tiled(None)];

    /// The kernels that suit an adapter.
    pub fn for_adapter(adapter: &AdapterReport) -> Self {
        if adapter.software { Self::Register } else { Self::Tiled(None) }
    }

    /// Where tensors live: what the adapter loads from fastest.
    pub fn storage(self) -> Storage {
        if self.software() { Storage::Texels } else { Storage::Buffer }
    }

    /// Whether the processor plays the graphics card.
    pub fn software(self) -> bool {
        !matches!(self, Self::Tiled(_))
    }
}
