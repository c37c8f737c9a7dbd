//! Each kernel, and each of its variants, against its twin in `src/reference`, at odd shapes. Outputs start as NaN, so that
//! an unwritten value fails. The files are the groups of `shaders/`.

mod activation;
mod average;
mod batch;
#[path = "../common/mod.rs"]
mod common;
mod conv;
mod measure;
mod norm;
mod optim;
mod pool;

use emascope::reference::Image;

/// Largest difference, relative to the largest expected value of a tensor (at least 1).
const TOLERANCE: f64 = 2e-6;

const IMAGES: [Image; 5] = [
    Image { n: 1, h: 1, w: 1, c: 1 },
    Image { n: 3, h: 5, w: 7, c: 6 },
    Image { n: 2, h: 8, w: 8, c: 16 },
    Image { n: 5, h: 2, w: 3, c: 10 },
    Image { n: 1, h: 9, w: 16, c: 4 },
];

/// The parts of a batch header that kernels outside the trainer's own tests read.
fn batch(count: u32, momentum: f32) -> [u32; 8] {
    [3, count, 0, 0, 0, 0, momentum.to_bits(), 0]
}
