use emascope::{layers::kernels as k, reference as r};

use crate::{IMAGES, common::lab::Lab};

#[test]
fn element_wise_kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (a, b) = (lab.image(image), lab.image(image));
        let [a_view, b_view] = [&a, &b].map(|values| lab.input(values));
        let [sum, y, dx] = [(); 3].map(|()| lab.output(image.size()));
        let outcome = lab.run(&[
            k::add(a_view, b_view, sum),
            k::relu_forward(a_view, y),
            k::relu_grad_input(y, b_view, dx),
        ]);
        outcome.expect(&format!("add {image:?}"), sum, &r::add(&a, &b), 1e-7);
        let expected = r::relu_forward(&a);
        outcome.expect(&format!("relu_forward {image:?}"), y, &expected, 0.0);
        outcome.expect(&format!("relu_grad_input {image:?}"), dx, &r::relu_grad_input(&expected, &b), 0.0);
    }
}

#[test]
fn gelu() {
    let mut lab = Lab::open();
    // Both pieces of the distribution function, where they meet, and its tails.
    let x: Vec<f64> = (-1024..1024).map(|i| f64::from(i) / 128.0).chain([-40.0, 40.0, -1e30, 1e30]).collect();
    let mut draw = lab.draw();
    let dy: Vec<f64> = x.iter().map(|_| draw()).collect();
    let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
    let [y, dx] = [(); 2].map(|()| lab.output(x.len()));
    let [nan, kept] = [lab.input(&[f64::NAN; 4]), lab.output(4)];
    let plan =
        [k::gelu_forward(x_view, y), k::gelu_grad_input(x_view, dy_view, dx), k::gelu_forward(nan, kept)];
    let outcome = lab.run(&plan);
    for (i, (actual, expected)) in outcome.read(y).into_iter().zip(r::gelu_forward(&x)).enumerate() {
        let error = (f64::from(actual) - expected).abs();
        assert!(error <= 4e-7 * expected.abs().max(1.0), "gelu({}) = {actual}, expected {expected}", x[i]);
    }
    outcome.expect("gelu_grad_input", dx, &r::gelu_grad_input(&x, &dy), 1e-6);
    assert!(outcome.read(kept).iter().all(|value| value.is_nan()));
}

#[test]
fn relu_keeps_nan() {
    let mut lab = Lab::open();
    // A processor makes the second of ∞ − ∞.
    let x = lab.bytes(&[f32::NAN, f32::from_bits(0xffc0_0000), f32::INFINITY, 2.0]);
    let below = lab.bytes(&[f32::NEG_INFINITY, -1.0, -0.0, -1e-40]);
    let [y, zeros] = [(); 2].map(|()| lab.output(4));
    let outcome = lab.run(&[k::relu_forward(x, y), k::relu_forward(below, zeros)]);
    let values = outcome.read(y);
    assert!(values[0].is_nan() && values[1].is_nan() && values[2..] == [f32::INFINITY, 2.0], "{values:?}");
    assert_eq!(outcome.read(zeros), [0.0; 4]);
}
