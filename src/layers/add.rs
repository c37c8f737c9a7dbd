//! The sum of two tensors.

use crate::{
    kernel,
    plan::{Dispatch, Kernel, View, read, read_write},
};

/// `shaders/tensor/add.wgsl`: y = a + b, all of one size.
pub fn add(a: View, b: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("tensor", "add");
    Dispatch::new(&KERNEL, &[], [read(a), read(b), read_write(y)], (y.bytes / 16).div_ceil(4) as usize)
}
