use crate::{
    layout::pad4,
    plan::Dispatch,
    processor::kernels::{Kernel, constant},
};

/// Height, width and channels without padding of the image whose patches are taken.
fn shape(dispatch: &Dispatch) -> [usize; 3] {
    ["HEIGHT", "WIDTH", "CHANNELS"].map(|name| constant(dispatch, name))
}

/// The 2×2 patches as pixels: the four values of a channel lie together.
pub fn unfold(dispatch: &Dispatch) -> Kernel {
    let [height, width, channels] = shape(dispatch);
    let lanes = pad4(channels);
    let taps = [0, lanes, width * lanes, (width + 1) * lanes];
    Box::new(move |workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, (height - 1) * (width - 1) * 4 * channels, |sample, y| {
            let x = &x[sample * height * width * lanes..];
            for (pixel, y) in y.chunks_exact_mut(4 * channels).enumerate() {
                let (row, column) = (pixel / (width - 1), pixel % (width - 1));
                let x = &x[(row * width + column) * lanes..];
                for (channel, y) in y.chunks_exact_mut(4).enumerate() {
                    y.iter_mut().zip(taps).for_each(|(y, tap)| *y = x[tap + channel]);
                }
            }
        });
    })
}

/// The sum of the patches' gradients at each pixel.
pub fn fold(dispatch: &Dispatch) -> Kernel {
    let [height, width, channels] = shape(dispatch);
    let (lanes, patches) = (pad4(channels), (height - 1) * (width - 1) * 4 * channels);
    Box::new(move |workers, call| {
        let ([dy], [dx]) = call.split();
        workers.each_piece(dx, height * width * lanes, |sample, dx| {
            let dy = &dy[sample * patches..][..patches];
            for (pixel, dx) in dx.chunks_exact_mut(lanes).enumerate() {
                let (row, column) = (pixel / width, pixel % width);
                dx.fill(0.0);
                for (kh, kw) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let r = row.checked_sub(kh).filter(|&r| r < height - 1);
                    let c = column.checked_sub(kw).filter(|&c| c < width - 1);
                    let Some((r, c)) = r.zip(c) else { continue };
                    let dy = &dy[(r * (width - 1) + c) * 4 * channels + 2 * kh + kw..];
                    dx.iter_mut().zip(dy.iter().step_by(4)).take(channels).for_each(|(dx, dy)| *dx += dy);
                }
            }
        });
    })
}
