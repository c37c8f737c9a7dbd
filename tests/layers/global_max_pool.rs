use emascope::{
    layers::kernels as k,
    network::LayerSpec,
    reference::{self as r, Image},
};

use crate::{
    IMAGES, check_golden, check_twins,
    common::{golden::Golden, lab::Lab},
};

#[test]
fn kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        // Few distinct values, so that an image has equal maxima.
        let x: Vec<f64> = lab.image(image).iter().map(|x| (2.0 * x).round()).collect();
        let dy = lab.image(image.averaged());
        let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
        let [y, dx] = [image.averaged(), image].map(|image| lab.output(image.size()));
        let outcome = lab.run(&[
            k::global_max_pool_forward(image, x_view, y),
            k::global_max_pool_grad_input(image, x_view, dy_view, dx),
        ]);
        let what = format!("{image:?}");
        outcome.expect(&what, y, &r::global_max_pool_forward(image, &x), 0.0);
        outcome.expect(&what, dx, &r::global_max_pool_grad_input(image, &x, &dy), 0.0);
    }
}

#[test]
fn gradient() {
    for (n, h, w, c) in [(1, 1, 1, 1), (2, 3, 5, 6), (3, 4, 2, 8)] {
        check_twins(&LayerSpec::GlobalMaxPool, Image { n, h, w, c });
    }
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/global_max_pool.safetensors");
    check_golden(&golden, "global_max_pool", 0.0, |image, [x, dy, y, dx]| {
        [k::global_max_pool_forward(image, x, y), k::global_max_pool_grad_input(image, x, dy, dx)]
    });
}
