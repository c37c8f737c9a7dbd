//! Batch and group norm: what both do with statistics, and the statistics of each.

mod batch;
mod gradient;
mod group;

pub use batch::{batch_norm_finish, batch_norm_grad_finish, batch_norm_running};
pub use gradient::{norm_grad_input, norm_grad_sums};
pub use group::{group_norm_finish, group_norm_grad_finish, norm_grad_parameters};

use fearless_simd::{dispatch, prelude::*};

use super::{
    Kernel,
    block::{Channels, each, load, store},
    constant,
};
use crate::plan::Dispatch;

/// The norm that a dispatch is about, as memory has it.
#[derive(Clone, Copy)]
struct Norm {
    channels: usize,
    per_sample: bool,
    relu: bool,
    /// Rows and columns before pooling, where pooling follows.
    pooled: Option<(usize, usize)>,
}

impl Norm {
    fn of(dispatch: &Dispatch) -> Self {
        let pool = dispatch.kernel.name.contains("_pool_");
        Self {
            channels: 4 * constant(dispatch, "QUADS"),
            per_sample: constant(dispatch, "PER_SAMPLE") == 1,
            relu: constant(dispatch, "RELU") == 1,
            pooled: pool.then(|| (constant(dispatch, "HEIGHT"), constant(dispatch, "WIDTH"))),
        }
    }

    /// The row of statistics or coefficients of a sample.
    fn pair(self, pairs: &[f32], sample: usize) -> &[f32] {
        let row = if self.per_sample { sample } else { 0 };
        &pairs[2 * row * self.channels..][..2 * self.channels]
    }
}

/// Statistics, γ and β of some channels.
struct Affine<V> {
    mean: V,
    inv_std: V,
    gamma: V,
    beta: V,
}

impl<V> Affine<V> {
    #[inline(always)]
    fn load<S: Simd>(simd: S, at: usize, channels: usize, [stats, gamma, beta]: [&[f32]; 3]) -> Self
    where
        V: SimdFloat<S, Element = f32>,
    {
        Self {
            mean: load(simd, stats, at),
            inv_std: load(simd, stats, channels + at),
            gamma: load(simd, gamma, at),
            beta: load(simd, beta, at),
        }
    }

    #[inline(always)]
    fn normal<S: Simd>(&self, x: V) -> V
    where
        V: SimdFloat<S, Element = f32>,
    {
        (x - self.mean) * self.inv_std
    }

    #[inline(always)]
    fn z<S: Simd>(&self, normal: V) -> V
    where
        V: SimdFloat<S, Element = f32>,
    {
        normal * self.gamma + self.beta
    }
}

/// max(z, 0), which keeps a NaN.
#[inline(always)]
fn relu<S: Simd, V: SimdFloat<S, Element = f32>>(simd: S, z: V) -> V {
    let zero = V::splat(simd, 0.0);
    z.simd_le(zero).select(zero, z)
}

/// The places of a window's four pixels, from that of its first channel on.
#[inline(always)]
fn window(width: usize, channels: usize, row: usize, column: usize) -> [usize; 4] {
    let at = (2 * row * width + 2 * column) * channels;
    let below = at + width * channels;
    [at, at + channels, below, below + channels]
}

/// Mean and squared deviations of each channel over a chunk of pixels.
pub fn norm_statistics(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    struct Work<'a> {
        channels: usize,
        x: &'a [f32],
        partial: &'a mut [f32],
    }
    impl<S: Simd> Channels<S> for Work<'_> {
        #[inline(always)]
        fn take<V: SimdFloat<S, Element = f32>>(&mut self, simd: S, first: usize) {
            let zero = V::splat(simd, 0.0);
            let origin: V = load(simd, self.x, first);
            let (mut sum, mut squares) = (zero, zero);
            for x in self.x.chunks_exact(self.channels) {
                let d = load::<S, V>(simd, x, first) - origin;
                sum += d;
                squares += d * d;
            }
            let count = V::splat(simd, (self.x.len() / self.channels) as f32);
            store(self.partial, first, origin + sum / count);
            store(self.partial, self.channels + first, (squares - sum * sum / count).max(zero));
        }
    }
    Box::new(move |workers, call| {
        let ([x], [partial]) = call.split();
        workers.each_piece(partial, 2 * channels, |chunk, partial| {
            let x = &x[chunk * pixels * channels..][..pixels * channels];
            dispatch!(workers.level, simd => each(simd, channels, &mut Work { channels, x, partial }));
        });
    })
}

/// y = γ · (x − mean) · inv_std + β, then maybe a ReLU, then maybe pooling.
pub fn norm_forward(dispatch: &Dispatch) -> Kernel {
    let norm = Norm::of(dispatch);
    let pixels = norm.pooled.is_none().then(|| constant(dispatch, "PIXELS"));
    struct Work<'a> {
        norm: Norm,
        x: &'a [f32],
        parameters: [&'a [f32]; 3],
        y: &'a mut [f32],
    }
    impl<S: Simd> Channels<S> for Work<'_> {
        #[inline(always)]
        fn take<V: SimdFloat<S, Element = f32>>(&mut self, simd: S, first: usize) {
            let Norm { channels, relu: activated, pooled, .. } = self.norm;
            let affine = Affine::<V>::load(simd, first, channels, self.parameters);
            let z = |x: &[f32], at: usize| affine.z(affine.normal(load(simd, x, at)));
            let activate = |z: V| if activated { relu(simd, z) } else { z };
            match pooled {
                None => {
                    let pixels = self.x.chunks_exact(channels).zip(self.y.chunks_exact_mut(channels));
                    pixels.for_each(|(x, y)| store(y, first, activate(z(x, first))));
                }
                Some((_, width)) => {
                    for (i, y) in self.y.chunks_exact_mut(channels).enumerate() {
                        let [a, b, c, d] = window(width, channels, i / (width / 2), i % (width / 2));
                        let top = z(self.x, a + first).max(z(self.x, b + first));
                        let bottom = z(self.x, c + first).max(z(self.x, d + first));
                        store(y, first, activate(top.max(bottom)));
                    }
                }
            }
        }
    }
    Box::new(move |workers, call| {
        let ([x, stats, gamma, beta], [y]) = call.split();
        let before = pixels.unwrap_or_else(|| norm.pooled.map_or(0, |(height, width)| height * width));
        let after = if norm.pooled.is_some() { before / 4 } else { before };
        workers.each_piece(y, after * norm.channels, |sample, y| {
            let x = &x[sample * before * norm.channels..][..before * norm.channels];
            let mut work = Work { norm, x, parameters: [norm.pair(stats, sample), gamma, beta], y };
            dispatch!(workers.level, simd => each(simd, norm.channels, &mut work));
        });
    })
}

/// Adds the pairs of the chunks, in order.
fn add_pairs(partial: &[f32], channels: usize, s1: &mut [f32], s2: &mut [f32]) {
    s1.fill(0.0);
    s2.fill(0.0);
    for part in partial.chunks_exact(2 * channels) {
        s1.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        s2.iter_mut().zip(&part[channels..]).for_each(|(sum, part)| *sum += part);
    }
}
