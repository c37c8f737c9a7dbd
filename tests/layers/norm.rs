use emascope::{
    layers::kernels::{self as k, KernelSet},
    layout::pad4,
    network::NORM_EPSILON,
    plan::{Dispatch, View},
    reference::{self as r, Image, NormShape},
};

use proptest::prelude::*;

use crate::{
    GOLDEN_TOLERANCE, IMAGES, TOLERANCE,
    common::{
        golden::Golden,
        lab::{Lab, batch},
    },
    differences::{Noise, assert_padding_is_zero, check_gradient, project},
};

/// Numbers of chunks that divide the pixels of a sample.
fn chunk_counts(image: Image) -> Vec<usize> {
    let pixels = image.h * image.w;
    [1, 2, 3, 5].into_iter().filter(|chunks| pixels.is_multiple_of(*chunks)).collect()
}

#[test]
fn norm_statistics_of_data_far_from_zero() {
    for image in IMAGES {
        for chunks in chunk_counts(image) {
            let mut lab = Lab::open();
            let x: Vec<f64> = lab
                .image(image)
                .iter()
                .map(|x| if *x == 0.0 { 0.0 } else { f64::from((100.0 + x) as f32) })
                .collect();
            let x_view = lab.input(&x);
            let partial = lab.output(image.n * chunks * 2 * pad4(image.c));
            let outcome = lab.run(&[k::norm_statistics(image, chunks, x_view, partial)]);
            outcome.expect(
                &format!("{image:?} in {chunks}"),
                partial,
                &r::norm_statistics(image, chunks, &x),
                1e-6,
            );
        }
    }
}

#[test]
fn batch_norm_forward_and_backward() {
    let wide = Image { n: 300, h: 2, w: 2, c: 5 };
    for image in IMAGES[1..].iter().copied().chain([wide]) {
        let chunks = chunk_counts(image).into_iter();
        let cases = chunks.flat_map(|chunks| [(chunks, false), (chunks, true)]);
        for ((chunks, relu), kernels) in cases.flat_map(|case| KernelSet::BOTH.map(|kernels| (case, kernels)))
        {
            let what = format!("{kernels:?} {image:?} in {chunks}, ReLU {relu}");
            // Half of the cases have the momentum of the layer, and airbench's ε; the others that of the batch header.
            let (own, epsilon) = if relu { (Some(0.5), 1e-12) } else { (None, NORM_EPSILON) };
            let norm = NormShape { image, per_sample: false, relu, pool: false };
            let lanes = pad4(image.c);
            let mut lab = Lab::open();
            let (x, dy) = (lab.image(image), lab.image(image));
            let (gamma, beta, mean) = (lab.vector(image.c), lab.vector(image.c), lab.vector(image.c));
            let var: Vec<f64> = lab.vector(image.c).iter().map(|v| v * v).collect();
            let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
            let [gamma_view, beta_view, mean_view, var_view] =
                [&gamma, &beta, &mean, &var].map(|values| lab.input(values));
            let batch_view = lab.bytes(&batch(image.n as u32, 0.1));
            let rows = image.n * chunks * 2 * lanes;
            let [partial, grad_partial] = [(); 2].map(|()| lab.output(rows));
            let [stats, running_stats, coefficients] = [(); 3].map(|()| lab.output(2 * lanes));
            let [dgamma, dbeta] = [(); 2].map(|()| lab.output(lanes));
            let [y, dx] = [(); 2].map(|()| lab.output(image.size()));
            let inputs = [x_view, stats, gamma_view, beta_view, dy_view];
            let running = [mean_view, var_view];
            let finish =
                k::batch_norm_finish(kernels, image, chunks, epsilon, [partial, batch_view], stats, running);
            let finish = own.map_or(finish.clone(), |own| finish.with_constant("MOMENTUM", own));
            let outcome = lab.run(&[
                k::batch_norm_running(image, epsilon, running, running_stats),
                k::norm_statistics(image, chunks, x_view, partial),
                finish,
                k::norm_forward(norm, 3, x_view, stats, gamma_view, beta_view, y),
                k::norm_grad_sums(norm, chunks, inputs, grad_partial),
                k::batch_norm_grad_finish(
                    kernels,
                    image,
                    chunks,
                    grad_partial,
                    gamma_view,
                    [dgamma, dbeta, coefficients],
                ),
                k::norm_grad_input(norm, 3, inputs, coefficients, dx),
            ]);
            let expected = r::batch_norm_running(image.c, &mean, &var, epsilon);
            let lanes_of = |values: &[f64]| values[..image.c].to_vec();
            outcome.expect(&what, running_stats, &lanes_of(&expected), TOLERANCE);
            let (mut new_mean, mut new_var) = (mean.clone(), var.clone());
            let all = r::norm_statistics(image, chunks, &x);
            let momentum = own.unwrap_or(0.1_f32.into());
            let expected_stats =
                r::batch_norm_finish(image, chunks, &all, epsilon, momentum, &mut new_mean, &mut new_var);
            outcome.expect(&what, mean_view, &new_mean, TOLERANCE);
            outcome.expect(&what, var_view, &new_var, TOLERANCE);
            outcome.expect(&what, stats, &lanes_of(&expected_stats), TOLERANCE);
            let expected_y = r::norm_forward(norm, &x, &expected_stats, &gamma, &beta);
            outcome.expect(&what, y, &expected_y, 1e-5);
            let sums = r::norm_grad_sums(norm, chunks, &x, &expected_stats, &gamma, &beta, &dy);
            outcome.expect(&what, grad_partial, &sums, 1e-5);
            let gradients = r::batch_norm_grad_finish(image, chunks, &sums, &gamma);
            outcome.expect(&what, dgamma, &gradients.dgamma, 1e-5);
            outcome.expect(&what, dbeta, &gradients.dbeta, 1e-5);
            let expected_dx =
                r::norm_grad_input(norm, &x, &expected_stats, &gamma, &beta, &dy, &gradients.coefficients);
            outcome.expect(&what, dx, &expected_dx, 1e-5);
        }
    }
}

#[test]
fn a_norm_and_its_pooling_in_one_pass() {
    let images = [
        Image { n: 3, h: 4, w: 6, c: 6 },
        Image { n: 2, h: 8, w: 8, c: 16 },
        Image { n: 1, h: 2, w: 2, c: 1 },
    ];
    for (image, per_sample, relu) in images
        .into_iter()
        .flat_map(|image| [(image, false, false), (image, false, true), (image, true, true)])
    {
        let norm = NormShape { image, per_sample, relu, pool: true };
        let plain = NormShape { pool: false, ..norm };
        let rows = if per_sample { image.n } else { 1 };
        let pooled = image.max_pooled();
        for chunks in chunk_counts(pooled) {
            let what = format!("{norm:?} in {chunks}");
            let mut lab = Lab::open();
            let (x, dy) = (lab.image(image), lab.image(pooled));
            let (gamma, beta) = (lab.vector(image.c), lab.vector(image.c));
            // One pair per row: any mean, a positive inverse deviation; any coefficients.
            let (mut draw, lanes) = (lab.draw(), pad4(image.c));
            let mut pair = |row: usize| {
                r::fill_vector(image.c, |_| if row % 2 == 1 { 0.5 + draw().abs() } else { draw() })
            };
            let stats: Vec<f64> = (0..2 * rows).flat_map(&mut pair).collect();
            let coefficients: Vec<f64> = (0..2 * rows).flat_map(&mut pair).collect();
            let [x_view, dy_view, stats_view, coefficients_view] =
                [&x, &dy, &stats, &coefficients].map(|values| lab.input(values));
            let [gamma_view, beta_view] = [&gamma, &beta].map(|values| lab.input(values));
            let partial = lab.output(image.n * chunks * 2 * lanes);
            let (y, dx) = (lab.output(pooled.size()), lab.output(image.size()));
            let inputs = [x_view, stats_view, gamma_view, beta_view, dy_view];
            let outcome = lab.run(&[
                k::norm_forward(norm, 3, x_view, stats_view, gamma_view, beta_view, y),
                k::norm_grad_sums(norm, chunks, inputs, partial),
                k::norm_grad_input(norm, 3, inputs, coefficients_view, dx),
            ]);
            let between = r::norm_forward(plain, &x, &stats, &gamma, &beta);
            outcome.expect(&what, y, &r::max_pool_forward(image, &between), TOLERANCE);
            let dz = r::max_pool_grad_input(image, &between, &dy);
            let whole = |sums: Vec<f64>| -> Vec<f64> {
                // The chunks of the two hold different pixels; their sums over a sample are the same.
                let row = |n: usize, i: usize| {
                    let chunk = |chunk: usize| sums[(n * sums.len() / image.n) + chunk * 2 * lanes + i];
                    (0..sums.len() / image.n / (2 * lanes)).map(chunk).sum::<f64>()
                };
                (0..image.n)
                    .flat_map(|n| (0..2 * lanes).map(move |i| (n, i)))
                    .map(|(n, i)| row(n, i))
                    .collect()
            };
            let expected = whole(r::norm_grad_sums(plain, 1, &x, &stats, &gamma, &beta, &dz));
            let sums = whole(outcome.read(partial).into_iter().map(f64::from).collect());
            for (i, (&actual, &expected)) in sums.iter().zip(&expected).enumerate() {
                assert!((actual - expected).abs() <= 1e-5, "{what}: sum {i} is {actual}, not {expected}");
            }
            let expected = r::norm_grad_input(plain, &x, &stats, &gamma, &beta, &dz, &coefficients);
            outcome.expect(&what, dx, &expected, 1e-5);
        }
    }
}

#[test]
fn group_norm_forward_and_backward() {
    let cases = [(IMAGES[1], 2), (IMAGES[1], 3), (IMAGES[2], 4), (IMAGES[3], 5), (IMAGES[4], 1)];
    for (image, groups) in cases {
        for (chunks, relu) in
            chunk_counts(image).into_iter().flat_map(|chunks| [(chunks, false), (chunks, true)])
        {
            let what = format!("{image:?}, {groups} groups, in {chunks}, ReLU {relu}");
            let norm = NormShape { image, per_sample: true, relu, pool: false };
            let lanes = pad4(image.c);
            let mut lab = Lab::open();
            let (x, dy) = (lab.image(image), lab.image(image));
            let (gamma, beta) = (lab.vector(image.c), lab.vector(image.c));
            let [x_view, dy_view, gamma_view, beta_view] =
                [&x, &dy, &gamma, &beta].map(|values| lab.input(values));
            let rows = image.n * chunks * 2 * lanes;
            let [partial, grad_partial] = [(); 2].map(|()| lab.output(rows));
            let [stats, coefficients] = [(); 2].map(|()| lab.output(image.n * 2 * lanes));
            let [dgamma, dbeta] = [(); 2].map(|()| lab.output(lanes));
            let [y, dx] = [(); 2].map(|()| lab.output(image.size()));
            let inputs = [x_view, stats, gamma_view, beta_view, dy_view];
            let outcome = lab.run(&[
                k::norm_statistics(image, chunks, x_view, partial),
                k::group_norm_finish(image, groups, chunks, partial, stats),
                k::norm_forward(norm, 3, x_view, stats, gamma_view, beta_view, y),
                k::norm_grad_sums(norm, chunks, inputs, grad_partial),
                k::norm_grad_parameters(image, grad_partial, dgamma, dbeta),
                k::group_norm_grad_finish(image, groups, chunks, grad_partial, gamma_view, coefficients),
                k::norm_grad_input(norm, 3, inputs, coefficients, dx),
            ]);
            let all = r::norm_statistics(image, chunks, &x);
            let expected_stats = r::group_norm_finish(image, chunks, groups, &all, 1e-5);
            outcome.expect(&what, stats, &expected_stats, 1e-5);
            let expected_y = r::norm_forward(norm, &x, &expected_stats, &gamma, &beta);
            outcome.expect(&what, y, &expected_y, 1e-5);
            let sums = r::norm_grad_sums(norm, chunks, &x, &expected_stats, &gamma, &beta, &dy);
            outcome.expect(&what, grad_partial, &sums, 1e-5);
            let (expected_dgamma, expected_dbeta) = r::norm_grad_parameters(image, chunks, &sums);
            outcome.expect(&what, dgamma, &expected_dgamma, 1e-5);
            outcome.expect(&what, dbeta, &expected_dbeta, 1e-5);
            let expected = r::group_norm_grad_finish(image, chunks, groups, &sums, &gamma);
            outcome.expect(&what, coefficients, &expected, 1e-5);
            let expected_dx = r::norm_grad_input(norm, &x, &expected_stats, &gamma, &beta, &dy, &expected);
            outcome.expect(&what, dx, &expected_dx, 1e-5);
        }
    }
}

#[test]
fn a_norm_keeps_nan() {
    let image = Image { n: 1, h: 2, w: 2, c: 4 };
    for nan in [f32::NAN, f32::from_bits(0xffc0_0000)] {
        let mut lab = Lab::open();
        let x = lab.bytes(&[1.0_f32; 16]);
        let stats = lab.bytes(&[nan, 2.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let [gamma, beta] = [[1.0_f32; 4], [0.0; 4]].map(|values| lab.bytes(&values));
        let (plain, pooled) = (lab.output(16), lab.output(4));
        let norm = |pool| NormShape { image, per_sample: false, relu: true, pool };
        let outcome = lab.run(&[
            k::norm_forward(norm(false), 3, x, stats, gamma, beta, plain),
            k::norm_forward(norm(true), 3, x, stats, gamma, beta, pooled),
        ]);
        for pixel in outcome.read(plain).chunks(4).chain([&outcome.read(pooled)[..]]) {
            assert!(pixel[0].is_nan() && pixel[1..] == [0.0, 1.0, 1.0], "{nan:?}: {pixel:?}");
        }
    }
}

/// How a norm forms its statistics.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Batch,
    Group { groups: usize },
}

/// The twins of a norm, in the order of a layer's kernels.
#[derive(Clone, Copy, Debug)]
pub struct NormTwin {
    pub image: Image,
    pub kind: Kind,
    pub chunks: usize,
    pub relu: bool,
}

/// Large, so that eps acts and groups of few values stay smooth enough for differences.
const NORM_EPS: f64 = 0.1;

impl NormTwin {
    fn norm(self) -> NormShape {
        NormShape {
            image: self.image,
            per_sample: matches!(self.kind, Kind::Group { .. }),
            relu: self.relu,
            pool: false,
        }
    }

    fn statistics(self, x: &[f64]) -> Vec<f64> {
        let NormTwin { image, chunks, .. } = self;
        let partial = r::norm_statistics(image, chunks, x);
        match self.kind {
            Kind::Batch => {
                let (mut mean, mut var) = (vec![0.0; pad4(image.c)], vec![0.0; pad4(image.c)]);
                r::batch_norm_finish(image, chunks, &partial, NORM_EPS, 0.1, &mut mean, &mut var)
            }
            Kind::Group { groups } => r::group_norm_finish(image, chunks, groups, &partial, NORM_EPS),
        }
    }

    pub fn forward(self, x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
        r::norm_forward(self.norm(), x, &self.statistics(x), gamma, beta)
    }

    /// dx, dγ, dβ.
    pub fn backward(self, x: &[f64], gamma: &[f64], beta: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let NormTwin { image, chunks, .. } = self;
        let stats = self.statistics(x);
        let partial = r::norm_grad_sums(self.norm(), chunks, x, &stats, gamma, beta, dy);
        let (dgamma, dbeta, coefficients) = match self.kind {
            Kind::Batch => {
                let out = r::batch_norm_grad_finish(image, chunks, &partial, gamma);
                (out.dgamma, out.dbeta, out.coefficients)
            }
            Kind::Group { groups } => {
                let (dgamma, dbeta) = r::norm_grad_parameters(image, chunks, &partial);
                (dgamma, dbeta, r::group_norm_grad_finish(image, chunks, groups, &partial, gamma))
            }
        };
        let dx = r::norm_grad_input(self.norm(), x, &stats, gamma, beta, dy, &coefficients);
        [dx, dgamma, dbeta]
    }

    fn check(self) {
        let name = format!("{self:?}");
        let channels = self.image.c;
        let mut noise = Noise::new(3);
        let x = noise.image(self.image);
        let (gamma, beta) = (noise.vector(channels), noise.vector(channels));
        let dy = noise.image(self.image);
        let gradients = self.backward(&x, &gamma, &beta, &dy);
        assert_padding_is_zero(&name, channels, &self.forward(&x, &gamma, &beta));
        for gradient in &gradients {
            assert_padding_is_zero(&name, channels, gradient);
        }
        let f = |i: &[Vec<f64>]| project(&self.forward(&i[0], &i[1], &i[2]), &dy);
        check_gradient(&name, &[x, gamma, beta], f, &gradients);
    }
}

#[test]
fn gradient_of_batch_norm() {
    for (n, h, w, c, chunks) in [(1, 3, 5, 3, 1), (2, 4, 4, 4, 4), (3, 3, 3, 6, 2), (5, 1, 1, 9, 1)] {
        for relu in [false, true] {
            NormTwin { image: Image { n, h, w, c }, kind: Kind::Batch, chunks, relu }.check();
        }
    }
}

#[test]
fn gradient_of_group_norm() {
    let shapes = [
        // (n, h, w, channels, groups, chunks); most groups start or end within a quad
        (1, 3, 5, 6, 2, 1),
        (2, 2, 3, 6, 3, 3),
        (2, 3, 3, 10, 5, 2),
        (3, 1, 2, 5, 1, 1),
        (1, 3, 3, 7, 7, 4),
        (2, 2, 2, 16, 4, 1),
        (2, 1, 1, 12, 4, 1),
    ];
    for (n, h, w, c, groups, chunks) in shapes {
        for relu in [false, true] {
            NormTwin { image: Image { n, h, w, c }, kind: Kind::Group { groups }, chunks, relu }.check();
        }
    }
}

#[test]
fn group_norm_with_one_group_a_channel_and_batch_norm_of_one_sample_agree() {
    let image = Image { n: 1, h: 3, w: 5, c: 6 };
    let x = Noise::new(4).image(image);
    let statistics = |kind| NormTwin { image, kind, chunks: 2, relu: false }.statistics(&x);
    assert_eq!(statistics(Kind::Batch), statistics(Kind::Group { groups: 6 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // Without ReLU: a random shape could put a value on the kink, where differences mean nothing.
    #[test]
    fn gradient_of_any_shape(
        n in 1..4_usize, h in 1..5_usize, w in 2..5_usize, groups in 1..4_usize, width in 1..6_usize,
        chunks in 1..6_usize, batch: bool,
    ) {
        let image = Image { n, h, w, c: groups * width };
        let kind = if batch { Kind::Batch } else { Kind::Group { groups } };
        NormTwin { image, kind, chunks, relu: false }.check();
    }
}

/// The kernels of a norm in training mode with its gradients, and the parameters at `prefix` in a golden file; batch norm
/// unless there are groups.
pub struct NormLayer {
    kernels: KernelSet,
    norm: NormShape,
    groups: Option<usize>,
    chunks: usize,
    gamma: View,
    beta: View,
    pub running: [View; 2],
    batch: View,
    partial: View,
    stats: View,
    coefficients: View,
    pub y: View,
    pub dx: View,
    pub dgamma: View,
    pub dbeta: View,
}

impl NormLayer {
    pub fn new(
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
        // Group norm has no running buffers.
        let momentum = golden.settings["momentum"].as_f64().unwrap_or(f64::NAN) as f32;
        let running = ["running_mean", "running_var"].map(|buffer| match groups {
            None => lab.input(&golden.vector(&format!("{prefix}{buffer}"))),
            Some(_) => lab.output(lanes),
        });
        Self {
            kernels,
            norm: NormShape { image, per_sample: groups.is_some(), relu, pool: false },
            groups,
            chunks,
            gamma: lab.input(&golden.vector(&format!("{prefix}gamma"))),
            beta: lab.input(&golden.vector(&format!("{prefix}beta"))),
            running,
            batch: lab.bytes(&batch(image.n as u32, momentum)),
            partial: lab.output(image.n * chunks * 2 * lanes),
            stats: lab.output(rows * 2 * lanes),
            coefficients: lab.output(rows * 2 * lanes),
            y: lab.output(image.size()),
            dx: lab.output(image.size()),
            dgamma: lab.output(lanes),
            dbeta: lab.output(lanes),
        }
    }

    pub fn forward(&self, x: View) -> Vec<Dispatch> {
        let image = self.norm.image;
        vec![
            k::norm_statistics(image, self.chunks, x, self.partial),
            match self.groups {
                None => k::batch_norm_finish(
                    self.kernels,
                    image,
                    self.chunks,
                    NORM_EPSILON,
                    [self.partial, self.batch],
                    self.stats,
                    self.running,
                ),
                Some(groups) => k::group_norm_finish(image, groups, self.chunks, self.partial, self.stats),
            },
            k::norm_forward(self.norm, 3, x, self.stats, self.gamma, self.beta, self.y),
        ]
    }

    pub fn backward(&self, x: View, dy: View) -> Vec<Dispatch> {
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

/// Runs the norms `names` of a golden file forward and backward and compares their results.
fn check_golden_norms(golden: &Golden, names: &[&str]) {
    let groups = |name: &str| golden.settings["groups"][name].as_u64().map(|groups| groups as usize);
    for &name in names {
        let image = golden.image(&format!("{name}.x"));
        // Inputs of mean 30 lose accuracy when their mean is subtracted: its rounding is 1e-6 of their deviation.
        let tolerance = if name == "batch_norm_offset" { 1e-5 } else { GOLDEN_TOLERANCE };
        let chunks = [1, image.h * image.w, image.h];
        for case in chunks.into_iter().flat_map(|chunks| KernelSet::BOTH.map(|kernels| (kernels, chunks))) {
            let mut lab = Lab::open();
            let [x, dy] = ["x", "dy"].map(|which| lab.input(&golden.activations(&format!("{name}.{which}"))));
            let relu = name.ends_with("_relu");
            let layer =
                NormLayer::new(&mut lab, golden, &format!("{name}."), image, groups(name), relu, case);
            let (running_stats, evaluated) = (lab.output(2 * pad4(image.c)), lab.output(image.size()));
            let mut plan = [layer.forward(x), layer.backward(x, dy)].concat();
            if name == "batch_norm" {
                plan.extend([
                    k::batch_norm_running(image, NORM_EPSILON, layer.running, running_stats),
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
                        GOLDEN_TOLERANCE,
                    );
                }
            }
            if name == "batch_norm" {
                outcome.expect(
                    &what("y_eval"),
                    evaluated,
                    &golden.activations("batch_norm.y_eval"),
                    GOLDEN_TOLERANCE,
                );
            }
        }
    }
}

#[test]
fn golden_values_of_batch_norm() {
    let golden = Golden::open("layers/batch_norm.safetensors");
    check_golden_norms(&golden, &["batch_norm", "batch_norm_offset", "batch_norm_relu"]);
}

#[test]
fn golden_values_of_group_norm() {
    let golden = Golden::open("layers/group_norm.safetensors");
    check_golden_norms(&golden, &["group_norm", "group_norm_relu"]);
}
