use bytemuck::AnyBitPattern;
use fearless_simd::dispatch;

use super::Kernel;
use crate::{
    optim::{AdamHeader, SgdHeader},
    trainer::BatchHeader,
};

/// Adam and AdamW.
pub fn adam() -> Kernel {
    Box::new(|workers, call| {
        let ([gradients, header], [w, m, v]) = call.split();
        let header: AdamHeader = read(header);
        dispatch!(workers.level, _simd => update(&header, gradients, w, m, v));
    })
}

/// Stochastic gradient descent with momentum.
pub fn sgd() -> Kernel {
    Box::new(|workers, call| {
        let ([gradients, header], [w, b]) = call.split();
        let header: SgdHeader = read(header);
        dispatch!(workers.level, _simd => descend(&header, gradients, w, b));
    })
}

/// The slow weights on their way to the weights, and the weights back to them.
pub fn lookahead() -> Kernel {
    Box::new(|workers, call| {
        let ([batch], [w, v]) = call.split();
        let a = BatchHeader::read(batch).lookahead;
        if a >= 0.0 {
            dispatch!(workers.level, _simd => look_ahead(a, w, v));
        }
    })
}

/// The header at the beginning of a section.
fn read<H: AnyBitPattern>(section: &[f32]) -> H {
    *bytemuck::from_bytes(bytemuck::cast_slice(&section[..size_of::<H>() / 4]))
}

#[inline(always)]
fn descend(h: &SgdHeader, gradients: &[f32], w: &mut [f32], b: &mut [f32]) {
    for ((w, gradient), b) in w.iter_mut().zip(gradients).zip(b.iter_mut()) {
        let g = gradient + h.decay * *w;
        *b = h.momentum * *b + g;
        let step = if h.nesterov == 1.0 { g + h.momentum * *b } else { *b };
        *w -= h.lr * step;
    }
}

#[inline(always)]
fn look_ahead(a: f32, w: &mut [f32], v: &mut [f32]) {
    for (w, v) in w.iter_mut().zip(v) {
        *v = if a == 1.0 { *w } else { *v + a * (*w - *v) };
        *w = *v;
    }
}

#[inline(always)]
fn update(h: &AdamHeader, gradients: &[f32], w: &mut [f32], m: &mut [f32], v: &mut [f32]) {
    let moments = m.iter_mut().zip(v.iter_mut());
    for ((w, gradient), (m, v)) in w.iter_mut().zip(gradients).zip(moments) {
        let g = gradient + h.coupled * *w;
        *m += h.one_minus_beta1 * (g - *m);
        *v = h.beta2 * *v + h.one_minus_beta2 * g * g;
        let denominator = v.sqrt() * h.inv_sqrt_bias2 + h.epsilon;
        let update = if denominator == 0.0 { 0.0 } else { h.step_size * *m / denominator };
        *w = *w - h.decoupled * *w - update;
    }
}
