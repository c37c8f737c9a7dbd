// Gradient of a convolution's weights, for adapters that want registers and no barriers.
//
//   dw[kh, kw, i, o] = Σ_{n, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, dy: [N, H, W, OUTPUTS] quads, partial: [CHUNKS] × the layout of w. The image rows are cut
// into CHUNKS runs; one invocation owns one kernel row, 4 input and 8 output channels of one run, and goes through its
// pixels 4 at a time: 6 loaded input pixels serve the three taps of the kernel row. sum_chunks.wgsl adds the runs in
// order. Twin: src/reference/conv_grad_weight.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override CHUNKS: u32;

override STRIPS = (WIDTH + 3u) / 4u;
override PAIRS = (OUTPUTS + 1u) / 2u;
override PADDING = (KERNEL - 1u) / 2u;
override WHOLE = WIDTH % 4u == 0u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<mat4x4f>;

// Σ over four pixels of the outer product dy ⊗ x: column j belongs to input channel j.
fn outer(x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, d0: vec4f, d1: vec4f, d2: vec4f, d3: vec4f) -> mat4x4f {
    return mat4x4f(
        d0 * x0.x + d1 * x1.x + d2 * x2.x + d3 * x3.x,
        d0 * x0.y + d1 * x1.y + d2 * x2.y + d3 * x3.y,
        d0 * x0.z + d1 * x1.z + d2 * x2.z + d3 * x3.z,
        d0 * x0.w + d1 * x1.w + d2 * x2.w + d3 * x3.w,
    );
}

@compute @workgroup_size(64)
fn conv_grad_weight(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let pair = i % PAIRS;
    let input = i / PAIRS % INPUTS;
    let kh = i / (PAIRS * INPUTS) % KERNEL;
    let chunk = i / (PAIRS * INPUTS * KERNEL);
    if (chunk >= CHUNKS) {
        return;
    }
    let quad = 2u * pair;
    let next = min(quad + 1u, OUTPUTS - 1u);
    let rows = arrayLength(&dy) / (WIDTH * OUTPUTS);
    let share = (rows + CHUNKS - 1u) / CHUNKS;
    let from_row = min(chunk * share, rows);
    let to_row = min(from_row + share, rows);

    var left_a = mat4x4f();
    var left_b = mat4x4f();
    var middle_a = mat4x4f();
    var middle_b = mat4x4f();
    var right_a = mat4x4f();
    var right_b = mat4x4f();
    let zero = vec4f();
    // Counting row and column along saves divisions, which are dear on a processor's vector units.
    var row = from_row;
    var image = from_row / HEIGHT * HEIGHT;
    var c = 0u;
    for (var strip = from_row * STRIPS; strip < to_row * STRIPS; strip++) {
        let r = row - image + kh - PADDING;  // wraps to a huge number above the image
        let inside = r < HEIGHT;
        // x0 lies one pixel left of dy's first, x5 one right of its last. What is read outside the row is not used.
        let at = ((image + r) * WIDTH + c) * INPUTS + input;
        let in1 = WHOLE | (c + 1u < WIDTH);
        let in2 = WHOLE | (c + 2u < WIDTH);
        let in3 = WHOLE | (c + 3u < WIDTH);
        let x1 = select(zero, x[at], inside);
        let x2 = select(zero, x[at + INPUTS], inside & in1);
        let x3 = select(zero, x[at + 2u * INPUTS], inside & in2);
        let x4 = select(zero, x[at + 3u * INPUTS], inside & in3);
        let d = (row * WIDTH + c) * OUTPUTS + quad;
        let e = d + next - quad;
        let a0 = dy[d];
        let a1 = select(zero, dy[d + OUTPUTS], in1);
        let a2 = select(zero, dy[d + 2u * OUTPUTS], in2);
        let a3 = select(zero, dy[d + 3u * OUTPUTS], in3);
        let b0 = dy[e];
        let b1 = select(zero, dy[e + OUTPUTS], in1);
        let b2 = select(zero, dy[e + 2u * OUTPUTS], in2);
        let b3 = select(zero, dy[e + 3u * OUTPUTS], in3);
        middle_a += outer(x1, x2, x3, x4, a0, a1, a2, a3);
        middle_b += outer(x1, x2, x3, x4, b0, b1, b2, b3);
        if (KERNEL == 3u) {
            let x0 = select(zero, x[at - INPUTS], inside & (c > 0u));
            let x5 = select(zero, x[at + 4u * INPUTS], inside & (c + 4u < WIDTH));
            left_a += outer(x0, x1, x2, x3, a0, a1, a2, a3);
            left_b += outer(x0, x1, x2, x3, b0, b1, b2, b3);
            right_a += outer(x2, x3, x4, x5, a0, a1, a2, a3);
            right_b += outer(x2, x3, x4, x5, b0, b1, b2, b3);
        }

        c += 4u;
        let next_row = c >= WIDTH;
        c = select(c, 0u, next_row);
        row += u32(next_row);
        image = select(image, row, row == image + HEIGHT);
    }

    let blocks = INPUTS * OUTPUTS;  // to the next tap
    let to = ((chunk * KERNEL + kh) * KERNEL * INPUTS + input) * OUTPUTS + quad;
    let both = quad + 1u < OUTPUTS;
    if (KERNEL == 3u) {
        partial[to] = left_a;
        partial[to + blocks] = middle_a;
        partial[to + 2u * blocks] = right_a;
        if (both) {
            partial[to + 1u] = left_b;
            partial[to + blocks + 1u] = middle_b;
            partial[to + 2u * blocks + 1u] = right_b;
        }
    } else {
        partial[to] = middle_a;
        if (both) {
            partial[to + 1u] = middle_b;
        }
    }
}
