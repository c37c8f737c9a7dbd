use emascope::{layers::kernels as k, network::LayerSpec, reference as r};

use crate::{
    IMAGES, check_golden, check_twins,
    common::{golden::Golden, lab::Lab},
};

#[test]
fn kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (x, dy) = (lab.image(image), lab.image(image));
        let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
        let [y, dx] = [(); 2].map(|()| lab.output(image.size()));
        let outcome = lab.run(&[k::relu_forward(x_view, y), k::relu_grad_input(y, dy_view, dx)]);
        let expected = r::relu_forward(&x);
        outcome.expect(&format!("relu_forward {image:?}"), y, &expected, 0.0);
        outcome.expect(&format!("relu_grad_input {image:?}"), dx, &r::relu_grad_input(&expected, &dy), 0.0);
    }
}

#[test]
fn nan_is_kept() {
    let mut lab = Lab::open();
    // The second is what a processor makes of ∞ − ∞.
    let x = lab.bytes(&[f32::NAN, f32::from_bits(0xffc0_0000), f32::INFINITY, 2.0]);
    let below = lab.bytes(&[f32::NEG_INFINITY, -1.0, -0.0, -1e-40]);
    let [y, zeros] = [(); 2].map(|()| lab.output(4));
    let outcome = lab.run(&[k::relu_forward(x, y), k::relu_forward(below, zeros)]);
    let values = outcome.read(y);
    assert!(values[0].is_nan() && values[1].is_nan() && values[2..] == [f32::INFINITY, 2.0], "{values:?}");
    assert_eq!(outcome.read(zeros), [0.0; 4]);
}

#[test]
fn gradient() {
    check_twins(&LayerSpec::Relu, r::Image { n: 2, h: 3, w: 3, c: 5 });
}

#[test]
fn no_gradient_at_the_kink() {
    assert_eq!(r::relu_grad_input(&r::relu_forward(&[0.0, -0.0]), &[1.0, 1.0]), [0.0, 0.0]);
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/relu.safetensors");
    check_golden(&golden, "relu", 0.0, |_, [x, dy, y, dx]| {
        [k::relu_forward(x, y), k::relu_grad_input(y, dy, dx)]
    });
}
