// Gradient of a convolution's weights, for graphics cards: tiles in workgroup memory. Over conv_grad_weight_registers.wgsl it
// gains that the threads of a workgroup share what they load, and that many more threads have work. On
// lavapipe it is 0.7 to 2.0 times as fast as conv_grad_weight_plain.wgsl, slower than the registers (docs/performance.md).
//
//   dw[kh, kw, i, o] = Σ_{n, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, dy: [N, H, W, OUTPUTS] quads, partial: [CHUNKS] × the layout of w. A matrix product of
// KERNEL·INPUTS lines (a kernel row and an input quad) by OUTPUTS quads, with the pixels as its depth. These are read as
// one stream of positions in which P zeros follow each image row: the neighbour left or right of a pixel is then always
// the position before or after it. The stream is cut into CHUNKS runs; a workgroup computes ROWS lines × COLUMNS quads of one
// run, STEP positions at a time, the next loaded while these are used. Each thread computes one line × 1 quad: the three taps
// of a kernel row slide along the stream, so that one loaded pixel serves three 4×4 blocks. sum_chunks_tiled.wgsl adds the
// runs in a fixed order. COLUMNS and ROWS are chosen for speed (src/tuning.rs) and change no bit.
// Twin: src/reference/conv.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override CHUNKS: u32;
override COLUMNS: u32;  // output quads of a tile, at least 4
override ROWS: u32;     // lines of a tile, at least 4

const STEP = 16u;  // positions in workgroup memory: with such tiles at most 4 loads of each kind a thread

override THREADS = COLUMNS * ROWS;
override LINES = KERNEL * INPUTS;
override PADDING = (KERNEL - 1u) / 2u;
override STRIDE = WIDTH + PADDING;  // positions of an image row
override ACROSS = (OUTPUTS + COLUMNS - 1u) / COLUMNS;  // tiles side by side
override TILES = (LINES + ROWS - 1u) / ROWS * ACROSS;  // of a run
override X_TILE = STEP * ROWS;
override DY_TILE = STEP * COLUMNS;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<mat4x4f>;

var<workgroup> x_tile: array<vec4f, X_TILE>;    // [STEP][ROWS]
var<workgroup> dy_tile: array<vec4f, DY_TILE>;  // [STEP][COLUMNS]

fn image_rows() -> u32 {
    return arrayLength(&dy) / (WIDTH * OUTPUTS);
}

// The input of a line at a position.
fn x_at(line: u32, position: u32) -> vec4f {
    // Positions and rows before the first wrap to huge numbers, so one comparison checks both ends.
    let row = position / STRIDE;
    let c = position % STRIDE;
    let down = line / INPUTS - PADDING;
    var value = vec4f();
    if (line < LINES && row < image_rows() && row % HEIGHT + down < HEIGHT && c < WIDTH) {
        value = x[((row + down) * WIDTH + c) * INPUTS + line % INPUTS];
    }
    return value;
}

fn dy_at(quad: u32, position: u32) -> vec4f {
    let row = position / STRIDE;
    let c = position % STRIDE;
    var value = vec4f();
    if (quad < OUTPUTS && row < image_rows() && c < WIDTH) {
        value = dy[(row * WIDTH + c) * OUTPUTS + quad];
    }
    return value;
}

// The k-th input that a thread loads for a step.
fn load_x(first_line: u32, start: u32, i: u32, k: u32) -> vec4f {
    let j = i + k * THREADS;
    let inside = k * THREADS < X_TILE && j < X_TILE;
    return x_at(select(LINES, first_line + j % ROWS, inside), start + PADDING + j / ROWS);
}

fn load_dy(first_quad: u32, start: u32, i: u32, k: u32) -> vec4f {
    let j = i + k * THREADS;
    let inside = k * THREADS < DY_TILE && j < DY_TILE;
    return dy_at(select(OUTPUTS, first_quad + j % COLUMNS, inside), start + j / COLUMNS);
}

fn put_x(i: u32, k: u32, value: vec4f) {
    if (k * THREADS < X_TILE && i + k * THREADS < X_TILE) {
        x_tile[i + k * THREADS] = value;
    }
}

fn put_dy(i: u32, k: u32, value: vec4f) {
    if (k * THREADS < DY_TILE && i + k * THREADS < DY_TILE) {
        dy_tile[i + k * THREADS] = value;
    }
}

// m + Σ over four positions of the outer product dy ⊗ x: column j belongs to input channel j.
fn add(m: mat4x4f, x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, d0: vec4f, d1: vec4f, d2: vec4f, d3: vec4f) -> mat4x4f {
    return mat4x4f(
        fma(d3, vec4f(x3.x), fma(d2, vec4f(x2.x), fma(d1, vec4f(x1.x), fma(d0, vec4f(x0.x), m[0])))),
        fma(d3, vec4f(x3.y), fma(d2, vec4f(x2.y), fma(d1, vec4f(x1.y), fma(d0, vec4f(x0.y), m[1])))),
        fma(d3, vec4f(x3.z), fma(d2, vec4f(x2.z), fma(d1, vec4f(x1.z), fma(d0, vec4f(x0.z), m[2])))),
        fma(d3, vec4f(x3.w), fma(d2, vec4f(x2.w), fma(d1, vec4f(x1.w), fma(d0, vec4f(x0.w), m[3])))),
    );
}

@compute @workgroup_size(THREADS)
fn conv_grad_weight_tiled(
    @builtin(local_invocation_index) i: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let tile = group.x + group.y * groups.x;
    let chunk = tile / TILES;
    let first_line = tile % TILES / ACROSS * ROWS;
    let first_quad = tile % ACROSS * COLUMNS;
    let row = i / COLUMNS;
    let column = i % COLUMNS;
    let line = first_line + row;
    let quad = first_quad + column;

    // Runs are whole steps; the last may be shorter, or empty.
    let positions = image_rows() * STRIDE;
    let share = ((positions + STEP - 1u) / STEP + CHUNKS - 1u) / CHUNKS * STEP;
    let from_position = min(chunk * share, positions);
    let to_position = min(from_position + share, positions);

    var left = mat4x4f();
    var middle = mat4x4f();
    var right = mat4x4f();  // a 1×1 kernel's only tap
    // x0 and x1 stand one and no position left of dy's first, and go on from step to step.
    var x0 = vec4f();
    var x1 = vec4f();
    if (KERNEL == 3u) {
        x0 = x_at(line, from_position - 1u);
        x1 = x_at(line, from_position);
    }
    var s0 = load_x(first_line, from_position, i, 0u);
    var s1 = load_x(first_line, from_position, i, 1u);
    var s2 = load_x(first_line, from_position, i, 2u);
    var s3 = load_x(first_line, from_position, i, 3u);
    var t0 = load_dy(first_quad, from_position, i, 0u);
    var t1 = load_dy(first_quad, from_position, i, 1u);
    var t2 = load_dy(first_quad, from_position, i, 2u);
    var t3 = load_dy(first_quad, from_position, i, 3u);
    for (var start = from_position; start < to_position; start += STEP) {
        put_x(i, 0u, s0); put_x(i, 1u, s1); put_x(i, 2u, s2); put_x(i, 3u, s3);
        put_dy(i, 0u, t0); put_dy(i, 1u, t1); put_dy(i, 2u, t2); put_dy(i, 3u, t3);
        workgroupBarrier();
        let next = start + STEP;
        s0 = load_x(first_line, next, i, 0u);
        s1 = load_x(first_line, next, i, 1u);
        s2 = load_x(first_line, next, i, 2u);
        s3 = load_x(first_line, next, i, 3u);
        t0 = load_dy(first_quad, next, i, 0u);
        t1 = load_dy(first_quad, next, i, 1u);
        t2 = load_dy(first_quad, next, i, 2u);
        t3 = load_dy(first_quad, next, i, 3u);
        for (var p = 0u; p < STEP; p += 4u) {
            let x2 = x_tile[p * ROWS + row];
            let x3 = x_tile[(p + 1u) * ROWS + row];
            let x4 = x_tile[(p + 2u) * ROWS + row];
            let x5 = x_tile[(p + 3u) * ROWS + row];
            let d0 = dy_tile[p * COLUMNS + column];
            let d1 = dy_tile[(p + 1u) * COLUMNS + column];
            let d2 = dy_tile[(p + 2u) * COLUMNS + column];
            let d3 = dy_tile[(p + 3u) * COLUMNS + column];
            right = add(right, x2, x3, x4, x5, d0, d1, d2, d3);
            if (KERNEL == 3u) {
                middle = add(middle, x1, x2, x3, x4, d0, d1, d2, d3);
                left = add(left, x0, x1, x2, x3, d0, d1, d2, d3);
                x0 = x4;
                x1 = x5;
            }
        }
        workgroupBarrier();
    }

    if (chunk < CHUNKS && line < LINES && quad < OUTPUTS) {
        let blocks = INPUTS * OUTPUTS;  // to the next tap
        let to = ((chunk * KERNEL + line / INPUTS) * KERNEL * INPUTS + line % INPUTS) * OUTPUTS + quad;
        partial[to + (KERNEL - 1u) * blocks] = right;
        if (KERNEL == 3u) {
            partial[to] = left;
            partial[to + blocks] = middle;
        }
    }
}
