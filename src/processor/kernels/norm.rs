//! Batch and group norm: what both do with statistics, and the statistics of each.

use fearless_simd::dispatch;

use super::{
    Kernel,
    block::{Channels, each, load, map, store},
    constant, number,
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

/// Σ dz and Σ dz · x̂ over each chunk.
pub fn norm_grad_sums(dispatch: &Dispatch) -> Kernel {
    let norm = Norm::of(dispatch);
    let chunks = constant(dispatch, "CHUNKS");
    let share = norm
        .pooled
        .map_or_else(|| constant(dispatch, "PIXELS"), |(height, width)| height / 2 * (width / 2) / chunks);
    struct Work<'a> {
        norm: Norm,
        /// The first window of the chunk.
        window: usize,
        x: &'a [f32],
        stats: &'a [f32],
        gamma: &'a [f32],
        beta: &'a [f32],
        dy: &'a [f32],
        partial: &'a mut [f32],
    }
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let Norm { channels, relu, pooled, .. } = self.norm;
            let affine = Affine::<B>::load(first, channels, self.stats, self.gamma, self.beta);
            let (mut s1, mut s2) = ([0.0; B], [0.0; B]);
            let mut add = |dz: [f32; B], normal: [f32; B]| {
                for c in 0..B {
                    s1[c] += dz[c];
                    s2[c] += dz[c] * normal[c];
                }
            };
            match pooled {
                None => {
                    for (x, dy) in self.x.chunks_exact(channels).zip(self.dy.chunks_exact(channels)) {
                        let normal = affine.normal(load(x, first));
                        let (z, dy) = (affine.z(normal), load::<B>(dy, first));
                        add(map(|c| passed(relu, z[c], dy[c])), normal);
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in (self.window..).zip(self.dy.chunks_exact(channels)) {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = places.map(|at| affine.normal(load(self.x, at + first)));
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
            let mut work = Work { norm, window, x, stats, gamma, beta, dy, partial };
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
        norm: Norm,
        x: &'a [f32],
        stats: &'a [f32],
        gamma: &'a [f32],
        beta: &'a [f32],
        dy: &'a [f32],
        coefficients: &'a [f32],
        dx: &'a mut [f32],
    }
    impl Channels for Work<'_> {
        #[inline(always)]
        fn take<const B: usize>(&mut self, first: usize) {
            let Norm { channels, relu, pooled, .. } = self.norm;
            let affine = Affine::<B>::load(first, channels, self.stats, self.gamma, self.beta);
            let c1: [f32; B] = load(self.coefficients, first);
            let c2: [f32; B] = load(self.coefficients, channels + first);
            let dx = |g: [f32; B], normal: [f32; B]| -> [f32; B] {
                map(|c| affine.inv_std[c] * (g[c] - c1[c] - normal[c] * c2[c]))
            };
            match pooled {
                None => {
                    let pixels = self.x.chunks_exact(channels).zip(self.dy.chunks_exact(channels));
                    for ((x, dy), to) in pixels.zip(self.dx.chunks_exact_mut(channels)) {
                        let normal = affine.normal(load(x, first));
                        let (z, dy) = (affine.z(normal), load::<B>(dy, first));
                        let g = map(|c| affine.gamma[c] * passed(relu, z[c], dy[c]));
                        store::<B>(to, first, dx(g, normal));
                    }
                }
                Some((_, width)) => {
                    for (i, dy) in self.dy.chunks_exact(channels).enumerate() {
                        let places = window(width, channels, i / (width / 2), i % (width / 2));
                        let normal = places.map(|at| affine.normal(load(self.x, at + first)));
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
            let mut work = Work { norm, x, stats, gamma, beta, dy, coefficients, dx };
            dispatch!(workers.level, _simd => each(norm.channels, &mut work));
        });
    })
}

/// Batch statistics from those of the chunks, and the update of the running buffers.
pub fn batch_norm_finish(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    let epsilon = number(dispatch, "EPSILON") as f32;
    Box::new(move |_, call| {
        let ([partial, batch], [stats, running_mean, running_var]) = call.split();
        let momentum = batch[6];
        let size = pixels as f32;
        for c in 0..channels {
            let mut parts = partial.chunks_exact(2 * channels).map(|part| (part[c], part[channels + c]));
            let (mut mean, mut m2) = parts.next().expect("a chunk");
            let mut count = size;
            for (part_mean, part_m2) in parts {
                let d = part_mean - mean;
                let total = count + size;
                mean += d * (size / total);
                m2 += part_m2 + d * d * (count * size / total);
                count = total;
            }
            stats[c] = mean;
            stats[channels + c] = 1.0 / (m2 / count + epsilon).sqrt();
            // A momentum of 1 copies, and keeps nothing of what was there.
            let update =
                |old: f32, new: f32| if momentum == 1.0 { new } else { old + momentum * (new - old) };
            running_mean[c] = update(running_mean[c], mean);
            running_var[c] = update(running_var[c], m2 / (count - 1.0));
        }
    })
}

/// The statistics of the running buffers.
pub fn batch_norm_running(dispatch: &Dispatch) -> Kernel {
    let channels = 4 * constant(dispatch, "QUADS");
    let epsilon = number(dispatch, "EPSILON") as f32;
    Box::new(move |_, call| {
        let ([running_mean, running_var], [stats]) = call.split();
        let (mean, inv_std) = stats.split_at_mut(channels);
        mean.copy_from_slice(&running_mean[..channels]);
        let var = running_var.iter().map(|var| 1.0 / (var + epsilon).sqrt());
        inv_std.iter_mut().zip(var).for_each(|(to, value)| *to = value);
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

/// dγ, dβ, and the coefficients of batch norm's input gradient.
pub fn batch_norm_grad_finish(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |_, call| {
        let ([partial, gamma], [dgamma, dbeta, coefficients]) = call.split();
        add_pairs(partial, channels, dbeta, dgamma);
        let count = (partial.len() / (2 * channels) * pixels) as f32;
        for c in 0..channels {
            let scale = gamma[c] / count;
            coefficients[c] = scale * dbeta[c];
            coefficients[channels + c] = scale * dgamma[c];
        }
    })
}

/// dγ and dβ of group norm.
pub fn norm_grad_parameters(dispatch: &Dispatch) -> Kernel {
    let channels = 4 * constant(dispatch, "QUADS");
    Box::new(move |_, call| {
        let ([partial], [dgamma, dbeta]) = call.split();
        add_pairs(partial, channels, dbeta, dgamma);
    })
}

/// The groups of channels that a dispatch is about.
#[derive(Clone, Copy)]
struct Groups {
    /// In memory.
    lanes: usize,
    channels: usize,
    size: usize,
    /// Of a sample, and their pixels.
    chunks: usize,
    pixels: usize,
}

impl Groups {
    fn of(dispatch: &Dispatch) -> Self {
        let channels = constant(dispatch, "CHANNELS");
        Self {
            lanes: 4 * constant(dispatch, "QUADS"),
            channels,
            size: channels / constant(dispatch, "GROUPS"),
            chunks: constant(dispatch, "CHUNKS"),
            pixels: constant(dispatch, "PIXELS"),
        }
    }

    /// The pairs (first, second, channel) of the group of channel `c` in the chunks of `sample`.
    fn pairs(
        self,
        partial: &[f32],
        sample: usize,
        c: usize,
    ) -> impl Iterator<Item = (f32, f32, usize)> + Clone {
        let first = c / self.size * self.size;
        let row = 2 * self.lanes;
        let chunks = partial[sample * self.chunks * row..].chunks_exact(row).take(self.chunks);
        chunks
            .flat_map(move |part| (first..first + self.size).map(move |c| (part[c], part[self.lanes + c], c)))
    }
}

/// The statistics of each sample's groups.
pub fn group_norm_finish(dispatch: &Dispatch) -> Kernel {
    let groups = Groups::of(dispatch);
    let epsilon = number(dispatch, "EPSILON") as f32;
    Box::new(move |_, call| {
        let ([partial], [stats]) = call.split();
        for (sample, stats) in stats.chunks_exact_mut(2 * groups.lanes).enumerate() {
            stats.fill(0.0);
            let parts = (groups.chunks * groups.size) as f32;
            let pixels = groups.pixels as f32;
            for c in 0..groups.channels {
                let pairs = groups.pairs(partial, sample, c);
                let mean = pairs.clone().map(|(mean, ..)| mean).sum::<f32>() / parts;
                let m2: f32 = pairs.map(|(of_part, m2, _)| m2 + pixels * (of_part - mean).powi(2)).sum();
                stats[c] = mean;
                stats[groups.lanes + c] = 1.0 / (m2 / (parts * pixels) + epsilon).sqrt();
            }
        }
    })
}

/// The coefficients of group norm's input gradient.
pub fn group_norm_grad_finish(dispatch: &Dispatch) -> Kernel {
    let groups = Groups::of(dispatch);
    Box::new(move |_, call| {
        let ([partial, gamma], [coefficients]) = call.split();
        for (sample, coefficients) in coefficients.chunks_exact_mut(2 * groups.lanes).enumerate() {
            coefficients.fill(0.0);
            let values = (groups.size * groups.chunks * groups.pixels) as f32;
            for c in 0..groups.channels {
                let (mut s1, mut s2) = (0.0, 0.0);
                for (one, two, channel) in groups.pairs(partial, sample, c) {
                    s1 += gamma[channel] * one;
                    s2 += gamma[channel] * two;
                }
                coefficients[c] = s1 / values;
                coefficients[groups.lanes + c] = s2 / values;
            }
        }
    })
}
