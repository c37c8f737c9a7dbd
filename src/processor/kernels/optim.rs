use fearless_simd::dispatch;

use super::Kernel;
use crate::optim::AdamHeader;

/// Adam and AdamW.
pub fn adam() -> Kernel {
    Box::new(|workers, call| {
        let ([gradients, header], [w, m, v]) = call.split();
        let size = size_of::<AdamHeader>() / 4;
        let header: AdamHeader = *bytemuck::from_bytes(bytemuck::cast_slice(&header[..size]));
        dispatch!(workers.level, _simd => update(&header, gradients, w, m, v));
    })
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
