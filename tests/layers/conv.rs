use emascope::{
    layers::kernels::{self as k, ConvOp, KernelSet, Sum, Tile},
    layout::{TENSOR_ALIGNMENT, pad4},
    plan::{Dispatch, Lease, View},
    reference::{self as r, ConvShape, Image},
};

use proptest::prelude::*;

use crate::{
    GOLDEN_TOLERANCE, IMAGES, TOLERANCE,
    common::{golden::Golden, lab::Lab},
    differences::{Noise, assert_padding_is_zero, check_gradient, project},
};

const CONVS: [ConvShape; 12] = [
    ConvShape { n: 1, h: 1, w: 1, inputs: 1, outputs: 1, kernel: 3 },
    ConvShape { n: 2, h: 5, w: 7, inputs: 3, outputs: 5, kernel: 3 },
    ConvShape { n: 1, h: 3, w: 8, inputs: 4, outputs: 8, kernel: 3 },
    ConvShape { n: 3, h: 8, w: 16, inputs: 16, outputs: 12, kernel: 3 },
    ConvShape { n: 2, h: 4, w: 17, inputs: 6, outputs: 20, kernel: 3 },
    ConvShape { n: 2, h: 5, w: 7, inputs: 3, outputs: 5, kernel: 1 },
    ConvShape { n: 1, h: 1, w: 13, inputs: 20, outputs: 10, kernel: 1 },
    ConvShape { n: 4, h: 8, w: 8, inputs: 8, outputs: 36, kernel: 1 },
    ConvShape { n: 5, h: 32, w: 32, inputs: 3, outputs: 16, kernel: 3 },
    ConvShape { n: 2, h: 32, w: 32, inputs: 16, outputs: 32, kernel: 3 },
    ConvShape { n: 3, h: 8, w: 8, inputs: 64, outputs: 64, kernel: 3 },
    ConvShape { n: 2, h: 6, w: 14, inputs: 32, outputs: 40, kernel: 3 },
];

fn conv_weights(lab: &mut Lab, conv: ConvShape) -> Vec<f64> {
    let mut draw = lab.draw();
    conv.fill_weights(|_, _, _, _| draw())
}

/// All variants of a convolution's kernels.
fn kernel_sets(op: ConvOp, conv: ConvShape) -> impl Iterator<Item = KernelSet> {
    let tiles = Tile::fitting(op, conv, k::SMALLEST_MEMORY).into_iter();
    [KernelSet::Plain, KernelSet::Register].into_iter().chain(tiles.map(|tile| KernelSet::Tiled(Some(tile))))
}

#[test]
fn conv_forward_with_and_without_bias() {
    for conv in CONVS {
        for kernels in kernel_sets(ConvOp::Forward, conv) {
            let mut lab = Lab::open();
            let (x, w) = (lab.image(conv.input()), conv_weights(&mut lab, conv));
            let bias = lab.vector(conv.outputs);
            let [x_view, w_view, bias_view] = [&x, &w, &bias].map(|values| lab.input(values));
            let [plain, biased] = [(); 2].map(|()| lab.output(conv.output().size()));
            let outcome = lab.run(&[
                k::conv_forward(kernels, conv, x_view, w_view, None, plain),
                k::conv_forward(kernels, conv, x_view, w_view, Some(bias_view), biased),
            ]);
            outcome.expect(
                &format!("{kernels:?} {conv:?}"),
                plain,
                &r::conv_forward(conv, &x, &w, None),
                TOLERANCE,
            );
            let expected = r::conv_forward(conv, &x, &w, Some(&bias));
            outcome.expect(&format!("{kernels:?} {conv:?} with bias"), biased, &expected, TOLERANCE);
        }
    }
}

#[test]
fn the_plain_convolution() {
    for conv in CONVS {
        let mut lab = Lab::open();
        let (x, w, dy) = (lab.image(conv.input()), conv_weights(&mut lab, conv), lab.image(conv.output()));
        let bias = lab.vector(conv.outputs);
        let [x_view, w_view, bias_view, dy_view] = [&x, &w, &bias, &dy].map(|values| lab.input(values));
        let [unbiased, biased] = [(); 2].map(|()| lab.output(conv.output().size()));
        let dw = lab.output(conv.weight_size());
        let outcome = lab.run(&[
            k::conv_forward_plain(conv, x_view, w_view, None, unbiased),
            k::conv_forward_plain(conv, x_view, w_view, Some(bias_view), biased),
            k::conv_grad_weight_plain(conv, 1, x_view, dy_view, dw),
        ]);
        let expected = [None, Some(&bias[..])].map(|bias| r::conv_forward(conv, &x, &w, bias));
        outcome.expect(&format!("{conv:?}"), unbiased, &expected[0], TOLERANCE);
        outcome.expect(&format!("{conv:?} with bias"), biased, &expected[1], TOLERANCE);
        outcome.expect(&format!("{conv:?} dw"), dw, &r::conv_grad_weight(conv, &x, &dy), 1e-5);
    }
}

#[test]
fn conv_flip() {
    let mut lab = Lab::open();
    let (mut convolutions, mut w) = (Vec::new(), Vec::new());
    // More convolutions than one dispatch can take.
    for conv in [CONVS; 3].concat() {
        w.resize(w.len().next_multiple_of(TENSOR_ALIGNMENT), 0.0);
        convolutions.push((conv, w.len()));
        w.extend(conv_weights(&mut lab, conv));
    }
    let (w_view, [flipped, in_turns]) = (lab.input(&w), [(); 2].map(|()| lab.output(w.len())));
    // As if the weights were more than a row of workgroups can take at once.
    let mut narrow = k::conv_flip(&convolutions, w_view, in_turns);
    narrow.iter_mut().for_each(|dispatch| dispatch.workgroups[0] = 1);
    let outcome = lab.run(&[k::conv_flip(&convolutions, w_view, flipped), narrow].concat());
    for (conv, first) in convolutions {
        let expected = r::conv_flip(conv, &w[first..first + conv.weight_size()]);
        for flipped in [flipped, in_turns] {
            outcome.expect(&format!("{conv:?}"), flipped.floats(first, expected.len()), &expected, 0.0);
        }
    }
}

#[test]
fn weights_are_found_in_an_arena_of_texels() {
    for conv in CONVS {
        let mut lab = Lab::open();
        let (x, w) = (lab.image(conv.input()), conv_weights(&mut lab, conv));
        let bias = lab.vector(conv.outputs);
        let mut arena = lab.vector(TENSOR_ALIGNMENT);
        let [w_first, bias_first] = [&w, &bias].map(|values| {
            arena.resize(arena.len().next_multiple_of(TENSOR_ALIGNMENT), 0.0);
            arena.extend(values);
            arena.len() - values.len()
        });
        let [x_view, buffer] = [&x, &arena].map(|values| lab.input(values));
        let y = lab.output(conv.output().size());
        let lease = lab.texels(arena.len());
        let texels = lease.view();
        let outcome = lab.run(&[
            k::copy(buffer, texels),
            k::conv_forward(
                KernelSet::Register,
                conv,
                x_view,
                texels.floats(w_first, w.len()),
                Some(texels.floats(bias_first, bias.len())),
                y,
            ),
        ]);
        outcome.expect(&format!("{conv:?}"), y, &r::conv_forward(conv, &x, &w, Some(&bias)), TOLERANCE);
    }
}

#[test]
fn conv_grad_weight_in_any_number_of_chunks() {
    for conv in CONVS {
        for kernels in kernel_sets(ConvOp::GradWeight, conv) {
            for chunks in [1, 3, k::grad_weight_chunks(kernels, conv)] {
                let mut lab = Lab::open();
                let (x, dy) = (lab.image(conv.input()), lab.image(conv.output()));
                let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
                let floats = chunks * conv.weight_size();
                let partial = lab.output(floats);
                // As if the parts of several convolutions were in one arena.
                let lease = (kernels == KernelSet::Register).then(|| lab.texels(TENSOR_ALIGNMENT + floats));
                let arena = lease.as_ref().map_or_else(|| lab.output(TENSOR_ALIGNMENT + floats), Lease::view);
                let within = arena.floats(TENSOR_ALIGNMENT, floats);
                let sum = Sum { first: TENSOR_ALIGNMENT, chunks, out: 0, len: conv.weight_size() };
                let [dw, dw_within] = [(); 2].map(|()| lab.output(conv.weight_size()));
                let mut plan = vec![
                    k::conv_grad_weight(kernels, conv, chunks, x_view, dy_view, partial),
                    k::sum_chunks(kernels, partial, dw),
                    k::conv_grad_weight(kernels, conv, chunks, x_view, dy_view, within),
                ];
                plan.extend(k::sum_all(kernels, &[sum], arena, dw_within));
                let outcome = lab.run(&plan);
                let expected = r::conv_grad_weight(conv, &x, &dy);
                for dw in [dw, dw_within] {
                    outcome.expect(&format!("{kernels:?} {conv:?} in {chunks}"), dw, &expected, TOLERANCE);
                }
            }
        }
    }
}

#[test]
fn a_tile_changes_no_bit() {
    for conv in CONVS {
        let mut lab = Lab::open();
        let (x, dy) = (lab.image(conv.input()), lab.image(conv.output()));
        let w = conv_weights(&mut lab, conv);
        let [x_view, dy_view, w_view] = [&x, &dy, &w].map(|values| lab.input(values));
        let chunks = k::grad_weight_chunks(KernelSet::Tiled(None), conv);
        let mut plan = Vec::new();
        let mut all = |op| -> Vec<(Tile, View)> {
            let one = |tile| {
                let kernels = KernelSet::Tiled(Some(tile));
                let out = match op {
                    ConvOp::Forward => lab.output(conv.output().size()),
                    ConvOp::GradWeight => lab.output(chunks * conv.weight_size()),
                };
                plan.push(match op {
                    ConvOp::Forward => k::conv_forward(kernels, conv, x_view, w_view, None, out),
                    ConvOp::GradWeight => k::conv_grad_weight(kernels, conv, chunks, x_view, dy_view, out),
                });
                (tile, out)
            };
            Tile::fitting(op, conv, k::SMALLEST_MEMORY).into_iter().map(one).collect()
        };
        let results = [ConvOp::Forward, ConvOp::GradWeight].map(&mut all);
        let outcome = lab.run(&plan);
        let bits = |view| outcome.read(view).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        for same in results {
            let (_, first) = same[0];
            for (tile, other) in &same[1..] {
                assert_eq!(bits(*other), bits(first), "{tile:?} {conv:?}");
            }
        }
    }
}

#[test]
fn channel_sums() {
    for (image, kernels) in
        IMAGES.into_iter().flat_map(|image| KernelSet::BOTH.map(|kernels| (image, kernels)))
    {
        for pixels in [1, 4, 1000] {
            let mut lab = Lab::open();
            let dy = lab.image(image);
            let chunks = (image.n * image.h * image.w).div_ceil(pixels);
            let dy_view = lab.input(&dy);
            let partial = lab.output(chunks * pad4(image.c));
            let db = lab.output(pad4(image.c));
            let plan =
                [k::channel_sums(image, pixels, dy_view, partial), k::sum_chunks(kernels, partial, db)];
            let outcome = lab.run(&plan);
            outcome.expect(&format!("{kernels:?} {image:?}"), db, &r::channel_sums(image, &dy), TOLERANCE);
        }
    }
}

#[test]
fn sums_of_many_parameters() {
    for kernels in KernelSet::BOTH {
        let mut lab = Lab::open();
        let (mut sums, mut partial, mut out) = (Vec::new(), Vec::new(), 0);
        // More sums than one dispatch can take.
        for (chunks, len) in [(1, 4), (3, 148), (40, 16), (17, 68), (2, 1000)].repeat(8) {
            partial.resize(partial.len().next_multiple_of(TENSOR_ALIGNMENT), 0.0);
            sums.push(Sum { first: partial.len(), chunks, out, len });
            partial.extend(lab.vector(chunks * len));
            out += len;
        }
        let (partial_view, [all, in_turns]) = (lab.input(&partial), [(); 2].map(|()| lab.output(out)));
        // As if a sum were longer than a row of workgroups can take at once.
        let mut narrow = k::sum_all(kernels, &sums, partial_view, in_turns);
        narrow.iter_mut().for_each(|dispatch| dispatch.workgroups[0] = 1);
        let outcome = lab.run(&[k::sum_all(kernels, &sums, partial_view, all), narrow].concat());
        let of = |sum: &Sum| r::sum_chunks(sum.chunks, &partial[sum.first..][..sum.chunks * sum.len]);
        let expected: Vec<f64> = sums.iter().flat_map(of).collect();
        for view in [all, in_turns] {
            outcome.expect(&format!("{kernels:?}"), view, &expected, TOLERANCE);
        }
    }
}

/// The gradient twins of a convolution against differences of its forward twin.
fn check_conv(conv: ConvShape, biased: bool) {
    let name = format!("{conv:?}");
    let mut noise = Noise::new(1);
    let (x, w) = (noise.image(conv.input()), noise.weights(conv));
    let bias = noise.vector(conv.outputs);
    let dy = noise.image(conv.output());
    let forward = |x: &[f64], w: &[f64], bias: &[f64]| r::conv_forward(conv, x, w, biased.then_some(bias));

    let dx = r::conv_forward(conv.transposed(), &dy, &r::conv_flip(conv, &w), None);
    let dw = r::conv_grad_weight(conv, &x, &dy);
    let dbias = if biased { r::channel_sums(conv.output(), &dy) } else { vec![0.0; bias.len()] };

    assert_padding_is_zero(&name, conv.outputs, &forward(&x, &w, &bias));
    assert_padding_is_zero(&name, conv.inputs, &dx);
    assert_padding_is_zero(&name, conv.outputs, &dbias);
    let f = |i: &[Vec<f64>]| project(&forward(&i[0], &i[1], &i[2]), &dy);
    check_gradient(&name, &[x, w, bias], f, &[dx, dw, dbias]);
}

#[test]
fn gradient() {
    let shapes = [
        // (n, h, w, inputs, outputs, kernel)
        (1, 1, 1, 1, 1, 1),
        (1, 5, 3, 3, 5, 3),
        (2, 3, 4, 6, 2, 1),
        (3, 2, 2, 1, 7, 3),
        (2, 1, 6, 4, 8, 3),
        (1, 3, 3, 9, 4, 3),
        (5, 1, 1, 6, 10, 1),
    ];
    for (n, h, w, inputs, outputs, kernel) in shapes {
        for biased in [false, true] {
            check_conv(ConvShape { n, h, w, inputs, outputs, kernel }, biased);
        }
    }
}

#[test]
fn flipping_weights_twice_gives_them_back() {
    let conv = ConvShape { n: 1, h: 1, w: 1, inputs: 5, outputs: 6, kernel: 3 };
    let w = Noise::new(2).weights(conv);
    assert_eq!(r::conv_flip(conv.transposed(), &r::conv_flip(conv, &w)), w);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gradient_of_any_shape(
        n in 1..3_usize, h in 1..5_usize, w in 1..5_usize, inputs in 1..7_usize, outputs in 1..7_usize,
        kernel in prop::sample::select(vec![1_usize, 3]), biased: bool,
    ) {
        check_conv(ConvShape { n, h, w, inputs, outputs, kernel }, biased);
    }
}

/// The kernels of a convolution with its gradients, and the parameters at `prefix` in a golden file.
pub struct ConvLayer {
    kernels: KernelSet,
    conv: ConvShape,
    w: View,
    bias: Option<View>,
    pub y: View,
    pub dx: View,
    pub dw: View,
    db: View,
    flipped: View,
    partial: View,
    bias_partial: View,
}

/// Pixels per partial sum of the bias gradient; does not divide the images.
const BIAS_SHARE: usize = 8;

impl ConvLayer {
    pub fn new(lab: &mut Lab, golden: &Golden, prefix: &str, kernels: KernelSet, conv: ConvShape) -> Self {
        let w = lab.input(&golden.weights(&format!("{prefix}w"), conv));
        let bias = format!("{prefix}b");
        let bias = golden.has(&bias).then(|| lab.input(&golden.vector(&bias)));
        let chunks = k::grad_weight_chunks(kernels, conv);
        let shares = (conv.n * conv.h * conv.w).div_ceil(BIAS_SHARE);
        Self {
            kernels,
            conv,
            w,
            bias,
            y: lab.output(conv.output().size()),
            dx: lab.output(conv.input().size()),
            dw: lab.output(conv.weight_size()),
            db: lab.output(pad4(conv.outputs)),
            flipped: lab.output(conv.weight_size()),
            partial: lab.output(chunks * conv.weight_size()),
            bias_partial: lab.output(shares * pad4(conv.outputs)),
        }
    }

    pub fn forward(&self, x: View) -> Vec<Dispatch> {
        vec![k::conv_forward(self.kernels, self.conv, x, self.w, self.bias, self.y)]
    }

    pub fn backward(&self, x: View, dy: View) -> Vec<Dispatch> {
        let chunks = k::grad_weight_chunks(self.kernels, self.conv);
        let mut plan = k::conv_flip(&[(self.conv, 0)], self.w, self.flipped);
        plan.extend([
            k::conv_grad_weight(self.kernels, self.conv, chunks, x, dy, self.partial),
            k::sum_chunks(self.kernels, self.partial, self.dw),
            k::channel_sums(self.conv.output(), BIAS_SHARE, dy, self.bias_partial),
            k::sum_chunks(self.kernels, self.bias_partial, self.db),
            k::conv_forward(self.kernels, self.conv.transposed(), dy, self.flipped, None, self.dx),
        ]);
        plan
    }
}

/// Runs a layer forward and backward on the tensors `<name>.…` of a golden file and compares its results.
pub fn check_golden_conv(golden: &Golden, name: &str, kernel: usize) {
    for kernels in KernelSet::BOTH {
        let (input, output) = (golden.image(&format!("{name}.x")), golden.image(&format!("{name}.y")));
        let Image { n, h, w, c } = input;
        let conv = ConvShape { n, h, w, inputs: c, outputs: output.c, kernel };
        let mut lab = Lab::open();
        let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
        let layer = ConvLayer::new(&mut lab, golden, &format!("{name}."), kernels, conv);
        let outcome = lab.run(&[layer.forward(x), layer.backward(x, dy)].concat());
        let what = |tensor| format!("{kernels:?} {name}.{tensor}");
        let tolerance = GOLDEN_TOLERANCE;
        outcome.expect(&what("y"), layer.y, &golden.activations(&format!("{name}.y")), tolerance);
        outcome.expect(&what("dx"), layer.dx, &golden.activations(&format!("{name}.dx")), tolerance);
        outcome.expect(&what("dw"), layer.dw, &golden.weights(&format!("{name}.dw"), conv), tolerance);
        if layer.bias.is_some() {
            outcome.expect(&what("db"), layer.db, &golden.vector(&format!("{name}.db")), tolerance);
        }
    }
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/conv.safetensors");
    for (name, kernel) in [("conv3x3_bias", 3), ("conv3x3", 3), ("conv1x1_bias", 1), ("conv1x1", 1)] {
        check_golden_conv(&golden, name, kernel);
    }
}
