//! A dense layer is a 1×1 convolution; its kernels are tested in `conv.rs`.

use crate::{common::golden::Golden, conv::check_golden_conv};

#[test]
fn golden_values() {
    check_golden_conv(&Golden::open("layers/dense.safetensors"), "linear", 1);
}
