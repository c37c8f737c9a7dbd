use emascope::{layers::kernels as k, network::LayerSpec, reference as r};

use crate::{
    GOLDEN_TOLERANCE, check_golden, check_twins,
    common::{golden::Golden, lab::Lab},
};

#[test]
fn kernels() {
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
fn gradient() {
    check_twins(&LayerSpec::Gelu, r::Image { n: 2, h: 3, w: 3, c: 5 });
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/gelu.safetensors");
    check_golden(&golden, "gelu", GOLDEN_TOLERANCE, |_, [x, dy, y, dx]| {
        [k::gelu_forward(x, y), k::gelu_grad_input(x, dy, dx)]
    });
}
