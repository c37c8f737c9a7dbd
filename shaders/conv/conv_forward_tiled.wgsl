// Convolution, "same" padding, for graphics cards: tiles in workgroup memory. Over conv_forward_registers.wgsl it gains that
// the threads of a workgroup share what they load, and that many more threads have work. On lavapipe, whose workgroup memory
// is no faster than any other, it is 3.3 to 4.7 times as fast as conv_forward_plain.wgsl and mostly slower than the registers
// (docs/performance.md).
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, w: [KERNEL, KERNEL, INPUTS, OUTPUTS] blocks of 4×4, read as their columns (one input
// channel each), y: [N, H, W, OUTPUTS] quads. A workgroup computes PIXELS pixels × QUADS output quads, each thread 8 pixels
// × 2 quads in 16 named registers, so that 16 loads from workgroup memory serve 256 multiplications. Pixels are counted
// through all rows and images, so that small images fill the tiles too.
//
// Inputs are read as one stream of positions in which P zeros follow each image row, and P rows of zeros each image: every
// tap of every pixel is then the same step away, edges need no check, and a tile's inputs are one run of the stream. One
// quad of their channels is loaded for all taps at a time, the next while this one is used. Sums go through input quads,
// then taps, so that COLUMNS and ROWS, which are chosen for speed (src/tuning.rs), change no bit. The input gradient
// is this kernel too, over dy and the flipped weights (conv_flip.wgsl). Twin: src/reference/conv.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;     // quads
override OUTPUTS: u32;    // quads
override KERNEL: u32;     // 1 or 3
override BIAS: u32;       // 0 or 1
override COLUMNS: u32;    // threads along the outputs
override ROWS: u32;       // threads along the pixels, an even number
override POSITIONS: u32;  // longest run of positions that a tile reads

override THREADS = COLUMNS * ROWS;
override PIXELS = 8u * ROWS;
override QUADS = 2u * COLUMNS;
override TAPS = KERNEL * KERNEL;
override PADDING = (KERNEL - 1u) / 2u;
override LINE = WIDTH + PADDING;                   // positions of an image row
override LINES = HEIGHT + PADDING;                 // of an image
override ACROSS = (OUTPUTS + QUADS - 1u) / QUADS;  // tiles side by side
override WEIGHTS = TAPS * 4u * QUADS;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

var<workgroup> x_tile: array<vec4f, POSITIONS>;
var<workgroup> w_tile: array<vec4f, WEIGHTS>;  // [TAPS][input channel 4][QUADS]

// Stands for an input that is zero and not loaded.
const NOWHERE = 0xffffffffu;

// Where a pixel stands in the stream.
fn position(pixel: u32) -> u32 {
    let row = pixel / WIDTH;
    return (row + row / HEIGHT * PADDING) * LINE + pixel % WIDTH;
}

// Where in x the k-th input begins that a thread loads, of the run that starts at a position.
fn x_from(start: u32, i: u32, k: u32) -> u32 {
    let j = i + k * THREADS;
    // A position before the first wraps to a huge one.
    let at = start + j - PADDING * (LINE + 1u);
    let line = at / LINE;
    let n = line / LINES;
    let r = line % LINES;
    let c = at % LINE;
    let images = arrayLength(&x) / (HEIGHT * WIDTH * INPUTS);
    let inside = k * THREADS < POSITIONS && j < POSITIONS && n < images && r < HEIGHT && c < WIDTH;
    return select(NOWHERE, ((n * HEIGHT + r) * WIDTH + c) * INPUTS, inside);
}

// The same of w.
fn w_from(first_quad: u32, i: u32, k: u32) -> u32 {
    let j = i + k * THREADS;
    let output = first_quad + j % QUADS;
    let channel = j / QUADS % 4u;
    let tap = j / (4u * QUADS);
    let inside = k * THREADS < WEIGHTS && j < WEIGHTS && output < OUTPUTS;
    return select(NOWHERE, (tap * INPUTS * OUTPUTS + output) * 4u + channel, inside);
}

fn load_x(begin: u32, quad: u32) -> vec4f {
    var value = vec4f();
    if (begin != NOWHERE && quad < INPUTS) {
        value = x[begin + quad];
    }
    return value;
}

fn load_w(begin: u32, quad: u32) -> vec4f {
    var value = vec4f();
    if (begin != NOWHERE && quad < INPUTS) {
        value = w[begin + quad * OUTPUTS * 4u];
    }
    return value;
}

fn put_x(i: u32, k: u32, value: vec4f) {
    if (k * THREADS < POSITIONS && i + k * THREADS < POSITIONS) {
        x_tile[i + k * THREADS] = value;
    }
}

fn put_w(i: u32, k: u32, value: vec4f) {
    if (k * THREADS < WEIGHTS && i + k * THREADS < WEIGHTS) {
        w_tile[i + k * THREADS] = value;
    }
}

// a + the block of columns m0 … m3, times v.
fn add(a: vec4f, m0: vec4f, m1: vec4f, m2: vec4f, m3: vec4f, v: vec4f) -> vec4f {
    return fma(m3, vec4f(v.w), fma(m2, vec4f(v.z), fma(m1, vec4f(v.y), fma(m0, vec4f(v.x), a))));
}

fn store(pixel: u32, quad: u32, value: vec4f) {
    let i = pixel * OUTPUTS + quad;
    if (quad < OUTPUTS && i < arrayLength(&y)) {
        y[i] = value;
    }
}

@compute @workgroup_size(THREADS)
fn conv_forward_tiled(
    @builtin(local_invocation_index) i: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let tile = group.x + group.y * groups.x;
    let first_pixel = tile / ACROSS * PIXELS;
    let first_quad = tile % ACROSS * QUADS;
    // Neighbours share either the pixels or the quads, in turn, so that what they load from workgroup memory is one load.
    let column = i / 2u % COLUMNS;
    let row = i / (2u * COLUMNS) * 2u + i % 2u;
    let quad = first_quad + column;
    let pixel = first_pixel + row;

    let start = position(first_pixel);
    let p0 = position(pixel) - start;
    let p1 = position(pixel + ROWS) - start;
    let p2 = position(pixel + 2u * ROWS) - start;
    let p3 = position(pixel + 3u * ROWS) - start;
    let p4 = position(pixel + 4u * ROWS) - start;
    let p5 = position(pixel + 5u * ROWS) - start;
    let p6 = position(pixel + 6u * ROWS) - start;
    let p7 = position(pixel + 7u * ROWS) - start;

    var a0 = vec4f();
    var b0 = vec4f();
    if (BIAS == 1u) {
        a0 = bias[min(quad, OUTPUTS - 1u)];
        b0 = bias[min(quad + COLUMNS, OUTPUTS - 1u)];
    }
    var a1 = a0; var a2 = a0; var a3 = a0; var a4 = a0; var a5 = a0; var a6 = a0; var a7 = a0;
    var b1 = b0; var b2 = b0; var b3 = b0; var b4 = b0; var b5 = b0; var b6 = b0; var b7 = b0;

    // Four loads of each kind a thread are on their way while the tiles before them are used; what is more waits its turn.
    let x0 = x_from(start, i, 0u);
    let x1 = x_from(start, i, 1u);
    let x2 = x_from(start, i, 2u);
    let x3 = x_from(start, i, 3u);
    let w0 = w_from(first_quad, i, 0u);
    let w1 = w_from(first_quad, i, 1u);
    let w2 = w_from(first_quad, i, 2u);
    let w3 = w_from(first_quad, i, 3u);
    var s0 = load_x(x0, 0u); var s1 = load_x(x1, 0u); var s2 = load_x(x2, 0u); var s3 = load_x(x3, 0u);
    var t0 = load_w(w0, 0u); var t1 = load_w(w1, 0u); var t2 = load_w(w2, 0u); var t3 = load_w(w3, 0u);

    for (var input = 0u; input < INPUTS; input++) {
        put_x(i, 0u, s0); put_x(i, 1u, s1); put_x(i, 2u, s2); put_x(i, 3u, s3);
        put_w(i, 0u, t0); put_w(i, 1u, t1); put_w(i, 2u, t2); put_w(i, 3u, t3);
        for (var k = 4u; k * THREADS < POSITIONS; k++) {
            put_x(i, k, load_x(x_from(start, i, k), input));
        }
        for (var k = 4u; k * THREADS < WEIGHTS; k++) {
            put_w(i, k, load_w(w_from(first_quad, i, k), input));
        }
        workgroupBarrier();
        let next = input + 1u;
        s0 = load_x(x0, next); s1 = load_x(x1, next); s2 = load_x(x2, next); s3 = load_x(x3, next);
        t0 = load_w(w0, next); t1 = load_w(w1, next); t2 = load_w(w2, next); t3 = load_w(w3, next);
        for (var tap = 0u; tap < TAPS; tap++) {
            let block = tap * 4u * QUADS + column;
            let m0 = w_tile[block];
            let m1 = w_tile[block + QUADS];
            let m2 = w_tile[block + 2u * QUADS];
            let m3 = w_tile[block + 3u * QUADS];
            let n0 = w_tile[block + COLUMNS];
            let n1 = w_tile[block + COLUMNS + QUADS];
            let n2 = w_tile[block + COLUMNS + 2u * QUADS];
            let n3 = w_tile[block + COLUMNS + 3u * QUADS];
            let away = tap / KERNEL * LINE + tap % KERNEL;
            let v0 = x_tile[away + p0];
            a0 = add(a0, m0, m1, m2, m3, v0);
            b0 = add(b0, n0, n1, n2, n3, v0);
            let v1 = x_tile[away + p1];
            a1 = add(a1, m0, m1, m2, m3, v1);
            b1 = add(b1, n0, n1, n2, n3, v1);
            let v2 = x_tile[away + p2];
            a2 = add(a2, m0, m1, m2, m3, v2);
            b2 = add(b2, n0, n1, n2, n3, v2);
            let v3 = x_tile[away + p3];
            a3 = add(a3, m0, m1, m2, m3, v3);
            b3 = add(b3, n0, n1, n2, n3, v3);
            let v4 = x_tile[away + p4];
            a4 = add(a4, m0, m1, m2, m3, v4);
            b4 = add(b4, n0, n1, n2, n3, v4);
            let v5 = x_tile[away + p5];
            a5 = add(a5, m0, m1, m2, m3, v5);
            b5 = add(b5, n0, n1, n2, n3, v5);
            let v6 = x_tile[away + p6];
            a6 = add(a6, m0, m1, m2, m3, v6);
            b6 = add(b6, n0, n1, n2, n3, v6);
            let v7 = x_tile[away + p7];
            a7 = add(a7, m0, m1, m2, m3, v7);
            b7 = add(b7, n0, n1, n2, n3, v7);
        }
        workgroupBarrier();
    }

    let other = quad + COLUMNS;
    store(pixel, quad, a0); store(pixel, other, b0);
    store(pixel + ROWS, quad, a1); store(pixel + ROWS, other, b1);
    store(pixel + 2u * ROWS, quad, a2); store(pixel + 2u * ROWS, other, b2);
    store(pixel + 3u * ROWS, quad, a3); store(pixel + 3u * ROWS, other, b3);
    store(pixel + 4u * ROWS, quad, a4); store(pixel + 4u * ROWS, other, b4);
    store(pixel + 5u * ROWS, quad, a5); store(pixel + 5u * ROWS, other, b5);
    store(pixel + 6u * ROWS, quad, a6); store(pixel + 6u * ROWS, other, b6);
    store(pixel + 7u * ROWS, quad, a7); store(pixel + 7u * ROWS, other, b7);
}
