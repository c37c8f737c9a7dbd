//! Loops over the pixels of some channels, whose numbers stay in registers.

/// Channels that a loop takes at once, while as many are left; then it takes a quad at a time.
const WIDE: usize = 16;

/// What is done for `B` channels at a time.
pub trait Channels {
    /// Takes the channels from `first` on.
    fn take<const B: usize>(&mut self, first: usize);
}

/// Goes through `channels` channels, a multiple of four.
#[inline(always)]
pub fn each(channels: usize, work: &mut impl Channels) {
    let wide = channels / WIDE * WIDE;
    for first in (0..wide).step_by(WIDE) {
        work.take::<WIDE>(first);
    }
    for first in (wide..channels).step_by(4) {
        work.take::<4>(first);
    }
}

/// The `B` floats at `at`.
#[inline(always)]
pub fn load<const B: usize>(x: &[f32], at: usize) -> [f32; B] {
    x[at..at + B].try_into().expect("B floats")
}

/// Writes `B` floats at `at`.
#[inline(always)]
pub fn store<const B: usize>(y: &mut [f32], at: usize, values: [f32; B]) {
    y[at..at + B].copy_from_slice(&values);
}

/// The channels' values of a function.
#[inline(always)]
pub fn map<const B: usize>(value: impl FnMut(usize) -> f32) -> [f32; B] {
    std::array::from_fn(value)
}
