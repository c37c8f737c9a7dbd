//! A copy of a tensor from one storage to another.

use crate::{
    kernel,
    plan::{Dispatch, Kernel, Storage, View, read, read_write},
};

/// `shaders/tensor/copy.wgsl`: x, y of one size.
pub fn copy(x: View, y: View) -> Dispatch {
    static KERNEL: Kernel = kernel!("tensor", "copy");
    // Only software adapters keep tensors in textures.
    let processor = [x, y].iter().any(|view| view.slot.storage() == Storage::Texels);
    let apart = if processor { 1 } else { 64 };
    let invocations = (x.bytes / 16).div_ceil(4 * apart) * apart;
    Dispatch::new(&KERNEL, &[("APART", apart as usize)], [read(x), read_write(y)], invocations as usize)
}
