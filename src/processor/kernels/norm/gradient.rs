use fearless_simd::dispatch;

use super::{
    super::{
        Kernel,
        block::{Channels, each, load, map, store},
        constant,
    },
    Affine, Norm, maximum, passed, window,
};
use crate::plan::Dispatch;

/// Of a window, the first maximum's place, and that maximum, for each channel.
#[inline(always)]
fn first_maximum<const B: usize>(z: [[f32; B]; 4]) -> ([[bool; B]; 4], [f32; B]) {
    let top: [f32; B] = map(|c| maximum(z[0][c], z[1][c]));
    let bottom: [f32; B] = map(|c| maximum(z[2][c], z[3][c]));
    let in_top: [bool; B] = std::array::from_fn(|c| top[c] >= bottom[c]);
    let places = [
        std::array::from_fn(|c| in_top[c] & (z[0][c] >= z[1][c])),
        std::array::from_fn(|c| in_top[c] & (z[0][c] < z[1][c])),
        std::array::from_fn(|c| !in_top[c] & (z[2][c] >= z[3][c])),
        std::array::from_fn(|c| !in_top[c] & (z[2][c] < z[3][c])),
    ];
    (places, map(|c| maximum(top[c], bottom[c])))
}

/// What the gradient of a sample, or of a chunk of it, is made of.
struct Inputs<'a> {
    norm: Norm,
    x: &'a [f32],
    stats: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    dy: &'a [f32],
}

impl Inputs<'_> {
    #[inline(always)]
    fn affine<const B: usize>(&self, first: usize) -> Affine<B> {
        Affine::load(first, self.norm.channels, self.stats, self.gamma, self.beta)
    }
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
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let Norm { channels, relu, pooled, .. } = self.inputs.norm;
            let affine = self.inputs.affine::<B>(first);
            let (mut s1, mut s2) = ([0.0; B], [0.0; B]);
            let mut add = |dz: [f32; B], normal: [f32; B]| {
                for c in 0..B {
                    s1[c] += dz[c];
                    s2[c] += dz[c] * normal[c];
                }
            };
            match pooled {
                None => {
                    for (x, dy) in
                        self.inputs.x.chunks_exact(channels).zip(self.inputs.dy.chunks_exact(channels))
                    {
                        let normal = affine.normal(load(x, first));
                        let (z, dy) = (affine.z(normal), load::<B>(dy, first));
                        add(map(|c| passed(relu, z[c], dy[c])), normal);
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in (self.window..).zip(self.inputs.dy.chunks_exact(channels)) {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = places.map(|at| affine.normal(load(self.inputs.x, at + first)));
                        let (at, greatest) = first_maximum(normal.map(|normal| affine.z(normal)));
                        let dy = load::<B>(dy, first);
                        let chosen = map(|c| {
                            if at[0][c] {
                                normal[0][c]
                            } else if at[1][c] {
                                normal[1][c]
                            } else if at[2][c] {
                                normal[2][c]
                            } else {
                                normal[3][c]
                            }
                        });
                        add(map(|c| passed(relu, greatest[c], dy[c])), chosen);
                    }
                }
            }
            store::<B>(self.partial, first, s1);
            store::<B>(self.partial, channels + first, s2);
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
            let stats = norm.pair(stats, sample);
            let inputs = Inputs { norm, x, stats, gamma, beta, dy };
            let mut work = Work { inputs, window, partial };
            dispatch!(workers.level, _simd => each(norm.channels, &mut work));
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
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let Norm { channels, relu, pooled, .. } = self.inputs.norm;
            let affine = self.inputs.affine::<B>(first);
            let c1: [f32; B] = load(self.coefficients, first);
            let c2: [f32; B] = load(self.coefficients, channels + first);
            let dx = |g: [f32; B], normal: [f32; B]| -> [f32; B] {
                map(|c| affine.inv_std[c] * (g[c] - c1[c] - normal[c] * c2[c]))
            };
            match pooled {
                None => {
                    let pixels =
                        self.inputs.x.chunks_exact(channels).zip(self.inputs.dy.chunks_exact(channels));
                    for ((x, dy), to) in pixels.zip(self.dx.chunks_exact_mut(channels)) {
                        let normal = affine.normal(load(x, first));
                        let (z, dy) = (affine.z(normal), load::<B>(dy, first));
                        let g = map(|c| affine.gamma[c] * passed(relu, z[c], dy[c]));
                        store::<B>(to, first, dx(g, normal));
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in self.inputs.dy.chunks_exact(channels).enumerate() {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = places.map(|at| affine.normal(load(self.inputs.x, at + first)));
                        let (is_first, greatest) = first_maximum(normal.map(|normal| affine.z(normal)));
                        let dy = load::<B>(dy, first);
                        let g: [f32; B] = map(|c| affine.gamma[c] * passed(relu, greatest[c], dy[c]));
                        for ((at, normal), is_first) in places.into_iter().zip(normal).zip(is_first) {
                            let g = map(|c| if is_first[c] { g[c] } else { 0.0 });
                            store::<B>(self.dx, at + first, dx(g, normal));
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
            let (stats, coefficients) = (norm.pair(stats, sample), norm.pair(coefficients, sample));
            let inputs = Inputs { norm, x, stats, gamma, beta, dy };
            let mut work = Work { inputs, coefficients, dx };
            dispatch!(workers.level, _simd => each(norm.channels, &mut work));
        });
    })
}
