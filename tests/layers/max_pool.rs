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
    for image in IMAGES.into_iter().filter(|image| image.h > 1 && image.w > 1) {
        let mut lab = Lab::open();
        // Few distinct values, so that a window has equal maxima.
        let x: Vec<f64> = lab.image(image).iter().map(|x| (2.0 * x).round()).collect();
        let dy = lab.image(image.max_pooled());
        let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
        let [y, dx] = [image.max_pooled(), image].map(|image| lab.output(image.size()));
        let outcome = lab.run(&[
            k::max_pool_forward(image, x_view, y),
            k::max_pool_grad_input(image, x_view, dy_view, dx),
        ]);
        let what = format!("{image:?}");
        outcome.expect(&what, y, &r::max_pool_forward(image, &x), 0.0);
        outcome.expect(&what, dx, &r::max_pool_grad_input(image, &x, &dy), 0.0);
    }
}

#[test]
fn gradient() {
    for (n, h, w, c) in [(1, 2, 2, 1), (2, 5, 3, 6), (1, 4, 7, 4), (3, 3, 2, 9), (1, 1, 4, 3)] {
        check_twins(&LayerSpec::MaxPool, Image { n, h, w, c });
    }
}

#[test]
fn of_equal_maxima_the_first_gets_the_gradient() {
    let image = Image { n: 1, h: 2, w: 2, c: 3 };
    let windows = [[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 1.0], [0.0, 1.0, 3.0, 3.0]];
    let x = image.fill(|_, y, x, c| windows[c][2 * y + x]);
    let dx = r::max_pool_grad_input(image, &x, &[5.0, 6.0, 7.0, 0.0]);
    let winners = [0, 1, 2];
    let expected = image.fill(|_, y, x, c| if 2 * y + x == winners[c] { [5.0, 6.0, 7.0][c] } else { 0.0 });
    assert_eq!(dx, expected);
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/max_pool.safetensors");
    for name in ["max_pool", "max_pool_odd"] {
        check_golden(&golden, name, 0.0, |image, [x, dy, y, dx]| {
            [k::max_pool_forward(image, x, y), k::max_pool_grad_input(image, x, dy, dx)]
        });
    }
}
