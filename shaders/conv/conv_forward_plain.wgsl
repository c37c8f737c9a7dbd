// Convolution, "same" padding, as it is defined, for reading and as a baseline: the first of three kernels, before
// conv_forward_registers.wgsl and conv_forward_tiled.wgsl.
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (KERNEL − 1) / 2
//
// x: [N, HEIGHT, WIDTH, INPUTS] quads, w: [KERNEL, KERNEL, INPUTS, OUTPUTS] blocks of 4×4 (column: input channel), y: [N,
// HEIGHT, WIDTH, OUTPUTS] quads. One invocation owns one quad of one pixel, and loads a quad and a block for each product.
// Those loads are what a graphics card or a processor waits for; the other two kernels use each of them many times.
// `cargo bench -- conv_ladder` measures how much that gains (docs/performance.md). Twin: src/reference/conv.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override BIAS: bool;

override PADDING = (KERNEL - 1u) / 2u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<mat4x4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn conv_forward_plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&y)) {
        return;
    }
    let o = i % OUTPUTS;
    let c = i / OUTPUTS % WIDTH;
    let r = i / (OUTPUTS * WIDTH) % HEIGHT;
    let n = i / (OUTPUTS * WIDTH * HEIGHT);
    var sum = vec4f();
    if (BIAS) {
        sum = bias[o];
    }
    for (var kh = 0u; kh < KERNEL; kh++) {
        for (var kw = 0u; kw < KERNEL; kw++) {
            // Rows and columns before the first wrap to huge numbers, so one comparison checks both ends.
            let row = r + kh - PADDING;
            let column = c + kw - PADDING;
            if (row < HEIGHT && column < WIDTH) {
                for (var input = 0u; input < INPUTS; input++) {
                    let pixel = x[((n * HEIGHT + row) * WIDTH + column) * INPUTS + input];
                    sum += w[((kh * KERNEL + kw) * INPUTS + input) * OUTPUTS + o] * pixel;
                }
            }
        }
    }
    y[i] = sum;
}
