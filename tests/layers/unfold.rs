use emascope::{
    layers::kernels as k,
    reference::{self as r, ConvShape, Image},
};

use crate::{
    GOLDEN_TOLERANCE, TOLERANCE,
    common::{golden::Golden, lab::Lab},
    conv::ConvLayer,
    differences::{Noise, assert_padding_is_zero, check_gradient, project},
};

const IMAGES: [Image; 4] = [
    Image { n: 1, h: 2, w: 2, c: 1 },
    Image { n: 3, h: 5, w: 7, c: 6 },
    Image { n: 2, h: 2, w: 9, c: 3 },
    Image { n: 2, h: 8, w: 3, c: 8 },
];

/// The 1×1 convolution of the patches that is a 2×2 convolution of the image.
fn of_patches(image: Image, outputs: usize) -> ConvShape {
    let Image { n, h, w, c } = image.unfolded();
    ConvShape { n, h, w, inputs: c, outputs, kernel: 1 }
}

#[test]
fn kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (x, dy) = (lab.image(image), lab.image(image.unfolded()));
        let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
        let [y, dx] = [image.unfolded(), image].map(|image| lab.output(image.size()));
        let outcome = lab.run(&[k::unfold(image, x_view, y), k::fold(image, dy_view, dx)]);
        let what = format!("{image:?}");
        outcome.expect(&what, y, &r::unfold(image, &x), 0.0);
        outcome.expect(&what, dx, &r::fold(image, &dy), TOLERANCE);
    }
}

#[test]
fn gradient() {
    for (image, outputs) in IMAGES.into_iter().zip([1, 5, 2, 7]) {
        let name = format!("{image:?}");
        let conv = of_patches(image, outputs);
        let mut noise = Noise::new(7);
        let (x, w, dy) = (noise.image(image), noise.weights(conv), noise.image(conv.output()));
        let forward = |x: &[f64], w: &[f64]| r::conv_forward(conv, &r::unfold(image, x), w, None);
        let dpatches = r::conv_forward(conv.transposed(), &dy, &r::conv_flip(conv, &w), None);
        let dx = r::fold(image, &dpatches);
        let dw = r::conv_grad_weight(conv, &r::unfold(image, &x), &dy);
        assert_padding_is_zero(&name, image.c, &dx);
        check_gradient(&name, &[x, w], |i| project(&forward(&i[0], &i[1]), &dy), &[dx, dw]);
    }
}

/// A convolution of PyTorch with a 2×2 kernel and without padding.
#[test]
fn golden_values() {
    let golden = Golden::open("layers/unfold.safetensors");
    for name in ["conv2x2_bias", "conv2x2"] {
        for kernels in k::KernelSet::BOTH {
            let (image, output) = (golden.image(&format!("{name}.x")), golden.image(&format!("{name}.y")));
            let conv = of_patches(image, output.c);
            assert_eq!(output, conv.output());
            let mut lab = Lab::open();
            let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
            let [patches, dx] = [image.unfolded(), image].map(|image| lab.output(image.size()));
            let layer = ConvLayer::new(&mut lab, &golden, &format!("{name}."), kernels, conv);
            let mut plan = vec![k::unfold(image, x, patches)];
            plan.extend([layer.forward(patches), layer.backward(patches, dy)].concat());
            plan.push(k::fold(image, layer.dx, dx));
            let outcome = lab.run(&plan);
            let what = |tensor| format!("{kernels:?} {name}.{tensor}");
            let expect = |tensor, view, expected: &[f64]| {
                outcome.expect(&what(tensor), view, expected, GOLDEN_TOLERANCE);
            };
            expect("y", layer.y, &golden.activations(&format!("{name}.y")));
            expect("dx", dx, &golden.activations(&format!("{name}.dx")));
            expect("dw", layer.dw, &golden.weights(&format!("{name}.dw"), conv));
        }
    }
}
