use emascope::{
    layers::kernels::{self as k, ConvOp, KernelSet, Sum, Tile},
    layout::{TENSOR_ALIGNMENT, pad4},
    plan::{Lease, View},
    reference::{self as r, Conv},
};

use crate::{IMAGES, TOLERANCE, common::lab::Lab};

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
