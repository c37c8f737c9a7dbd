// Convolution, "same" padding, for adapters that want registers and no barriers.
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, w: [KERNEL, KERNEL, INPUTS, OUTPUTS] blocks of 4×4 (column: input channel),
// y: [N, H, W, OUTPUTS] quads. An implicit matrix product: one invocation makes 8 pixels of a row × 8 output channels in
// 16 named registers, with one loop over taps and input quads. The tile is written out because software adapters keep
// only named values in registers. The input gradient is this kernel too, over dy and the flipped weights
// (conv_flip.wgsl); a dense layer is a 1×1 convolution over a row of N pixels. Twin: src/reference/conv_forward.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override BIAS: u32;     // 0 or 1

override STRIPS = (WIDTH + 7u) / 8u;
override PAIRS = (OUTPUTS + 1u) / 2u;
override PADDING = (KERNEL - 1u) / 2u;
override WHOLE = WIDTH % 8u == 0u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<mat4x4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

fn store(first: u32, column: u32, pair: u32, a: vec4f, b: vec4f) {
    if (WHOLE || column < WIDTH) {
        let i = (first + column) * OUTPUTS + 2u * pair;
        y[i] = a;
        if (2u * pair + 1u < OUTPUTS) {
            y[i + 1u] = b;
        }
    }
}

@compute @workgroup_size(64)
fn conv_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let strips = arrayLength(&y) / (WIDTH * OUTPUTS) * STRIPS;
    let strip = i % strips;
    let pair = i / strips;
    if (pair >= PAIRS) {
        return;
    }
    let row = strip / STRIPS;
    let left = strip % STRIPS * 8u;
    let image = row / HEIGHT * HEIGHT;
    let quad = 2u * pair;
    let next = min(quad + 1u, OUTPUTS - 1u);

    var a0 = vec4f();
    var b0 = vec4f();
    if (BIAS == 1u) {
        a0 = bias[quad];
        b0 = bias[next];
    }
    var a1 = a0; var a2 = a0; var a3 = a0; var a4 = a0; var a5 = a0; var a6 = a0; var a7 = a0;
    var b1 = b0; var b2 = b0; var b3 = b0; var b4 = b0; var b5 = b0; var b6 = b0; var b7 = b0;

    // Counting row, column and input quad along saves divisions, which are dear on a processor's vector units.
    var kh = 0u;
    var kw = 0u;
    var input = 0u;
    for (var t = 0u; t < KERNEL * KERNEL * INPUTS; t++) {
        // Rows and columns before the first wrap to huge numbers, so one comparison checks both ends. What is read outside
        // the row is some other number, or none, and is not used.
        let r = row - image + kh - PADDING;
        let c = left + kw - PADDING;
        let inside = r < HEIGHT;
        let at = ((image + r) * WIDTH + c) * INPUTS + input;
        let zero = vec4f();
        let x0 = select(zero, x[at], inside & (c < WIDTH));
        let x1 = select(zero, x[at + INPUTS], inside & (WHOLE | (c + 1u < WIDTH)));
        let x2 = select(zero, x[at + 2u * INPUTS], inside & (WHOLE | (c + 2u < WIDTH)));
        let x3 = select(zero, x[at + 3u * INPUTS], inside & (WHOLE | (c + 3u < WIDTH)));
        let x4 = select(zero, x[at + 4u * INPUTS], inside & (WHOLE | (c + 4u < WIDTH)));
        let x5 = select(zero, x[at + 5u * INPUTS], inside & (WHOLE | (c + 5u < WIDTH)));
        let x6 = select(zero, x[at + 6u * INPUTS], inside & (WHOLE | (c + 6u < WIDTH)));
        let x7 = select(zero, x[at + 7u * INPUTS], inside & (c + 7u < WIDTH));
        let wa = w[t * OUTPUTS + quad];
        let wb = w[t * OUTPUTS + next];
        a0 += wa * x0; b0 += wb * x0;
        a1 += wa * x1; b1 += wb * x1;
        a2 += wa * x2; b2 += wb * x2;
        a3 += wa * x3; b3 += wb * x3;
        a4 += wa * x4; b4 += wb * x4;
        a5 += wa * x5; b5 += wb * x5;
        a6 += wa * x6; b6 += wb * x6;
        a7 += wa * x7; b7 += wb * x7;

        input++;
        let next_tap = input == INPUTS;
        input = select(input, 0u, next_tap);
        kw += u32(next_tap);
        let next_row = kw == KERNEL;
        kw = select(kw, 0u, next_row);
        kh += u32(next_row);
    }

    let first = row * WIDTH;
    store(first, left, pair, a0, b0);
    store(first, left + 1u, pair, a1, b1);
    store(first, left + 2u, pair, a2, b2);
    store(first, left + 3u, pair, a3, b3);
    store(first, left + 4u, pair, a4, b4);
    store(first, left + 5u, pair, a5, b5);
    store(first, left + 6u, pair, a6, b6);
    store(first, left + 7u, pair, a7, b7);
}
