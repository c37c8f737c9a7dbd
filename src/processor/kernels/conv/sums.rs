use crate::{
    plan::Dispatch,
    processor::kernels::{Kernel, constant},
};

/// Sums over chunks of pixels.
pub fn channel_sums(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |workers, call| {
        let ([dy], [partial]) = call.split();
        workers.each_piece(partial, channels, |chunk, sums| {
            sums.fill(0.0);
            for pixel in dy.chunks_exact(channels).skip(chunk * pixels).take(pixels) {
                sums.iter_mut().zip(pixel).for_each(|(sum, dy)| *sum += dy);
            }
        });
    })
}

/// The rows of four words that a dispatch has in its uniform buffer, one for each row of workgroups.
fn rows(dispatch: &Dispatch) -> Vec<[usize; 4]> {
    let rows = dispatch.uniform.chunks_exact(4).take(dispatch.workgroups[1] as usize);
    rows.map(|row| std::array::from_fn(|i| row[i] as usize)).collect()
}

/// The weights of convolutions, flipped and transposed.
pub fn conv_flip(dispatch: &Dispatch) -> Kernel {
    let convolutions = rows(dispatch);
    Box::new(move |_, call| {
        let ([w], [flipped]) = call.split();
        for &[first, inputs, outputs, taps] in &convolutions {
            let blocks = inputs * outputs;
            for i in 0..taps * blocks {
                let (input, output, tap) = (i % inputs, i / inputs % outputs, taps - 1 - i / blocks);
                let from = &w[16 * (first + tap * blocks + input * outputs + output)..][..16];
                let to = &mut flipped[16 * (first + i)..][..16];
                (0..16).for_each(|at| to[at] = from[at % 4 * 4 + at / 4]);
            }
        }
    })
}

/// Adds partial results in order.
pub fn sum_chunks(dispatch: &Dispatch) -> Kernel {
    let sums = rows(dispatch);
    Box::new(move |workers, call| {
        let ([partial], [out]) = call.split();
        for &[first, chunks, to, length] in &sums {
            let (partial, out) = (&partial[4 * first..], &mut out[4 * to..4 * (to + length)]);
            const PIECE: usize = 4096;
            workers.each_piece(out, PIECE, |piece, out| {
                out.fill(0.0);
                for part in partial.chunks_exact(4 * length).take(chunks) {
                    let part = &part[piece * PIECE..];
                    out.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                }
            });
        }
    })
}
