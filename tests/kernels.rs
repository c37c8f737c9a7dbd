//! Each kernel, and each of its variants, against its twin in `src/reference`, at odd shapes. Outputs start as NaN, so that
//! an unwritten value fails.

mod common;

use common::lab::Lab;
use emascope::{
    layers::kernels::{self as k, ConvOp, KernelSet, Sum, Tile},
    layout::{TENSOR_ALIGNMENT, pad4},
    plan::{Lease, View},
    random::pcg4d,
    reference::{self as r, Conv, Image, Norm},
    roofline,
};

const TOLERANCE: f64 = 2e-6;

const IMAGES: [Image; 5] = [
    Image { n: 1, h: 1, w: 1, c: 1 },
    Image { n: 3, h: 5, w: 7, c: 6 },
    Image { n: 2, h: 8, w: 8, c: 16 },
    Image { n: 5, h: 2, w: 3, c: 10 },
    Image { n: 1, h: 9, w: 16, c: 4 },
];

const CONVS: [Conv; 11] = [
    Conv { n: 1, h: 1, w: 1, inputs: 1, outputs: 1, kernel: 3 },
    Conv { n: 2, h: 5, w: 7, inputs: 3, outputs: 5, kernel: 3 },
    Conv { n: 1, h: 3, w: 8, inputs: 4, outputs: 8, kernel: 3 },
    Conv { n: 3, h: 8, w: 16, inputs: 16, outputs: 12, kernel: 3 },
    Conv { n: 2, h: 4, w: 17, inputs: 6, outputs: 20, kernel: 3 },
    Conv { n: 2, h: 5, w: 7, inputs: 3, outputs: 5, kernel: 1 },
    Conv { n: 1, h: 1, w: 13, inputs: 20, outputs: 10, kernel: 1 },
    Conv { n: 4, h: 8, w: 8, inputs: 8, outputs: 36, kernel: 1 },
    Conv { n: 5, h: 32, w: 32, inputs: 3, outputs: 16, kernel: 3 },
    Conv { n: 2, h: 32, w: 32, inputs: 16, outputs: 32, kernel: 3 },
    Conv { n: 3, h: 8, w: 8, inputs: 64, outputs: 64, kernel: 3 },
];

fn conv_weights(lab: &mut Lab, conv: Conv) -> Vec<f64> {
    let mut draw = lab.draw();
    conv.fill_weights(|_, _, _, _| draw())
}

/// All kernels for a convolution.
fn kernel_sets(op: ConvOp, conv: Conv) -> impl Iterator<Item = KernelSet> {
    let tiles = Tile::fitting(op, conv, k::SMALLEST_MEMORY).into_iter();
    std::iter::once(KernelSet::Register).chain(tiles.map(|tile| KernelSet::Tiled(Some(tile))))
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
            k::conv_grad_weight_plain(conv, x_view, dy_view, dw),
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
    // More than one dispatch takes.
    for conv in [CONVS; 3].concat() {
        w.resize(w.len().next_multiple_of(TENSOR_ALIGNMENT), 0.0);
        convolutions.push((conv, w.len()));
        w.extend(conv_weights(&mut lab, conv));
    }
    let (w_view, [flipped, in_turns]) = (lab.input(&w), [(); 2].map(|()| lab.output(w.len())));
    // As where weights are more than a row of workgroups takes at once.
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
                // As where those of several convolutions wait to be added up.
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
        // More than one dispatch takes.
        for (chunks, len) in [(1, 4), (3, 148), (40, 16), (17, 68), (2, 1000)].repeat(8) {
            partial.resize(partial.len().next_multiple_of(TENSOR_ALIGNMENT), 0.0);
            sums.push(Sum { first: partial.len(), chunks, out, len });
            partial.extend(lab.vector(chunks * len));
            out += len;
        }
        let (partial_view, [all, in_turns]) = (lab.input(&partial), [(); 2].map(|()| lab.output(out)));
        // As where a sum is longer than a row of workgroups takes at once.
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

/// The parts of a batch header that kernels outside the trainer's own tests read.
fn batch(count: u32, momentum: f32) -> [u32; 8] {
    [3, count, 0, 0, 0, 0, momentum.to_bits(), 0]
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
fn element_wise_kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let (a, b) = (lab.image(image), lab.image(image));
        let [a_view, b_view] = [&a, &b].map(|values| lab.input(values));
        let [sum, y, dx] = [(); 3].map(|()| lab.output(image.size()));
        let outcome = lab.run(&[
            k::add(a_view, b_view, sum),
            k::relu_forward(a_view, y),
            k::relu_grad_input(y, b_view, dx),
        ]);
        outcome.expect(&format!("add {image:?}"), sum, &r::add(&a, &b), 1e-7);
        let expected = r::relu_forward(&a);
        outcome.expect(&format!("relu_forward {image:?}"), y, &expected, 0.0);
        outcome.expect(&format!("relu_grad_input {image:?}"), dx, &r::relu_grad_input(&expected, &b), 0.0);
    }
}

#[test]
fn gelu() {
    let mut lab = Lab::open();
    // Both pieces of the distribution function, where they meet, and its tails.
    let x: Vec<f64> = (-1024..1024).map(|i| f64::from(i) / 128.0).chain([-40.0, 40.0, -1e30, 1e30]).collect();
    let mut draw = lab.draw();
    let dy: Vec<f64> = x.iter().map(|_| draw()).collect();
    let [x_view, dy_view] = [&x, &dy].map(|values| lab.input(values));
    let [y, dx] = [(); 2].map(|()| lab.output(x.len()));
    let [nan, kept] = [lab.input(&[f64::NAN; 4]), lab.output(4)];
    let plan =
        [k::gelu_forward(x_view, y), k::gelu_grad_input(x_view, dy_view, dx), k::gelu_forward(nan, kept)];
    let outcome = lab.run(&plan);
    for (i, (actual, expected)) in outcome.read(y).into_iter().zip(r::gelu_forward(&x)).enumerate() {
        let error = (f64::from(actual) - expected).abs();
        assert!(error <= 4e-7 * expected.abs().max(1.0), "gelu({}) = {actual}, expected {expected}", x[i]);
    }
    outcome.expect("gelu_grad_input", dx, &r::gelu_grad_input(&x, &dy), 1e-6);
    assert!(outcome.read(kept).iter().all(|value| value.is_nan()));
}

#[test]
fn relu_keeps_nan() {
    let mut lab = Lab::open();
    // A processor makes the second of ∞ − ∞.
    let x = lab.bytes(&[f32::NAN, f32::from_bits(0xffc0_0000), f32::INFINITY, 2.0]);
    let below = lab.bytes(&[f32::NEG_INFINITY, -1.0, -0.0, -1e-40]);
    let [y, zeros] = [(); 2].map(|()| lab.output(4));
    let outcome = lab.run(&[k::relu_forward(x, y), k::relu_forward(below, zeros)]);
    let values = outcome.read(y);
    assert!(values[0].is_nan() && values[1].is_nan() && values[2..] == [f32::INFINITY, 2.0], "{values:?}");
    assert_eq!(outcome.read(zeros), [0.0; 4]);
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

#[test]
fn softmax_cross_entropy_and_metrics() {
    for (size, count, classes, smoothing) in
        [(1, 1, 10, 0.0), (7, 7, 10, 0.1), (9, 4, 10, 0.0), (70, 66, 6, 0.2)]
    {
        let mut lab = Lab::open();
        let image = Image { n: size, h: 1, w: 1, c: classes };
        let logits: Vec<f64> = lab.image(image).iter().map(|z| 30.0 * z).collect();
        let logits: Vec<f64> = logits.iter().map(|&z| f64::from(z as f32)).collect();
        let labels: Vec<u32> = (0..size as u32).map(|n| pcg4d([n, 0, 0, 5])[0] % classes as u32).collect();
        let (logits_view, labels_view) = (lab.input(&logits), lab.bytes(&labels));
        let batch_view = lab.bytes(&batch(count as u32, 0.0));
        let (outcome_view, dlogits) = (lab.output(2 * size), lab.output(image.size()));
        let ring = lab.output(4 * 8);
        let outcome = lab.run(&[
            k::softmax_cross_entropy(
                classes,
                smoothing,
                [logits_view, labels_view, batch_view],
                [outcome_view, dlogits],
            ),
            emascope::trainer::metrics(outcome_view, batch_view, ring),
        ]);
        let settings = r::CrossEntropy { batch: size, classes, count, smoothing };
        let expected = r::softmax_cross_entropy(settings, &logits, &labels);
        let pairs: Vec<f64> =
            expected.loss.iter().zip(&expected.correct).flat_map(|(&l, &c)| [l, c]).collect();
        let what = format!("{count} of {size}, {classes} classes, smoothing {smoothing}");
        outcome.expect(&what, outcome_view, &pairs, TOLERANCE);
        outcome.expect(&what, dlogits, &expected.dlogits, TOLERANCE);
        let entry = &outcome.read(ring)[12..16];
        let sums = r::metrics(&expected.loss, &expected.correct, count, 3);
        assert!((f64::from(entry[0]) - sums[0]).abs() <= 1e-5 * sums[0], "{entry:?} {sums:?}");
        assert_eq!([f64::from(entry[1]), f64::from(entry[2])], sums[1..3]);
        assert_eq!(entry[3].to_bits(), 3);
    }
}

#[test]
fn predict_says_class_and_probability_batch_after_batch() {
    for (size, classes, count) in [(8, 10, 8), (8, 10, 5), (3, 4, 3), (70, 13, 65)] {
        let mut lab = Lab::open();
        let image = Image { n: size, h: 1, w: 1, c: classes };
        let mut logits: Vec<f64> = lab.image(image).iter().map(|z| f64::from((30.0 * z) as f32)).collect();
        // Of equals the first: the last sample is sure of nothing.
        logits[(count - 1) * pad4(classes)..][..classes].fill(2.5);
        let logits_view = lab.input(&logits);
        let predictions = lab.output(2 * 2 * size);
        let [first, second] = [0_u32, 1].map(|step| lab.bytes(&[step, count as u32]));
        let predict = |batch| emascope::trainer::predict(classes, logits_view, batch, predictions);
        let outcome = lab.run(&[predict(first), predict(second)]);
        let expected = r::predict(size, classes, count, &logits);
        assert_eq!(expected[count - 1].0, 0);
        let actual = outcome.read(predictions);
        for batch in actual.chunks_exact(2 * size) {
            for (n, pair) in batch.chunks_exact(2).enumerate() {
                let Some(&(label, probability)) = expected.get(n) else {
                    assert!(pair[0].is_nan() && pair[1].is_nan(), "sample {n} is none of {count}");
                    continue;
                };
                assert_eq!(pair[0].to_bits(), label, "sample {n} of {classes} classes");
                let difference = (f64::from(pair[1]) - probability).abs();
                assert!(difference <= TOLERANCE, "sample {n}: {} is not {probability}", pair[1]);
            }
        }
    }
}

#[test]
fn probe_notes_the_followed_weights_alone() {
    let (len, places, steps, width) = (192, [191_u32, 0, u32::MAX, 70], 4, 9);
    for averages in [0, 1, 8] {
        let mut lab = Lab::open();
        let (w, bank) = (lab.vector(len), lab.vector(len * averages));
        let (w_view, bank_view) = (lab.input(&w), lab.input(if averages > 0 { &bank } else { &w[..4] }));
        let indices = lab.bytes(&places);
        let batch = lab.bytes(&[6_u32, 0, 0, 0]);
        let ring = lab.output(steps * places.len() * width);
        let sources = [w_view, bank_view, indices, batch];
        let outcome = lab.run(&[emascope::trainer::probe(steps, 1 + averages, sources, ring)]);
        let actual = outcome.read(ring);
        for (slot, entry) in actual.chunks_exact(places.len() * width).enumerate() {
            for (p, values) in entry.chunks_exact(width).enumerate() {
                let followed = slot == 6 % steps && places[p] != u32::MAX;
                let place = [places[p] as usize];
                let expected = if followed { r::probe(&w, &bank, &place) } else { Vec::new() };
                for (method, value) in values.iter().enumerate() {
                    match expected.get(method) {
                        Some(&expected) => assert_eq!(f64::from(*value), expected, "{p} by {method}"),
                        None => assert!(value.is_nan(), "slot {slot}, {p} by {method} is {value}"),
                    }
                }
            }
        }
    }
}

#[test]
fn gather_normalises_and_augments() {
    let records = 5;
    let bytes: Vec<u8> = (0..records * 3072_u32).map(|i| pcg4d([i, 1, 2, 3])[0] as u8).collect();
    let all_labels = [3_u32, 1, 9, 1, 5];
    let indices = [4_u32, 0, 2, 2, 1, 3];
    let cases = [(false, 0, 6, 0), (true, 0, 6, 0), (false, 3, 6, 1), (true, 2, 4, 1)];
    // All records in one part, or two a part and a last one alone.
    for ((flip, crop, count, label_shift), records_a_part) in
        cases.into_iter().flat_map(|case| [5, 2].map(|records| (case, records)))
    {
        let mut lab = Lab::open();
        let settings = r::Gather {
            batch: 6,
            count,
            seed: 11,
            step: 42,
            flip,
            pad: crop,
            classes: 10,
            label_shift,
            mean: [0.5, 0.25, 0.125],
            std: [0.25, 0.5, 2.0],
        };
        // The indices lie in the table after some other words.
        let table: Vec<u32> = [99; 8].into_iter().chain(indices).collect();
        let header = [42_u32, count as u32, 11, flip.into(), crop, 8, 0, label_shift];
        let parts = bytes.chunks(records_a_part * 3072).map(|part| lab.bytes(part)).collect();
        let labels_view = lab.bytes(&all_labels);
        let [table_view, batch_view] = [lab.bytes(&table), lab.bytes(&header)];
        let (x, labels) = (lab.output(6 * 4096), lab.bytes(&[77_u32; 6]));
        let images = emascope::trainer::Images {
            parts,
            records_a_part,
            labels: labels_view,
            mean: settings.mean,
            deviation: settings.std,
        };
        let outcome = lab.run(&emascope::trainer::gather(&images, table_view, batch_view, x, labels));
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
        let (expected, expected_labels) = r::gather(&settings, &words, &all_labels, &indices);
        outcome.expect(
            &format!("flip {flip}, crop {crop}, {count} images, {records_a_part} a part"),
            x,
            &expected,
            1e-6,
        );
        let labels: Vec<u32> = outcome.read(labels).iter().map(|label| label.to_bits()).collect();
        assert_eq!(labels, expected_labels);
    }
}

#[test]
fn adam_and_adamw() {
    use emascope::config::{Experiment, Optimizer};
    for (optimizer, weight_decay) in [(Optimizer::Adam, 0.0), (Optimizer::Adam, 0.1), (Optimizer::Adamw, 0.1)]
    {
        for t in [1, 2, 1000] {
            let mut lab = Lab::open();
            let experiment = Experiment { optimizer, weight_decay, lr: 0.01, ..Experiment::default() };
            let len = 132;
            let (mut w, g, mut m) = (lab.vector(len), lab.vector(len), lab.vector(len));
            let mut v: Vec<f64> = lab.vector(len).iter().map(|v| f64::from((v * v) as f32)).collect();
            let [w_view, g_view, m_view, v_view] = [&w, &g, &m, &v].map(|values| lab.input(values));
            let header = lab.bytes(&[emascope::optim::AdamHeader::new(&experiment, 0.01, t)]);
            let outcome = lab.run(&[emascope::optim::adam(w_view, g_view, [m_view, v_view], header)]);
            let settings = r::Adam {
                lr: 0.01,
                beta1: experiment.beta1,
                beta2: experiment.beta2,
                eps: experiment.eps,
                weight_decay,
                decoupled: optimizer == Optimizer::Adamw,
            };
            r::adam(&settings.step(t), &g, &mut m, &mut v, &mut w);
            let what = format!("{optimizer:?}, decay {weight_decay}, step {t}");
            outcome.expect(&what, m_view, &m, 1e-6);
            outcome.expect(&what, v_view, &v, 1e-6);
            outcome.expect(&what, w_view, &w, 1e-6);
        }
    }
}

#[test]
fn ema_updates_every_average_at_its_own_rate() {
    use emascope::average::{self, AverageSpec};
    let (parameters, len) = (128, 192);
    let specs: Vec<AverageSpec> = [
        "0",
        "0.9",
        "0.999,buffers=copy",
        "0.98,every=2",
        "0.9,warmup=ramp",
        "0.9,warmup=bias-corrected",
        "0.5,buffers=recompute",
    ]
    .map(|text| text.parse().unwrap())
    .to_vec();
    for step in [1, 2] {
        let mut lab = Lab::open();
        let w = lab.vector(len);
        let mut bank: Vec<f64> = specs.iter().flat_map(|_| lab.vector(len)).collect();
        let (w_view, bank_view) = (lab.input(&w), lab.input(&bank));
        let rates = average::rates(&specs, step);
        let rates_view = lab.bytes(&[rates]);
        let outcome = lab.run(&[average::update(w_view, 4 * parameters as u64, bank_view, rates_view)]);
        let [a, b] =
            [rates.parameters, rates.buffers].map(|rates| rates.map(f64::from)[..specs.len()].to_vec());
        r::ema(parameters, &a, &b, &w, &mut bank);
        outcome.expect(&format!("step {step}"), bank_view, &bank, 2e-7);
        let zero = &outcome.read(bank_view)[..len];
        assert!(zero.iter().zip(&w).all(|(&v, &w)| v == w as f32), "β = 0 is the raw weights, to the bit");
    }
}

#[test]
fn adam_without_epsilon_leaves_what_never_had_a_gradient() {
    use emascope::config::Experiment;
    let experiment = Experiment { eps: 0.0, ..Experiment::default() };
    let mut lab = Lab::open();
    let zeros = vec![0.0; 64];
    // Padding, a dead unit, and two weights that learn.
    let (mut w, mut g) = (zeros.clone(), zeros.clone());
    w[1..4].copy_from_slice(&[0.5, 0.5, -0.25]);
    g[2..4].copy_from_slice(&[0.125, -1e-3]);
    let [w_view, g_view, m_view, v_view] = [&w, &g, &zeros, &zeros].map(|values| lab.input(values));
    let header = lab.bytes(&[emascope::optim::AdamHeader::new(&experiment, 0.01, 1)]);
    let outcome = lab.run(&[emascope::optim::adam(w_view, g_view, [m_view, v_view], header)]);
    let Experiment { beta1, beta2, eps, .. } = experiment;
    let settings = r::Adam { lr: 0.01, beta1, beta2, eps, weight_decay: 0.0, decoupled: false };
    r::adam(&settings.step(1), &g, &mut zeros.clone(), &mut zeros.clone(), &mut w);
    assert_eq!(w[..2], [0.0, 0.5]);
    outcome.expect("weights", w_view, &w, 1e-6);
}

#[test]
fn an_average_that_skips_a_step_or_copies_is_exact_whatever_the_values() {
    use emascope::average::{self, AverageSpec};
    let specs: [AverageSpec; 2] = ["0.9,every=2", "0"].map(|text| text.parse().unwrap());
    for poison in [f32::NAN, f32::INFINITY] {
        let mut lab = Lab::open();
        let (w, v) = (lab.vector(64), lab.vector(64));
        let broken = vec![f64::from(poison); 64];
        let (bank, poisoned) = ([&v[..], &broken[..]].concat(), [&broken[..], &w[..]].map(|w| lab.input(w)));
        let banks = [(); 2].map(|()| lab.input(&bank));
        let rates = lab.bytes(&[average::rates(&specs, 1)]);
        // A broken w into an average that skips, then a sound one into one that copies over what is broken.
        let plan = [0, 1].map(|i| average::update(poisoned[i], 4 * 64, banks[i], rates));
        let outcome = lab.run(&plan);
        let read = |i: usize, k: usize| outcome.read(banks[i])[64 * k..][..64].to_vec();
        let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
        assert_eq!(read(0, 0), single(&v), "{poison}: skipped");
        assert_eq!(read(1, 1), single(&w), "{poison}: copied");
    }
}

#[test]
fn the_roofline_kernels_do_what_they_are_timed_for() {
    let mut lab = Lab::open();
    let quads = 67;
    let coefficients = lab.input(&[0.999, 0.001, 0.0, 0.0]);
    let (sums, copied) = (lab.output(4 * quads), lab.output(4 * quads));
    let values: Vec<f64> = (0..4 * quads).map(|i| i as f64).collect();
    let source = lab.input(&values);
    let outcome = lab.run(&[roofline::fma(3, coefficients, sums), k::copy(source, copied)]);
    let [factor, term] = [0.999_f32, 0.001].map(f64::from);
    // 48 roundings in a row, each of half a unit of the last place.
    outcome.expect("sums", sums, &r::roofline_fma(quads, 3, factor, term), 48.0 * 6e-8);
    outcome.expect("copied", copied, &values, 0.0);
}
