//! What suits an adapter, chosen once.

use super::conv::{Tile, Tiles};
use crate::{
    layout::{Image, quads},
    plan::Storage,
};

/// Which of the kernels that compute the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelSet {
    /// Registers, no barrier: for software adapters.
    Register,
    /// Workgroup memory, for graphics cards: convolutions by this tile, or by the default one of the shape.
    Tiled(Option<Tile>),
}

impl KernelSet {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Register, Self::Tiled(None)];
}

/// How a network is recorded for an adapter. No layer asks what the adapter is.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Which kernels.
    pub kernels: KernelSet,
    /// Where tensors live: what the adapter loads from fastest.
    pub storage: Storage,
    /// Pixels that an invocation of a norm's element-wise kernels makes, for which it loads a channel's statistics once.
    pub strip: usize,
    /// Whether a sum over pixels is cut into chunks that many invocations share.
    pub chunked: bool,
    /// Tiles of the convolutions that were found fastest; the default ones for all others.
    pub tiles: Tiles,
}

/// Invocations that keep a large graphics card busy with sums over pixels.
const SUM_INVOCATIONS: usize = 1 << 17;

impl Profile {
    /// The one that suits an adapter; `tiles` were measured on it.
    pub fn of(software: bool, tiles: Tiles) -> Self {
        if software { Self::software() } else { Self::graphics_card(tiles) }
    }

    /// For a processor that computes as an adapter: it has two to sixteen lanes to fill, is slow at barriers and loads a texel in
    /// one piece.
    pub fn software() -> Self {
        Self {
            kernels: KernelSet::Register,
            storage: Storage::Texels,
            strip: 16,
            chunked: false,
            tiles: Tiles::new(),
        }
    }

    /// For a graphics card, which wants many invocations, with the tiles measured on it.
    pub fn graphics_card(tiles: Tiles) -> Self {
        Self { kernels: KernelSet::Tiled(None), storage: Storage::Buffer, strip: 4, chunked: true, tiles }
    }

    /// Chunks of a sample whose sums are taken apart; fewer where one invocation finishes those of a sample (`per_sample`).
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
