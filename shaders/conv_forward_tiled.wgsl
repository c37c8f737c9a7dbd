// Convolution, "same" padding, for graphics cards: tiles in workgroup memory.
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, w: [KERNEL, KERNEL, INPUTS, OUTPUTS] blocks of 4×4, read as their columns (one input
// channel each), y: [N, H, W, OUTPUTS] quads. An implicit matrix product of depth KERNEL·KERNEL·INPUTS quads: a
// workgroup of 64 threads makes PIXELS pixels × COLUMNS output quads, STEP quads of depth at a time, each thread 8
// pixels × 1 quad in 8 named registers; COLUMNS and STEP are chosen by what is fastest (src/tuning.rs) and change no
// bit. Pixels are counted through all rows and images, so that small images fill the tiles too. Threads load the tiles
// in the order of memory; what lies outside an image, or past an end, loads as zero. The input gradient is this kernel
// too, over dy and the flipped weights (conv_flip.wgsl). Twin: src/reference/conv_forward.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override BIAS: u32;     // 0 or 1
override COLUMNS: u32;  // output quads of a tile: 4, 8 or 16
override STEP: u32;     // quads of depth in workgroup memory: 4 or 8

override ROWS = 64u / COLUMNS;  // threads along the pixels
override PIXELS = 8u * ROWS;
override DEPTH = KERNEL * KERNEL * INPUTS;  // quads
override PADDING = (KERNEL - 1u) / 2u;
override ACROSS = (OUTPUTS + COLUMNS - 1u) / COLUMNS;  // tiles side by side
override X_TILE = STEP * PIXELS;
override W_TILE = 4u * STEP * COLUMNS;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

var<workgroup> x_tile: array<vec4f, X_TILE>;  // [PIXELS][STEP]
var<workgroup> w_tile: array<vec4f, W_TILE>;  // [STEP][input channel 4][COLUMNS]

fn store(pixel: u32, quad: u32, value: vec4f) {
    let i = pixel * OUTPUTS + quad;
    if (quad < OUTPUTS && i < arrayLength(&y)) {
        y[i] = value;
    }
}

@compute @workgroup_size(64)
fn conv_forward_tiled(
    @builtin(local_invocation_index) i: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let tile = group.x + group.y * groups.x;
    let first_pixel = tile / ACROSS * PIXELS;
    let first_quad = tile % ACROSS * COLUMNS;
    let pixels = arrayLength(&y) / OUTPUTS;
    let row = i / COLUMNS;
    let column = i % COLUMNS;
    let quad = first_quad + column;

    var a0 = vec4f();
    if (BIAS == 1u) {
        a0 = bias[min(quad, OUTPUTS - 1u)];
    }
    var a1 = a0; var a2 = a0; var a3 = a0; var a4 = a0; var a5 = a0; var a6 = a0; var a7 = a0;

    for (var start = 0u; start < DEPTH; start += STEP) {
        let t = start + i % STEP;
        let tap = t / INPUTS;
        // Steps up or left, and rows and columns before the first, wrap to huge numbers: one comparison checks both ends.
        let down = tap / KERNEL - PADDING;
        let right = tap % KERNEL - PADDING;
        for (var j = 0u; j < X_TILE; j += 64u) {
            let pixel = first_pixel + (j + i) / STEP;
            let r = pixel / WIDTH % HEIGHT + down;
            let c = pixel % WIDTH + right;
            var value = vec4f();
            if (t < DEPTH && pixel < pixels && r < HEIGHT && c < WIDTH) {
                value = x[(pixel + down * WIDTH + right) * INPUTS + t % INPUTS];
            }
            x_tile[j + i] = value;
        }
        for (var j = 0u; j < W_TILE; j += 64u) {
            let block = start + (j + i) / (4u * COLUMNS);
            let channel = (j + i) / COLUMNS % 4u;
            var value = vec4f();
            if (block < DEPTH && quad < OUTPUTS) {
                value = w[(block * OUTPUTS + quad) * 4u + channel];
            }
            w_tile[j + i] = value;
        }
        workgroupBarrier();
        for (var k = 0u; k < STEP; k++) {
            let at = 4u * COLUMNS * k + column;
            let m = mat4x4f(w_tile[at], w_tile[at + COLUMNS], w_tile[at + 2u * COLUMNS], w_tile[at + 3u * COLUMNS]);
            let p = STEP * row + k;
            a0 += m * x_tile[p];
            a1 += m * x_tile[p + STEP * ROWS];
            a2 += m * x_tile[p + 2u * STEP * ROWS];
            a3 += m * x_tile[p + 3u * STEP * ROWS];
            a4 += m * x_tile[p + 4u * STEP * ROWS];
            a5 += m * x_tile[p + 5u * STEP * ROWS];
            a6 += m * x_tile[p + 6u * STEP * ROWS];
            a7 += m * x_tile[p + 7u * STEP * ROWS];
        }
        workgroupBarrier();
    }

    let pixel = first_pixel + row;
    store(pixel, quad, a0);
    store(pixel + ROWS, quad, a1);
    store(pixel + 2u * ROWS, quad, a2);
    store(pixel + 3u * ROWS, quad, a3);
    store(pixel + 4u * ROWS, quad, a4);
    store(pixel + 5u * ROWS, quad, a5);
    store(pixel + 6u * ROWS, quad, a6);
    store(pixel + 7u * ROWS, quad, a7);
}
