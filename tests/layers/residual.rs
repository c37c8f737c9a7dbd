use emascope::{
    layers::kernels::{self as k, KernelSet},
    reference::{self as r, ConvShape, Image},
};

use crate::{
    GOLDEN_TOLERANCE, IMAGES,
    common::{golden::Golden, lab::Lab},
    conv::ConvLayer,
    differences::{Noise, check_gradient, project},
    norm::NormLayer,
};

#[test]
fn add() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (a, b) = (lab.image(image), lab.image(image));
        let [a_view, b_view] = [&a, &b].map(|values| lab.input(values));
        let sum = lab.output(image.size());
        let outcome = lab.run(&[k::add(a_view, b_view, sum)]);
        outcome.expect(&format!("{image:?}"), sum, &r::add(&a, &b), 1e-7);
    }
}

#[test]
fn gradient() {
    let conv = ConvShape { n: 2, h: 3, w: 2, inputs: 5, outputs: 5, kernel: 3 };
    let mut noise = Noise::new(9);
    let (x, w, dy) = (noise.image(conv.input()), noise.weights(conv), noise.image(conv.output()));
    let branch = |x: &[f64], w: &[f64]| r::relu_forward(&r::conv_forward(conv, x, w, None));
    let dz = r::relu_grad_input(&branch(&x, &w), &dy);
    let dx = r::add(&dy, &r::conv_forward(conv.transposed(), &dz, &r::conv_flip(conv, &w), None));
    let dw = r::conv_grad_weight(conv, &x, &dz);
    let f = |i: &[Vec<f64>]| project(&r::add(&i[0], &branch(&i[0], &i[1])), &dy);
    check_gradient("residual block", &[x, w], f, &[dx, dw]);
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/residual.safetensors");
    let image = golden.image("residual.x");
    let Image { n, h, w, c } = image;
    let conv = ConvShape { n, h, w, inputs: c, outputs: c, kernel: 3 };
    for kernels in KernelSet::BOTH {
        let mut lab = Lab::open();
        let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("residual.{which}"))));
        let [y, dx] = [(); 2].map(|()| lab.output(image.size()));
        let [conv_0, conv_3] = ["residual.0.", "residual.3."]
            .map(|prefix| ConvLayer::new(&mut lab, &golden, prefix, kernels, conv));
        let [norm_1, norm_4] = [("residual.1.", true), ("residual.4.", false)]
            .map(|(prefix, relu)| NormLayer::new(&mut lab, &golden, prefix, image, None, relu, (kernels, 1)));
        let outcome = lab.run(
            &[
                conv_0.forward(x),
                norm_1.forward(conv_0.y),
                conv_3.forward(norm_1.y),
                norm_4.forward(conv_3.y),
                vec![k::add(x, norm_4.y, y)],
                norm_4.backward(conv_3.y, dy),
                conv_3.backward(norm_1.y, norm_4.dx),
                norm_1.backward(conv_0.y, conv_3.dx),
                conv_0.backward(x, norm_1.dx),
                vec![k::add(dy, conv_0.dx, dx)],
            ]
            .concat(),
        );
        for (tensor, view) in [("y", y), ("dx", dx)] {
            outcome.expect(
                tensor,
                view,
                &golden.activations(&format!("residual.{tensor}")),
                GOLDEN_TOLERANCE,
            );
        }
        for (tensor, layer) in [("0.dw", &conv_0), ("3.dw", &conv_3)] {
            outcome.expect(
                tensor,
                layer.dw,
                &golden.weights(&format!("residual.{tensor}"), conv),
                GOLDEN_TOLERANCE,
            );
        }
        for (index, layer) in [(1, &norm_1), (4, &norm_4)] {
            let views = [layer.dgamma, layer.dbeta, layer.running[0], layer.running[1]];
            for (tensor, view) in
                ["dgamma", "dbeta", "running_mean_after", "running_var_after"].into_iter().zip(views)
            {
                let name = format!("residual.{index}.{tensor}");
                outcome.expect(&name, view, &golden.vector(&name), GOLDEN_TOLERANCE);
            }
        }
    }
}
