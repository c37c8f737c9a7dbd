//! Each layer, a file each: its kernels, in every variant, against its twins in `src/reference`, at odd shapes and with outputs
//! that start as NaN; its backward twins against finite differences of its forward twins; its kernels against what PyTorch
//! computes (`tests/golden/README.md`).

#[path = "../common/mod.rs"]
mod common;

automod::dir!("tests/layers");

use common::{golden::Golden, lab::Lab};
use emascope::{
    network::LayerSpec,
    plan::{Dispatch, View},
    reference::{Image, layer_twins},
};

use differences::{Noise, assert_padding_is_zero, check_gradient, project};

/// Largest difference from a twin, relative to the largest expected value of a tensor (at least 1).
const TOLERANCE: f64 = 2e-6;

/// Largest difference from PyTorch, relative to the largest expected value of a tensor (at least 1): a few roundings of sums
/// of some hundred terms. Float32 PyTorch differs from float64 PyTorch by about as much.
const GOLDEN_TOLERANCE: f64 = 1e-6;

const IMAGES: [Image; 5] = [
    Image { n: 1, h: 1, w: 1, c: 1 },
    Image { n: 3, h: 5, w: 7, c: 6 },
    Image { n: 2, h: 8, w: 8, c: 16 },
    Image { n: 5, h: 2, w: 3, c: 10 },
    Image { n: 1, h: 9, w: 16, c: 4 },
];

/// Checks the gradient twin of a layer without parameters against differences of its forward twin, and that padding stays
/// zero.
fn check_twins(layer: &LayerSpec, image: Image) {
    let name = format!("{layer:?} of {image:?}");
    let twins = layer_twins(layer).expect("a layer without parameters");
    let forward = |x: &[f64]| (twins.forward)(image, x);
    let mut noise = Noise::new(6);
    let (x, dy) = (noise.image(image), noise.image((twins.output)(image)));
    let y = forward(&x);
    let dx = (twins.grad_input)(image, [&x, &y, &dy]);
    assert_padding_is_zero(&name, image.c, &y);
    assert_padding_is_zero(&name, image.c, &dx);
    check_gradient(&name, &[x], |i| project(&forward(&i[0]), &dy), &[dx]);
}

/// Runs the kernels of a layer without parameters on `<name>.x` and `<name>.dy` of a golden file and compares y and dx.
/// `kernels` gets the shape of x, and x, dy, y and dx.
fn check_golden(
    golden: &Golden,
    name: &str,
    tolerance: f64,
    kernels: impl FnOnce(Image, [View; 4]) -> [Dispatch; 2],
) {
    let (input, output) = (golden.image(&format!("{name}.x")), golden.image(&format!("{name}.y")));
    let mut lab = Lab::open();
    let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
    let [y, dx] = [output, input].map(|image| lab.output(image.size()));
    let outcome = lab.run(&kernels(input, [x, dy, y, dx]));
    for (tensor, view) in [("y", y), ("dx", dx)] {
        let name = format!("{name}.{tensor}");
        outcome.expect(&name, view, &golden.activations(&name), tolerance);
    }
}
