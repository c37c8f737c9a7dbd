use std::{
    collections::TryReserveError,
    ops::{Deref, DerefMut},
};

use bytemuck::{Pod, Zeroable};

/// A line of the cache.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// Floats that begin at a line of the cache, so that no vector lies in two lines; as many as fill the lines.
#[derive(Default)]
pub(super) struct Floats(Vec<Line>);

impl Floats {
    /// At least `len` zeros.
    ///
    /// # Errors
    /// If there is not as much memory.
    pub fn try_zeroed(len: usize) -> Result<Self, TryReserveError> {
        let mut lines = Vec::new();
        lines.try_reserve_exact(len.div_ceil(16))?;
        lines.resize(len.div_ceil(16), Line::zeroed());
        Ok(Self(lines))
    }

    /// At least `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        Self(vec![Line::zeroed(); len.div_ceil(16)])
    }

    /// The first `len` floats, whatever they are.
    pub fn first(&mut self, len: usize) -> &mut [f32] {
        if self.len() < len {
            self.0.resize(len.div_ceil(16), Line::zeroed());
        }
        &mut self[..len]
    }
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }
}

impl DerefMut for Floats {
    fn deref_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
