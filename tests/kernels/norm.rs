use emascope::{
    layers::kernels::{self as k, KernelSet},
    layout::pad4,
    reference::{self as r, Image, Norm},
};

use crate::{IMAGES, TOLERANCE, batch, common::lab::Lab};

/// Chunks a sample that divide its pixels.
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
            let norm = Norm { image, per_sample: false, relu, pool: false };
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
            let outcome = lab.run(&[
                k::batch_norm_running(image, running, running_stats),
                k::norm_statistics(image, chunks, x_view, partial),
                k::batch_norm_finish(kernels, image, chunks, partial, batch_view, stats, running),
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
            let expected = r::batch_norm_running(image.c, &mean, &var, 1e-5);
            let lanes_of = |values: &[f64]| values[..image.c].to_vec();
            outcome.expect(&what, running_stats, &lanes_of(&expected), TOLERANCE);
            let (mut new_mean, mut new_var) = (mean.clone(), var.clone());
            let all = r::norm_statistics(image, chunks, &x);
            let expected_stats =
                r::batch_norm_finish(image, chunks, &all, 1e-5, 0.1_f32.into(), &mut new_mean, &mut new_var);
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
        let norm = Norm { image, per_sample, relu, pool: true };
        let plain = Norm { pool: false, ..norm };
        let rows = if per_sample { image.n } else { 1 };
        let pooled = image.max_pooled();
        for chunks in chunk_counts(pooled) {
            let what = format!("{norm:?} in {chunks}");
            let mut lab = Lab::open();
            let (x, dy) = (lab.image(image), lab.image(pooled));
            let (gamma, beta) = (lab.vector(image.c), lab.vector(image.c));
            // A pair a row: any mean, a positive inverse deviation; any coefficients.
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
                // The chunks of the two are other pixels; their sums over a sample are the same.
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
            let norm = Norm { image, per_sample: true, relu, pool: false };
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
        let norm = |pool| Norm { image, per_sample: false, relu: true, pool };
        let outcome = lab.run(&[
            k::norm_forward(norm(false), 3, x, stats, gamma, beta, plain),
            k::norm_forward(norm(true), 3, x, stats, gamma, beta, pooled),
        ]);
        for pixel in outcome.read(plain).chunks(4).chain([&outcome.read(pooled)[..]]) {
            assert!(pixel[0].is_nan() && pixel[1..] == [0.0, 1.0, 1.0], "{nan:?}: {pixel:?}");
        }
    }
}
