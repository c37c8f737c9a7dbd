use emascope::{
    layers::kernels as k,
    network::LayerSpec,
    reference::{self as r, Image},
};

use crate::{
    IMAGES, TOLERANCE, check_golden, check_twins,
    common::{golden::Golden, lab::Lab},
};

#[test]
fn kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (x, dy) = (lab.image(image), lab.image(image.averaged()));
        let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
        let [y, dx] = [image.averaged(), image].map(|image| lab.output(image.size()));
        let outcome = lab.run(&[
            k::global_average_pool_forward(image, x_view, y),
            k::global_average_pool_grad_input(image, dy_view, dx),
        ]);
        let what = format!("{image:?}");
        outcome.expect(&what, y, &r::global_average_pool_forward(image, &x), TOLERANCE);
        outcome.expect(&what, dx, &r::global_average_pool_grad_input(image, &dy), TOLERANCE);
    }
}

#[test]
fn gradient() {
    for (n, h, w, c) in [(1, 1, 1, 1), (2, 3, 5, 6), (3, 4, 2, 8)] {
        check_twins(&LayerSpec::GlobalAveragePool, Image { n, h, w, c });
    }
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/global_average_pool.safetensors");
    check_golden(&golden, "global_average_pool", 1e-7, |image, [x, dy, y, dx]| {
        [k::global_average_pool_forward(image, x, y), k::global_average_pool_grad_input(image, dy, dx)]
    });
}
