//! Batch and group norm: what both do with statistics, and the statistics of each.

mod batch;
mod gradient;
mod group;

pub use batch::{batch_norm_finish, batch_norm_grad_finish, batch_norm_running};
pub use gradient::{norm_grad_input, norm_grad_sums};
pub use group::{group_norm_finish, group_norm_grad_finish, norm_grad_parameters};

use fearless_simd::dispatch;

use super::{
    Kernel,
    block::{Channels, each, load, map, store},
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

/// Statistics, γ and β of `B` channels.
struct Affine<const B: usize> {
    mean: [f32; B],
    inv_std: [f32; B],
    gamma: [f32; B],
    beta: [f32; B],
}

impl<const B: usize> Affine<B> {
    #[inline(always)]
    fn load(at: usize, channels: usize, stats: &[f32], gamma: &[f32], beta: &[f32]) -> Self {
        Self {
            mean: load(stats, at),
            inv_std: load(stats, channels + at),
            gamma: load(gamma, at),
            beta: load(beta, at),
        }
    }

    #[inline(always)]
    fn normal(&self, x: [f32; B]) -> [f32; B] {
        map(|c| (x[c] - self.mean[c]) * self.inv_std[c])
    }

    #[inline(always)]
    fn z(&self, normal: [f32; B]) -> [f32; B] {
        map(|c| normal[c] * self.gamma[c] + self.beta[c])
    }
}

/// max(z, 0), which keeps a NaN.
#[inline(always)]
fn relu<const B: usize>(z: [f32; B]) -> [f32; B] {
    map(|c| if z[c] <= 0.0 { 0.0 } else { z[c] })
}

/// The gradient that goes through a ReLU, if there is one: where z is above 0.
#[inline(always)]
fn passed(relu: bool, z: f32, dy: f32) -> f32 {
    if !relu || z > 0.0 { dy } else { 0.0 }
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
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let origin: [f32; B] = load(self.x, first);
            let (mut sum, mut squares) = ([0.0; B], [0.0; B]);
            for x in self.x.chunks_exact(self.channels) {
                let x: [f32; B] = load(x, first);
                for c in 0..B {
                    let d = x[c] - origin[c];
                    sum[c] += d;
                    squares[c] += d * d;
                }
            }
            let count = (self.x.len() / self.channels) as f32;
            store::<B>(self.partial, first, map(|c| origin[c] + sum[c] / count));
            let m2 = map(|c| (squares[c] - sum[c] * sum[c] / count).max(0.0));
            store::<B>(self.partial, self.channels + first, m2);
        }
    }
    Box::new(move |workers, call| {
        let ([x], [partial]) = call.split();
        workers.each_piece(partial, 2 * channels, |chunk, partial| {
            let x = &x[chunk * pixels * channels..][..pixels * channels];
            dispatch!(workers.level, _simd => each(channels, &mut Work { channels, x, partial }));
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
        stats: &'a [f32],
        gamma: &'a [f32],
        beta: &'a [f32],
        y: &'a mut [f32],
    }
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let Norm { channels, relu: activated, pooled, .. } = self.norm;
            let affine = Affine::<B>::load(first, channels, self.stats, self.gamma, self.beta);
            let z = |x: &[f32], at: usize| affine.z(affine.normal(load(x, at)));
            let activate = |z| if activated { relu(z) } else { z };
            match pooled {
                None => {
                    let pixels = self.x.chunks_exact(channels).zip(self.y.chunks_exact_mut(channels));
                    pixels.for_each(|(x, y)| store::<B>(y, first, activate(z(x, first))));
                }
                Some((_, width)) => {
                    for (i, y) in self.y.chunks_exact_mut(channels).enumerate() {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let [a, b, c, d] = places.map(|at| z(self.x, at + first));
                        let most = map(|i| maximum(maximum(a[i], b[i]), maximum(c[i], d[i])));
                        store::<B>(y, first, activate(most));
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
            let stats = norm.pair(stats, sample);
            let mut work = Work { norm, x, stats, gamma, beta, y };
            dispatch!(workers.level, _simd => each(norm.channels, &mut work));
        });
    })
}

/// The greater of two numbers; of a NaN and a number any.
#[inline(always)]
fn maximum(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
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
