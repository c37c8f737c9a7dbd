use fearless_simd::{dispatch, prelude::*};

use super::{Kernel, constant, loss::first_greatest, words};
use crate::{layout::pad4, plan::Dispatch, trainer::BatchHeader};

/// Adds the logits of one view of a batch to the sum over its views.
pub fn add_view() -> Kernel {
    Box::new(|_, call| {
        let ([logits, batch], [sum]) = call.split();
        let header = BatchHeader::read(batch);
        for (sum, logit) in sum.iter_mut().zip(logits) {
            let added = header.share * logit;
            *sum = if header.view == 0 { added } else { *sum + added };
        }
    })
}

/// Writes a batch's sums to the ring.
pub fn metrics() -> Kernel {
    Box::new(|_, call| {
        let ([outcome, batch], [ring]) = call.split();
        let [step, count] = [words(batch)[0], words(batch)[1]];
        let (mut loss, mut right) = (0.0, 0.0);
        for outcome in outcome.chunks_exact(2).take(count as usize) {
            loss += outcome[0];
            right += outcome[1];
        }
        let entry = step as usize % (ring.len() / 4);
        ring[4 * entry..][..4].copy_from_slice(&[loss, right, count as f32, f32::from_bits(step)]);
    })
}

/// Notes a few weights after a step.
pub fn probe(dispatch: &Dispatch) -> Kernel {
    let of = |name| constant(dispatch, name);
    let (steps, methods, length, width) = (of("STEPS"), of("METHODS"), of("LENGTH"), of("WIDTH"));
    Box::new(move |_, call| {
        let ([w, bank, indices, batch], [ring]) = call.split();
        let indices = words(indices);
        let entry = words(batch)[0] as usize % steps * indices.len();
        for (p, &index) in indices.iter().enumerate().filter(|(_, index)| **index != u32::MAX) {
            let row = &mut ring[(entry + p) * width..][..methods];
            row[0] = w[index as usize];
            for (k, value) in row[1..].iter_mut().enumerate() {
                *value = bank[k * length + index as usize];
            }
        }
    })
}

/// The class of each sample, and the probability that the network gives it.
pub fn predict(dispatch: &Dispatch) -> Kernel {
    let classes = constant(dispatch, "CLASSES");
    Box::new(move |_, call| {
        let ([logits, batch], [predictions]) = call.split();
        let [step, count] = [words(batch)[0] as usize, words(batch)[1] as usize];
        let lanes = pad4(classes);
        let samples = logits.len() / lanes;
        let predictions = &mut predictions[2 * step * samples..];
        let of_batch = predictions.chunks_exact_mut(2).zip(logits.chunks_exact(lanes));
        for (prediction, z) in of_batch.take(count) {
            let z = &z[..classes];
            let (label, greatest) = first_greatest(z);
            let sum: f32 = z.iter().map(|z| libm::expf(z - greatest)).sum();
            prediction.copy_from_slice(&[f32::from_bits(label as u32), 1.0 / sum]);
        }
    })
}

/// Nothing but multiplications and additions.
pub fn roofline_fma(dispatch: &Dispatch) -> Kernel {
    /// Vectors that one loop takes, of three chains each: as many results as a processor has on the way.
    const VECTORS: usize = 4;
    #[inline(always)]
    fn chains<S: Simd>(simd: S, rounds: usize, coefficients: &[f32], first: usize, out: &mut [f32]) {
        let lanes = S::f32s::LEN;
        let [factor, term] = [0, 1].map(|i| S::f32s::splat(simd, coefficients[i]));
        for (i, out) in out.chunks_mut(VECTORS * lanes).enumerate() {
            let quad = |v: usize, lane: usize| ((first + (i * VECTORS + v) * lanes + lane) / 4) as f32;
            let start = |v: usize, k: f32| S::f32s::from_fn(simd, |lane| quad(v, lane) + k);
            let mut sums: [[S::f32s; 3]; VECTORS] =
                std::array::from_fn(|v| [0.0, 1.0, 2.0].map(|k| start(v, k)));
            for _ in 0..16 * rounds {
                for chains in &mut sums {
                    for a in chains {
                        *a = a.mul_add(factor, term);
                    }
                }
            }
            for (out, [a, b, c]) in out.chunks_mut(lanes).zip(sums) {
                out.copy_from_slice(&(a + b + c).as_slice()[..out.len()]);
            }
        }
    }
    const PIECE: usize = 1 << 12;
    let rounds = constant(dispatch, "ROUNDS");
    Box::new(move |workers, call| {
        let ([coefficients], [out]) = call.split();
        workers.each_piece(out, PIECE, |piece, out| {
            dispatch!(workers.level, simd => chains(simd, rounds, coefficients, piece * PIECE, out));
        });
    })
}
