//! Loops over the pixels of some channels, whose numbers stay in vector registers.

use fearless_simd::{f32x4, f32x16, prelude::*};

/// Channels that a loop takes at once, while as many are left; then it takes a quad at a time.
const WIDE: usize = 16;

/// What is done for as many channels at a time as a vector has numbers.
pub trait Channels<S: Simd> {
    /// Takes the channels from `first` on.
    fn take<V: SimdFloat<S, Element = f32>>(&mut self, simd: S, first: usize);
}

/// Goes through `channels` channels, a multiple of four.
#[inline(always)]
pub fn each<S: Simd>(simd: S, channels: usize, work: &mut impl Channels<S>) {
    let wide = channels / WIDE * WIDE;
    for first in (0..wide).step_by(WIDE) {
        work.take::<f32x16<S>>(simd, first);
    }
    for first in (wide..channels).step_by(4) {
        work.take::<f32x4<S>>(simd, first);
    }
}

/// The numbers at `at`.
#[inline(always)]
pub fn load<S: Simd, V: SimdFloat<S, Element = f32>>(simd: S, x: &[f32], at: usize) -> V {
    V::from_slice(simd, &x[at..at + V::LEN])
}

/// Writes numbers at `at`.
#[inline(always)]
pub fn store<S: Simd, V: SimdFloat<S, Element = f32>>(y: &mut [f32], at: usize, values: V) {
    values.store_slice(&mut y[at..at + V::LEN]);
}
