use emascope::{layers::kernels as k, reference as r};

use crate::{IMAGES, TOLERANCE, common::lab::Lab};

#[test]
fn pools() {
    for image in IMAGES {
        let mut lab = Lab::open();
        // Few distinct values, so that a window has equal maxima.
        let x: Vec<f64> = lab.image(image).iter().map(|x| (2.0 * x).round()).collect();
        let (dy, mean_dy) = (lab.image(image.max_pooled()), lab.image(image.averaged()));
        let x_view = lab.input(&x);
        let mean_dy_view = lab.input(&mean_dy);
        let [mean, mean_dx] = [image.averaged().size(), image.size()].map(|len| lab.output(len));
        let mut plan = vec![
            k::global_average_pool_forward(image, x_view, mean),
            k::global_average_pool_grad_input(image, mean_dy_view, mean_dx),
        ];
        let pooled = (image.h > 1 && image.w > 1).then(|| {
            let (dy_view, y) = (lab.input(&dy), lab.output(image.max_pooled().size()));
            let dx = lab.output(image.size());
            plan.push(k::max_pool_forward(image, x_view, y));
            plan.push(k::max_pool_grad_input(image, x_view, dy_view, dx));
            (y, dx)
        });
        let outcome = lab.run(&plan);
        let what = format!("{image:?}");
        outcome.expect(&what, mean, &r::global_average_pool_forward(image, &x), TOLERANCE);
        outcome.expect(&what, mean_dx, &r::global_average_pool_grad_input(image, &mean_dy), TOLERANCE);
        if let Some((y, dx)) = pooled {
            outcome.expect(&what, y, &r::max_pool_forward(image, &x), 0.0);
            outcome.expect(&what, dx, &r::max_pool_grad_input(image, &x, &dy), 0.0);
        }
    }
}
