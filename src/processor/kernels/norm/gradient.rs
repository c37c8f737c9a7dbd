use fearless_simd::{dispatch, prelude::*};

use super::{
    super::{
        Kernel,
        block::{Channels, each, load, store},
        constant,
    },
    Affine, Norm, window,
};
use crate::plan::Dispatch;

/// Where the first maximum of a window's four pixels is, for each channel.
struct Maximum<M> {
    at_top: M,
    /// In the row above and in the row below.
    at_left: [M; 2],
}

impl<M> Maximum<M> {
    #[inline(always)]
    fn of<S: Simd, V: SimdFloat<S, Element = f32, Mask = M>>(z: [V; 4]) -> Self
    where
        M: SimdMask<S> + Select<V>,
    {
        let at_left = [z[0].simd_ge(z[1]), z[2].simd_ge(z[3])];
        let (top, bottom) = (at_left[0].select(z[0], z[1]), at_left[1].select(z[2], z[3]));
        Self { at_top: top.simd_ge(bottom), at_left }
    }

    /// What that pixel has.
    #[inline(always)]
    fn choose<S: Simd, V: SimdFloat<S, Element = f32, Mask = M>>(&self, of: [V; 4]) -> V
    where
        M: SimdMask<S> + Select<V>,
    {
        let (top, bottom) = (self.at_left[0].select(of[0], of[1]), self.at_left[1].select(of[2], of[3]));
        self.at_top.select(top, bottom)
    }

    /// `value` for that pixel, `other` for the others.
    #[inline(always)]
    fn spread<S: Simd, V: SimdFloat<S, Element = f32, Mask = M>>(&self, value: V, other: V) -> [V; 4]
    where
        M: SimdMask<S> + Select<V>,
    {
        let (top, bottom) = (self.at_top.select(value, other), self.at_top.select(other, value));
        let [above, below] = self.at_left;
        [
            above.select(top, other),
            above.select(other, top),
            below.select(bottom, other),
            below.select(other, bottom),
        ]
    }
}

/// What the gradient of a sample, or of a chunk of it, is made of.
struct Inputs<'a> {
    norm: Norm,
    x: &'a [f32],
    parameters: [&'a [f32]; 3],
    dy: &'a [f32],
}

/// The gradient that goes through a ReLU, if there is one: where z is above 0.
#[inline(always)]
fn passed<S: Simd, V: SimdFloat<S, Element = f32>>(simd: S, relu: bool, z: V, dy: V) -> V {
    let zero = V::splat(simd, 0.0);
    if relu { z.simd_gt(zero).select(dy, zero) } else { dy }
}

/// A function of a window's four pixels; `map` of an array is not always inlined.
#[inline(always)]
fn four<T, V>([a, b, c, d]: [T; 4], value: impl Fn(T) -> V) -> [V; 4] {
    [value(a), value(b), value(c), value(d)]
}

/// Σ dz and Σ dz · x̂ over each chunk.
pub fn norm_grad_sums(dispatch: &Dispatch) -> Kernel {
    let norm = Norm::of(dispatch);
    let chunks = constant(dispatch, "CHUNKS");
    let share = norm
        .pooled
        .map_or_else(|| constant(dispatch, "PIXELS"), |(height, width)| height / 2 * (width / 2) / chunks);
    struct Work<'a> {
        inputs: Inputs<'a>,
        /// The first window of the chunk.
        window: usize,
        partial: &'a mut [f32],
    }
    impl<S: Simd> Channels<S> for Work<'_> {
        #[inline(always)]
        fn take<V: SimdFloat<S, Element = f32>>(&mut self, simd: S, first: usize) {
            let Inputs { norm, x, parameters, dy } = self.inputs;
            let Norm { channels, relu, pooled, .. } = norm;
            let affine = Affine::<V>::load(simd, first, channels, parameters);
            let mut sums = [V::splat(simd, 0.0); 2];
            let mut add = |z: V, dy: &[f32], normal: V| {
                let dz = passed(simd, relu, z, load(simd, dy, first));
                sums[0] += dz;
                sums[1] += dz * normal;
            };
            match pooled {
                None => {
                    for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
                        let normal = affine.normal(load(simd, x, first));
                        add(affine.z(normal), dy, normal);
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in (self.window..).zip(dy.chunks_exact(channels)) {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = four(places, |at| affine.normal(load(simd, x, at + first)));
                        let z = four(normal, |normal| affine.z(normal));
                        let maximum = Maximum::of(z);
                        add(maximum.choose(z), dy, maximum.choose(normal));
                    }
                }
            }
            store(self.partial, first, sums[0]);
            store(self.partial, channels + first, sums[1]);
        }
    }
    Box::new(move |workers, call| {
        let ([x, stats, gamma, beta, dy], [partial]) = call.split();
        workers.each_piece(partial, 2 * norm.channels, |chunk, partial| {
            let (sample, floats) = (chunk / chunks, share * norm.channels);
            let x = match norm.pooled {
                None => &x[chunk * floats..][..floats],
                Some((height, width)) => {
                    let image = height * width * norm.channels;
                    &x[sample * image..][..image]
                }
            };
            let dy = &dy[chunk * floats..][..floats];
            let window = chunk % chunks * share;
            let inputs = Inputs { norm, x, parameters: [norm.pair(stats, sample), gamma, beta], dy };
            let mut work = Work { inputs, window, partial };
            dispatch!(workers.level, simd => each(simd, norm.channels, &mut work));
        });
    })
}

/// dx = inv_std · (γ · dz − c1 − x̂ · c2).
pub fn norm_grad_input(dispatch: &Dispatch) -> Kernel {
    let norm = Norm::of(dispatch);
    let before = match norm.pooled {
        None => constant(dispatch, "PIXELS"),
        Some((height, width)) => height * width,
    };
    let after = if norm.pooled.is_some() { before / 4 } else { before };
    struct Work<'a> {
        inputs: Inputs<'a>,
        coefficients: &'a [f32],
        dx: &'a mut [f32],
    }
    impl<S: Simd> Channels<S> for Work<'_> {
        #[inline(always)]
        fn take<V: SimdFloat<S, Element = f32>>(&mut self, simd: S, first: usize) {
            let Inputs { norm, x, parameters, dy } = self.inputs;
            let Norm { channels, relu, pooled, .. } = norm;
            let affine = Affine::<V>::load(simd, first, channels, parameters);
            let [c1, c2]: [V; 2] = [first, channels + first].map(|at| load(simd, self.coefficients, at));
            let dx = |g: V, normal: V| affine.inv_std * (g - c1 - normal * c2);
            match pooled {
                None => {
                    let pixels = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
                    for ((x, dy), to) in pixels.zip(self.dx.chunks_exact_mut(channels)) {
                        let normal = affine.normal(load(simd, x, first));
                        let g = affine.gamma * passed(simd, relu, affine.z(normal), load(simd, dy, first));
                        store(to, first, dx(g, normal));
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in dy.chunks_exact(channels).enumerate() {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = four(places, |at| affine.normal(load(simd, x, at + first)));
                        let z = four(normal, |normal| affine.z(normal));
                        let maximum = Maximum::of(z);
                        let dz = passed(simd, relu, maximum.choose(z), load(simd, dy, first));
                        let g = maximum.spread(affine.gamma * dz, V::splat(simd, 0.0));
                        for i in 0..4 {
                            store(self.dx, places[i] + first, dx(g[i], normal[i]));
                        }
                    }
                }
            }
        }
    }
    Box::new(move |workers, call| {
        let ([x, stats, gamma, beta, dy, coefficients], [dx]) = call.split();
        workers.each_piece(dx, before * norm.channels, |sample, dx| {
            let x = &x[sample * before * norm.channels..][..before * norm.channels];
            let dy = &dy[sample * after * norm.channels..][..after * norm.channels];
            let coefficients = norm.pair(coefficients, sample);
            let inputs = Inputs { norm, x, parameters: [norm.pair(stats, sample), gamma, beta], dy };
            let mut work = Work { inputs, coefficients, dx };
            dispatch!(workers.level, simd => each(simd, norm.channels, &mut work));
        });
    })
}
