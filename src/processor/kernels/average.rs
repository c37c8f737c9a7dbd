use fearless_simd::dispatch;

use super::{Kernel, constant};
use crate::{average::MAX_AVERAGES, plan::Dispatch};

/// Floats that a thread takes at once.
const PIECE: usize = 1 << 14;

/// v ← v + a · (w − v), for every average of the bank.
pub fn ema(dispatch: &Dispatch) -> Kernel {
    let (length, parameters) = (4 * constant(dispatch, "LENGTH"), 4 * constant(dispatch, "PARAMETERS"));
    Box::new(move |workers, call| {
        let ([w, rates], [bank]) = call.split();
        for (k, average) in bank.chunks_exact_mut(length).enumerate() {
            let (of_parameters, of_buffers) = average.split_at_mut(parameters);
            let parts = [(of_parameters, rates[k], 0), (of_buffers, rates[MAX_AVERAGES + k], parameters)];
            for (v, a, first) in parts {
                workers.each_piece(v, PIECE, |piece, v| {
                    let w = &w[first + piece * PIECE..];
                    dispatch!(workers.level, _simd => update(a, w, v));
                });
            }
        }
    })
}

/// Rates of 0 and 1 are exact whatever both hold.
#[inline(always)]
fn update(a: f32, w: &[f32], v: &mut [f32]) {
    if a == 1.0 {
        v.copy_from_slice(&w[..v.len()]);
    } else if a != 0.0 {
        v.iter_mut().zip(w).for_each(|(v, w)| *v += a * (w - *v));
    }
}
