//! Functions of each number.

use fearless_simd::dispatch;

use super::{super::workers::Workers, Kernel};

/// Floats that a thread takes at once.
const PIECE: usize = 1 << 14;

/// y = f(x).
fn forward(f: impl Fn(f32) -> f32 + Sync + Copy + 'static) -> Kernel {
    #[inline(always)]
    fn work(f: impl Fn(f32) -> f32, x: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x));
    }
    Box::new(move |workers: &Workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, PIECE, |piece, y| {
            dispatch!(workers.level, _simd => work(f, &x[piece * PIECE..], y));
        });
    })
}

/// dx = f(x or y, dy).
fn grad_input(f: impl Fn(f32, f32) -> f32 + Sync + Copy + 'static) -> Kernel {
    #[inline(always)]
    fn work(f: impl Fn(f32, f32) -> f32, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        dx.iter_mut().zip(x.iter().zip(dy)).for_each(|(dx, (&x, &dy))| *dx = f(x, dy));
    }
    Box::new(move |workers: &Workers, call| {
        let ([x, dy], [dx]) = call.split();
        workers.each_piece(dx, PIECE, |piece, dx| {
            let at = piece * PIECE;
            dispatch!(workers.level, _simd => work(f, &x[at..], &dy[at..], dx));
        });
    })
}

/// max(x, 0), which keeps a NaN.
pub fn relu_forward() -> Kernel {
    forward(|x| if x <= 0.0 { 0.0 } else { x })
}

/// dy where y > 0.
pub fn relu_grad_input() -> Kernel {
    grad_input(|y, dy| if y > 0.0 { dy } else { 0.0 })
}

/// The distribution function of the standard normal.
fn normal_cdf(x: f32) -> f32 {
    0.5 * libm::erfcf(-x * std::f32::consts::FRAC_1_SQRT_2)
}

/// x·Φ(x).
pub fn gelu_forward() -> Kernel {
    forward(|x| x * normal_cdf(x))
}

/// dy·(Φ(x) + x·φ(x)).
pub fn gelu_grad_input() -> Kernel {
    let density = |x: f32| 0.398_942_3 * libm::expf(-0.5 * x * x);
    grad_input(move |x, dy| dy * (normal_cdf(x) + x * density(x)))
}
