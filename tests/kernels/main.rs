//! The kernels that are not part of a layer against their twins in `src/reference`. Outputs start as NaN, so that an unwritten
//! value fails. The files are the groups of `shaders/`; the kernels of layers are tested in `tests/layers/`.

#[path = "../common/mod.rs"]
mod common;

automod::dir!("tests/kernels");

/// Largest difference, relative to the largest expected value of a tensor (at least 1).
const TOLERANCE: f64 = 2e-6;
