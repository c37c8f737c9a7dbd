//! Each layer's kernels, forward and backward, agree with PyTorch's layers: `tests/golden/README.md` says how the file was
//! made. The kernels' own tests (`tests/kernels/`) hold them against our definitions; here the definitions are someone
//! else's.

mod common;

use common::{golden::Golden, lab::Lab};
use emascope::{
    layers::kernels::{self as k, KernelSet},
    layout::pad4,
    plan::{Dispatch, View},
    reference::{Conv, Image, Norm},
};

/// Largest difference, relative to the largest expected value of a tensor (at least 1): a few roundings of sums of some
/// hundred terms. Float32 PyTorch strays from float64 PyTorch about as far.
const TOLERANCE: f64 = 1e-6;

fn golden() -> Golden {
    Golden::open("layers.safetensors")
}

/// A convolution with its gradients, at `prefix` in the golden file.
struct ConvLayer {
    kernels: KernelSet,
    conv: Conv,
    w: View,
    bias: Option<View>,
    y: View,
    dx: View,
    dw: View,
    db: View,
    flipped: View,
    partial: View,
    bias_partial: View,
}

/// Pixels whose bias gradients are summed first; does not divide the images.
const BIAS_SHARE: usize = 8;

impl ConvLayer {
    fn new(lab: &mut Lab, golden: &Golden, prefix: &str, kernels: KernelSet, conv: Conv) -> Self {
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

    fn forward(&self, x: View) -> Vec<Dispatch> {
        vec![k::conv_forward(self.kernels, self.conv, x, self.w, self.bias, self.y)]
    }

    fn backward(&self, x: View, dy: View) -> Vec<Dispatch> {
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

#[test]
fn convolutions_and_the_linear_layer() {
    let golden = golden();
    for kernels in KernelSet::BOTH {
        for (name, kernel) in
            [("conv3x3_bias", 3), ("conv3x3", 3), ("conv1x1_bias", 1), ("conv1x1", 1), ("linear", 1)]
        {
            let (input, output) = (golden.image(&format!("{name}.x")), golden.image(&format!("{name}.y")));
            let Image { n, h, w, c } = input;
            let conv = Conv { n, h, w, inputs: c, outputs: output.c, kernel };
            let mut lab = Lab::open();
            let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
            let layer = ConvLayer::new(&mut lab, &golden, &format!("{name}."), kernels, conv);
            let outcome = lab.run(&[layer.forward(x), layer.backward(x, dy)].concat());
            let what = |tensor| format!("{kernels:?} {name}.{tensor}");
            outcome.expect(&what("y"), layer.y, &golden.activations(&format!("{name}.y")), TOLERANCE);
            outcome.expect(&what("dx"), layer.dx, &golden.activations(&format!("{name}.dx")), TOLERANCE);
            outcome.expect(&what("dw"), layer.dw, &golden.weights(&format!("{name}.dw"), conv), TOLERANCE);
            if layer.bias.is_some() {
                outcome.expect(&what("db"), layer.db, &golden.vector(&format!("{name}.db")), TOLERANCE);
            }
        }
    }
}

/// A norm in training mode with its gradients, at `prefix` in the golden file; batch norm unless there are groups.
struct NormLayer {
    kernels: KernelSet,
    norm: Norm,
    groups: Option<usize>,
    chunks: usize,
    gamma: View,
    beta: View,
    running: [View; 2],
    batch: View,
    partial: View,
    stats: View,
    coefficients: View,
    y: View,
    dx: View,
    dgamma: View,
    dbeta: View,
}

impl NormLayer {
    fn new(
        lab: &mut Lab,
        golden: &Golden,
        prefix: &str,
        image: Image,
        groups: Option<usize>,
        relu: bool,
        (kernels, chunks): (KernelSet, usize),
    ) -> Self {
        let lanes = pad4(image.c);
        let rows = if groups.is_some() { image.n } else { 1 };
        let momentum = golden.settings["batch_norm_momentum"].as_f64().unwrap() as f32;
        let running = ["running_mean", "running_var"].map(|buffer| match groups {
            None => lab.input(&golden.vector(&format!("{prefix}{buffer}"))),
            Some(_) => lab.output(lanes),
        });
        Self {
            kernels,
            norm: Norm { image, per_sample: groups.is_some(), relu, pool: false },
            groups,
            chunks,
            gamma: lab.input(&golden.vector(&format!("{prefix}gamma"))),
            beta: lab.input(&golden.vector(&format!("{prefix}beta"))),
            running,
            batch: lab.bytes(&[1, image.n as u32, 0, 0, 0, 0, momentum.to_bits(), 0]),
            partial: lab.output(image.n * chunks * 2 * lanes),
            stats: lab.output(rows * 2 * lanes),
            coefficients: lab.output(rows * 2 * lanes),
            y: lab.output(image.size()),
            dx: lab.output(image.size()),
            dgamma: lab.output(lanes),
            dbeta: lab.output(lanes),
        }
    }

    fn forward(&self, x: View) -> Vec<Dispatch> {
        let image = self.norm.image;
        vec![
            k::norm_statistics(image, self.chunks, x, self.partial),
            match self.groups {
                None => k::batch_norm_finish(
                    self.kernels,
                    image,
                    self.chunks,
                    self.partial,
                    self.batch,
                    self.stats,
                    self.running,
                ),
                Some(groups) => k::group_norm_finish(image, groups, self.chunks, self.partial, self.stats),
            },
            k::norm_forward(self.norm, 3, x, self.stats, self.gamma, self.beta, self.y),
        ]
    }

    fn backward(&self, x: View, dy: View) -> Vec<Dispatch> {
        let Self { kernels, norm, chunks, gamma, beta, partial, coefficients, dgamma, dbeta, .. } = *self;
        let image = norm.image;
        let inputs = [x, self.stats, gamma, beta, dy];
        let mut plan = vec![k::norm_grad_sums(norm, chunks, inputs, partial)];
        match self.groups {
            None => {
                let outputs = [dgamma, dbeta, coefficients];
                plan.push(k::batch_norm_grad_finish(kernels, image, chunks, partial, gamma, outputs));
            }
            Some(groups) => plan.extend([
                k::norm_grad_parameters(image, partial, dgamma, dbeta),
                k::group_norm_grad_finish(image, groups, chunks, partial, gamma, coefficients),
            ]),
        }
        plan.push(k::norm_grad_input(norm, 3, inputs, coefficients, self.dx));
        plan
    }
}

#[test]
fn norms() {
    let golden = golden();
    let groups =
        |name: &str| golden.settings["group_norm_groups"][name].as_u64().map(|groups| groups as usize);
    for name in ["batch_norm", "batch_norm_offset", "batch_norm_relu", "group_norm", "group_norm_relu"] {
        let image = golden.image(&format!("{name}.x"));
        // What the inputs of mean 30 lose in the subtraction of their mean: its rounding is 1e-6 of their deviation.
        let tolerance = if name == "batch_norm_offset" { 1e-5 } else { TOLERANCE };
        let chunks = [1, image.h * image.w, image.h];
        for case in chunks.into_iter().flat_map(|chunks| KernelSet::BOTH.map(|kernels| (kernels, chunks))) {
            let mut lab = Lab::open();
            let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
            let relu = name.ends_with("_relu");
            let layer =
                NormLayer::new(&mut lab, &golden, &format!("{name}."), image, groups(name), relu, case);
            let (running_stats, evaluated) = (lab.output(2 * pad4(image.c)), lab.output(image.size()));
            let mut plan = [layer.forward(x), layer.backward(x, dy)].concat();
            if name == "batch_norm" {
                plan.extend([
                    k::batch_norm_running(image, layer.running, running_stats),
                    k::norm_forward(layer.norm, 3, x, running_stats, layer.gamma, layer.beta, evaluated),
                ]);
            }
            let outcome = lab.run(&plan);
            let what = |tensor| format!("{name}.{tensor} by {case:?}");
            for (tensor, view) in [("y", layer.y), ("dx", layer.dx)] {
                outcome.expect(
                    &what(tensor),
                    view,
                    &golden.activations(&format!("{name}.{tensor}")),
                    tolerance,
                );
            }
            for (tensor, view) in [("dgamma", layer.dgamma), ("dbeta", layer.dbeta)] {
                outcome.expect(&what(tensor), view, &golden.vector(&format!("{name}.{tensor}")), tolerance);
            }
            if layer.groups.is_none() {
                for (tensor, view) in
                    ["running_mean_after", "running_var_after"].into_iter().zip(layer.running)
                {
                    outcome.expect(
                        &what(tensor),
                        view,
                        &golden.vector(&format!("{name}.{tensor}")),
                        TOLERANCE,
                    );
                }
            }
            if name == "batch_norm" {
                outcome.expect(
                    &what("y_eval"),
                    evaluated,
                    &golden.activations("batch_norm.y_eval"),
                    TOLERANCE,
                );
            }
        }
    }
}

#[test]
fn activations_and_pools() {
    let golden = golden();
    for name in ["relu", "gelu", "max_pool", "max_pool_odd", "global_average_pool"] {
        let (input, output) = (golden.image(&format!("{name}.x")), golden.image(&format!("{name}.y")));
        let mut lab = Lab::open();
        let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
        let [y, dx] = [output, input].map(|image| lab.output(image.size()));
        let (plan, tolerance) = match name {
            "relu" => ([k::relu_forward(x, y), k::relu_grad_input(y, dy, dx)], 0.0),
            "gelu" => ([k::gelu_forward(x, y), k::gelu_grad_input(x, dy, dx)], TOLERANCE),
            "global_average_pool" => (
                [
                    k::global_average_pool_forward(input, x, y),
                    k::global_average_pool_grad_input(input, dy, dx),
                ],
                1e-7,
            ),
            _ => ([k::max_pool_forward(input, x, y), k::max_pool_grad_input(input, x, dy, dx)], 0.0),
        };
        let outcome = lab.run(&plan);
        for (tensor, view) in [("y", y), ("dx", dx)] {
            let name = format!("{name}.{tensor}");
            outcome.expect(&name, view, &golden.activations(&name), tolerance);
        }
    }
}

#[test]
fn residual_block() {
    let golden = golden();
    let image = golden.image("residual.x");
    let Image { n, h, w, c } = image;
    let conv = Conv { n, h, w, inputs: c, outputs: c, kernel: 3 };
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
            outcome.expect(tensor, view, &golden.activations(&format!("residual.{tensor}")), TOLERANCE);
        }
        for (tensor, layer) in [("0.dw", &conv_0), ("3.dw", &conv_3)] {
            outcome.expect(tensor, layer.dw, &golden.weights(&format!("residual.{tensor}"), conv), TOLERANCE);
        }
        for (index, layer) in [(1, &norm_1), (4, &norm_4)] {
            let views = [layer.dgamma, layer.dbeta, layer.running[0], layer.running[1]];
            for (tensor, view) in
                ["dgamma", "dbeta", "running_mean_after", "running_var_after"].into_iter().zip(views)
            {
                let name = format!("residual.{index}.{tensor}");
                outcome.expect(&name, view, &golden.vector(&name), TOLERANCE);
            }
        }
    }
}

#[test]
fn cross_entropy() {
    let golden = golden();
    for name in ["cross_entropy", "cross_entropy_smoothing", "cross_entropy_large"] {
        let image = golden.image(&format!("{name}.logits"));
        let labels: Vec<u32> =
            golden.get(&format!("{name}.labels")).iter().map(|&label| label as u32).collect();
        let smoothing = golden.get(&format!("{name}.smoothing"))[0];
        let mut lab = Lab::open();
        let logits = lab.input(&golden.activations(&format!("{name}.logits")));
        let labels = lab.bytes(&labels);
        let batch = lab.bytes(&[1, image.n as u32, 0, 0]);
        let (samples, dlogits) = (lab.output(2 * image.n), lab.output(image.size()));
        let kernel =
            k::softmax_cross_entropy(image.c, smoothing, [logits, labels, batch], [samples, dlogits]);
        let outcome = lab.run(&[kernel]);
        outcome.expect(name, dlogits, &golden.activations(&format!("{name}.dlogits")), 2e-7);
        let losses = outcome.read(samples).into_iter().step_by(2);
        for (n, (actual, &expected)) in losses.zip(golden.get(&format!("{name}.loss"))).enumerate() {
            let difference = (f64::from(actual) - expected).abs();
            assert!(
                difference <= 3e-7 * expected.max(1.0),
                "{name}.loss[{n}] = {actual}, PyTorch has {expected}"
            );
        }
    }
}
