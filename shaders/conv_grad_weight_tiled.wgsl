// Gradient of a convolution's weights, for graphics cards: tiles in workgroup memory.
//
//   dw[kh, kw, i, o] = Σ_{n, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, INPUTS] quads, dy: [N, H, W, OUTPUTS] quads, partial: [CHUNKS] × the layout of w. A matrix product of
// KERNEL·INPUTS lines (a kernel row and an input quad) by OUTPUTS quads, whose depth are the pixels. These are read as
// one stream of positions in which P zeros follow each image row: the neighbour left or right of a pixel is then always
// the position before or after it. The stream is cut into CHUNKS runs; a workgroup of 64 threads makes ROWS lines ×
// COLUMNS quads of one run, STEP positions at a time, each thread one line × 1 quad: the three taps of a kernel row slide
// along the stream, so that one loaded pixel serves three 4×4 blocks. sum_chunks.wgsl adds the runs in order.
// COLUMNS and STEP are chosen by what is fastest (src/tuning.rs) and change no bit.
// Twin: src/reference/conv_grad_weight.rs

override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3
override CHUNKS: u32;
override COLUMNS: u32;  // output quads of a tile: 4, 8 or 16
override STEP: u32;     // positions in workgroup memory: 16 or 32

override ROWS = 64u / COLUMNS;  // lines of a tile
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

// The input that stands in a line at a position.
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

// m + Σ over four positions of the outer product dy ⊗ x: column j belongs to input channel j.
fn add(m: mat4x4f, x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f, d0: vec4f, d1: vec4f, d2: vec4f, d3: vec4f) -> mat4x4f {
    return mat4x4f(
        m[0] + d0 * x0.x + d1 * x1.x + d2 * x2.x + d3 * x3.x,
        m[1] + d0 * x0.y + d1 * x1.y + d2 * x2.y + d3 * x3.y,
        m[2] + d0 * x0.z + d1 * x1.z + d2 * x2.z + d3 * x3.z,
        m[3] + d0 * x0.w + d1 * x1.w + d2 * x2.w + d3 * x3.w,
    );
}

@compute @workgroup_size(64)
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

    // Runs are whole steps of either size; the last may be shorter, or empty.
    let positions = image_rows() * STRIDE;
    let share = ((positions + 31u) / 32u + CHUNKS - 1u) / CHUNKS * 32u;
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
    for (var start = from_position; start < to_position; start += STEP) {
        for (var j = i; j < X_TILE; j += 64u) {
            x_tile[j] = x_at(first_line + j % ROWS, start + PADDING + j / ROWS);
        }
        for (var j = i; j < DY_TILE; j += 64u) {
            dy_tile[j] = dy_at(first_quad + j % COLUMNS, start + j / COLUMNS);
        }
        workgroupBarrier();
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
