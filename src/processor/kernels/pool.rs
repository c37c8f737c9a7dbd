use super::{Kernel, constant};
use crate::plan::Dispatch;

/// An image as memory has it.
#[derive(Clone, Copy)]
struct Image {
    height: usize,
    width: usize,
    channels: usize,
}

impl Image {
    fn of(dispatch: &Dispatch) -> Self {
        let of = |name| constant(dispatch, name);
        Self { height: of("HEIGHT"), width: of("WIDTH"), channels: 4 * of("QUADS") }
    }

    fn size(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Floats of the image after pooling.
    fn pooled(self) -> usize {
        self.height / 2 * (self.width / 2) * self.channels
    }

    /// Where the four values of each window are, in the order of the pooled image.
    fn windows(self) -> impl Iterator<Item = [usize; 4]> {
        let Self { height, width, channels } = self;
        (0..height / 2).flat_map(move |row| {
            (0..width / 2 * channels).map(move |i| {
                let at = (2 * row * width + 2 * (i / channels)) * channels + i % channels;
                let below = at + width * channels;
                [at, at + channels, below, below + channels]
            })
        })
    }
}

/// The maximum of each window.
pub fn max_pool_forward(dispatch: &Dispatch) -> Kernel {
    let image = Image::of(dispatch);
    Box::new(move |workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, image.pooled(), |sample, y| {
            let x = &x[sample * image.size()..][..image.size()];
            for (y, at) in y.iter_mut().zip(image.windows()) {
                *y = at.iter().map(|&at| x[at]).reduce(|a, b| if a >= b { a } else { b }).expect("four");
            }
        });
    })
}

/// The gradient to the first maximum of each window.
pub fn max_pool_grad_input(dispatch: &Dispatch) -> Kernel {
    let image = Image::of(dispatch);
    Box::new(move |workers, call| {
        let ([x, dy], [dx]) = call.split();
        workers.each_piece(dx, image.size(), |sample, dx| {
            let x = &x[sample * image.size()..][..image.size()];
            let dy = &dy[sample * image.pooled()..][..image.pooled()];
            dx.fill(0.0);
            for (&dy, at) in dy.iter().zip(image.windows()) {
                let first = at.into_iter().reduce(|best, at| if x[best] >= x[at] { best } else { at });
                dx[first.expect("four")] = dy;
            }
        });
    })
}

/// The mean of each channel over an image.
pub fn global_average_pool_forward(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, channels, |sample, y| {
            y.fill(0.0);
            for pixel in x[sample * pixels * channels..].chunks_exact(channels).take(pixels) {
                y.iter_mut().zip(pixel).for_each(|(y, x)| *y += x);
            }
            y.iter_mut().for_each(|y| *y /= pixels as f32);
        });
    })
}

/// dy / pixels, to each pixel.
pub fn global_average_pool_grad_input(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |workers, call| {
        let ([dy], [dx]) = call.split();
        workers.each_piece(dx, pixels * channels, |sample, dx| {
            let dy = &dy[sample * channels..][..channels];
            for pixel in dx.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy / pixels as f32);
            }
        });
    })
}

/// The maximum of each channel over an image.
pub fn global_max_pool_forward(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, channels, |sample, y| {
            let x = &x[sample * pixels * channels..][..pixels * channels];
            y.copy_from_slice(&x[..channels]);
            for pixel in x.chunks_exact(channels).skip(1) {
                y.iter_mut().zip(pixel).for_each(|(y, &x)| *y = if *y >= x { *y } else { x });
            }
        });
    })
}

/// The gradient to the first maximum of each channel.
pub fn global_max_pool_grad_input(dispatch: &Dispatch) -> Kernel {
    let (channels, pixels) = (4 * constant(dispatch, "QUADS"), constant(dispatch, "PIXELS"));
    Box::new(move |workers, call| {
        let ([x, dy], [dx]) = call.split();
        workers.each_piece(dx, pixels * channels, |sample, dx| {
            let x = &x[sample * pixels * channels..][..pixels * channels];
            dx.fill(0.0);
            for (channel, dy) in dy[sample * channels..][..channels].iter().enumerate() {
                let values = (channel..x.len()).step_by(channels);
                let first = values.reduce(|best, at| if x[best] >= x[at] { best } else { at });
                dx[first.expect("a pixel")] = *dy;
            }
        });
    })
}
