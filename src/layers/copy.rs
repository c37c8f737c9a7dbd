use super::*;
use crate::{gpu::Kernel, kernel};

/// `shaders/copy.wgsl`: x, y of one size.
pub fn copy(x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("copy");
    Dispatch::new(&KERNEL, &[], [read(x), read_write(y)], (x.bytes / 16).div_ceil(256) as usize * 64)
}
