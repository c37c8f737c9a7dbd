//! How to run on an adapter: kernels, storage and tiles, chosen once.

use super::conv::{Tile, Tiles};
use crate::{
    layout::{Image, quads},
    plan::Storage,
};

/// The variant of a kernel; all variants compute the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelSet {
    /// As they are defined: those that the processor has twins of.
    Plain,
    /// Registers, no barrier: for software adapters.
    Register,
    /// Workgroup memory, for graphics cards: convolutions with this tile, or with the shape's default tile.
    Tiled(Option<Tile>),
}

impl KernelSet {
    /// Both variants, with default tiles.
    pub const BOTH: [Self; 2] = [Self::Register, Self::Tiled(None)];
}

/// How a network is recorded for an adapter. No layer asks what kind of adapter it is.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The variant of the kernels.
    pub kernels: KernelSet,
    /// Where tensors live: what the adapter loads from fastest.
    pub storage: Storage,
    /// Pixels that one invocation of a norm's element-wise kernels computes; it loads a channel's statistics once for all
    /// of them.
    pub strip: usize,
    /// Whether a sum over pixels is cut into chunks that many invocations share.
    pub chunked: bool,
    /// The tiles measured to be fastest; other convolutions use default tiles.
    pub tiles: Tiles,
}

/// Invocations that keep a large graphics card busy with sums over pixels.
const SUM_INVOCATIONS: usize = 1 << 17;

impl Profile {
    /// The profile for an adapter, on which `tiles` were measured.
    pub fn of(software: bool, tiles: Tiles) -> Self {
        if software { Self::software() } else { Self::graphics_card(tiles) }
    }

    /// For a software adapter: the processor has two to sixteen lanes to fill, is slow at barriers and loads a texel in one
    /// piece.
    pub fn software() -> Self {
        Self {
            kernels: KernelSet::Register,
            storage: Storage::Texels,
            strip: 16,
            chunked: false,
            tiles: Tiles::new(),
        }
    }

    /// For the processor, which executes the plan itself.
    pub fn processor() -> Self {
        Self {
            kernels: KernelSet::Plain,
            storage: Storage::Buffer,
            strip: 1,
            chunked: false,
            tiles: Tiles::new(),
        }
    }

    /// For a graphics card, which needs many invocations, with the tiles measured on it.
    pub fn graphics_card(tiles: Tiles) -> Self {
        Self { kernels: KernelSet::Tiled(None), storage: Storage::Buffer, strip: 4, chunked: true, tiles }
    }

    /// Number of chunks into which the sums over a sample are split; fewer where a single invocation adds up the chunks of
    /// a sample (`per_sample`).
    pub(super) fn chunks(&self, image: Image, per_sample: bool) -> usize {
        if !self.chunked {
            return 1;
        }
        let pixels = image.h * image.w;
        let least = if per_sample { 64 } else { 16 };
        let share = (image.n * pixels * quads(image.c) / SUM_INVOCATIONS).clamp(least, 64);
        (1..=pixels.div_ceil(share)).rev().find(|chunks| pixels.is_multiple_of(*chunks)).unwrap_or(1)
    }
}
