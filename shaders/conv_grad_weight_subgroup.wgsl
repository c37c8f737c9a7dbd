// Gradient of a convolution's weights, for processors that play a graphics card and let eight invocations share what they
// load.
//
//   dw[kh, kw, i, o] = Σ_{n, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, inputs] quads, dy: [N, H, W, outputs] quads, partial: [chunks] × the layout of w. As in
// conv_grad_weight.wgsl the image rows are cut into chunks, and one invocation owns one line (a kernel row and 4 input
// channels) × 16 output channels of one chunk, 4 pixels at a time. A subgroup has eight lines of the same outputs and
// chunk, so each of its invocations loads two quads of dy and hands them round, and along a row each pixel of x is loaded
// once: 6 loads in place of 22 serve 192 products of two quads. Invocations past the last line lend a hand and store nothing. sum_chunks.wgsl adds the chunks in order.
// Twin: src/reference/conv_grad_weight.rs

override KERNEL: u32;  // 1 or 3
override WHOLE: bool;  // the width is a multiple of 4

override PADDING = (KERNEL - 1u) / 2u;

struct Shape {
    height: u32,
    width: u32,
    inputs: u32,   // quads
    outputs: u32,  // quads
    chunks: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<mat4x4f>;
@group(0) @binding(3) var<uniform> shape: Shape;

// sum + Σ over four pixels of the outer product d ⊗ x: column j belongs to input channel j.
fn outer(
    sum: mat4x4f,
    x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f,
    d0: vec4f, d1: vec4f, d2: vec4f, d3: vec4f,
) -> mat4x4f {
    return mat4x4f(
        fma(d3, vec4f(x3.x), fma(d2, vec4f(x2.x), fma(d1, vec4f(x1.x), fma(d0, vec4f(x0.x), sum[0])))),
        fma(d3, vec4f(x3.y), fma(d2, vec4f(x2.y), fma(d1, vec4f(x1.y), fma(d0, vec4f(x0.y), sum[1])))),
        fma(d3, vec4f(x3.z), fma(d2, vec4f(x2.z), fma(d1, vec4f(x1.z), fma(d0, vec4f(x0.z), sum[2])))),
        fma(d3, vec4f(x3.w), fma(d2, vec4f(x2.w), fma(d1, vec4f(x1.w), fma(d0, vec4f(x0.w), sum[3])))),
    );
}

fn store(to: u32, quad: u32, a: mat4x4f, b: mat4x4f, c: mat4x4f, d: mat4x4f) {
    partial[to] = a;
    if (quad + 1u < shape.outputs) {
        partial[to + 1u] = b;
    }
    if (quad + 2u < shape.outputs) {
        partial[to + 2u] = c;
    }
    if (quad + 3u < shape.outputs) {
        partial[to + 3u] = d;
    }
}

@compute @workgroup_size(64)
fn conv_grad_weight_subgroup(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(num_workgroups) groups: vec3u,
) {
    let subgroup = (id.x + id.y * groups.x * 64u) / 8u;
    let height = shape.height;
    let width = shape.width;
    let inputs = shape.inputs;
    let outputs = shape.outputs;
    let lines = KERNEL * inputs;
    let eights = (lines + 7u) / 8u;
    let tiles = (outputs + 3u) / 4u;
    let place = subgroup % eights * 8u + lane;
    let line = min(place, lines - 1u);
    let kh = line / inputs;
    let input = line % inputs;
    let quad = subgroup / eights % tiles * 4u;
    let chunk = subgroup / (eights * tiles);
    if (chunk >= shape.chunks) {
        return;
    }
    let rows = arrayLength(&dy) / (width * outputs);
    let share = (rows + shape.chunks - 1u) / shape.chunks;
    let from_row = min(chunk * share, rows);
    let to_row = min(from_row + share, rows);
    let strips = (width + 3u) / 4u;
    // What this invocation loads of dy: one quad of the first or second pixel, and the same of the third or fourth. Quads
    // past the last read the last again, and are not stored.
    let my_pixel = lane / 4u;
    let my_quad = min(quad + lane % 4u, outputs - 1u);

    var left_a = mat4x4f(); var middle_a = mat4x4f(); var right_a = mat4x4f();
    var left_b = mat4x4f(); var middle_b = mat4x4f(); var right_b = mat4x4f();
    var left_c = mat4x4f(); var middle_c = mat4x4f(); var right_c = mat4x4f();
    var left_d = mat4x4f(); var middle_d = mat4x4f(); var right_d = mat4x4f();
    let zero = vec4f();
    // Counting row and column along saves divisions.
    var row = from_row;
    var image = from_row / height * height;
    var column = 0u;
    var x0 = zero;
    var x1 = zero;
    for (var strip = from_row * strips; strip < to_row * strips; strip++) {
        let r = row - image + kh - PADDING;  // wraps to a huge number above the image
        let inside = r < height;
        // Four pixels of dy meet six of x: x0 lies one left of dy's first, x5 one right of its last, and these two and their
        // neighbours pass from strip to strip. What is read outside the row is not used.
        let at = ((image + r) * width + column) * inputs + input;
        if (column == 0u) {
            x0 = zero;
            x1 = select(zero, x[at], inside);
        }
        let x2 = select(zero, x[at + inputs], inside & (WHOLE | (column + 1u < width)));
        let x3 = select(zero, x[at + 2u * inputs], inside & (WHOLE | (column + 2u < width)));
        let x4 = select(zero, x[at + 3u * inputs], inside & (WHOLE | (column + 3u < width)));
        let x5 = select(zero, x[at + 4u * inputs], inside & (column + 4u < width));
        let p = (row * width + column + my_pixel) * outputs + my_quad;
        let d = select(zero, dy[p], WHOLE | (column + my_pixel < width));
        let e = select(zero, dy[p + 2u * outputs], WHOLE | (column + my_pixel + 2u < width));
        let a0 = subgroupBroadcast(d, 0u); let a1 = subgroupBroadcast(d, 4u);
        let b0 = subgroupBroadcast(d, 1u); let b1 = subgroupBroadcast(d, 5u);
        let c0 = subgroupBroadcast(d, 2u); let c1 = subgroupBroadcast(d, 6u);
        let d0 = subgroupBroadcast(d, 3u); let d1 = subgroupBroadcast(d, 7u);
        let a2 = subgroupBroadcast(e, 0u); let a3 = subgroupBroadcast(e, 4u);
        let b2 = subgroupBroadcast(e, 1u); let b3 = subgroupBroadcast(e, 5u);
        let c2 = subgroupBroadcast(e, 2u); let c3 = subgroupBroadcast(e, 6u);
        let d2 = subgroupBroadcast(e, 3u); let d3 = subgroupBroadcast(e, 7u);
        middle_a = outer(middle_a, x1, x2, x3, x4, a0, a1, a2, a3);
        middle_b = outer(middle_b, x1, x2, x3, x4, b0, b1, b2, b3);
        middle_c = outer(middle_c, x1, x2, x3, x4, c0, c1, c2, c3);
        middle_d = outer(middle_d, x1, x2, x3, x4, d0, d1, d2, d3);
        if (KERNEL == 3u) {
            left_a = outer(left_a, x0, x1, x2, x3, a0, a1, a2, a3);
            left_b = outer(left_b, x0, x1, x2, x3, b0, b1, b2, b3);
            left_c = outer(left_c, x0, x1, x2, x3, c0, c1, c2, c3);
            left_d = outer(left_d, x0, x1, x2, x3, d0, d1, d2, d3);
            right_a = outer(right_a, x2, x3, x4, x5, a0, a1, a2, a3);
            right_b = outer(right_b, x2, x3, x4, x5, b0, b1, b2, b3);
            right_c = outer(right_c, x2, x3, x4, x5, c0, c1, c2, c3);
            right_d = outer(right_d, x2, x3, x4, x5, d0, d1, d2, d3);
        }

        x0 = x4;
        x1 = x5;
        column += 4u;
        let next_row = column >= width;
        column = select(column, 0u, next_row);
        row += u32(next_row);
        image = select(image, row, row == image + height);
    }

    if (place >= lines) {
        return;
    }
    let blocks = inputs * outputs;  // to the next tap
    let to = ((chunk * KERNEL + kh) * KERNEL * inputs + input) * outputs + quad;
    if (KERNEL == 3u) {
        store(to, quad, left_a, left_b, left_c, left_d);
        store(to + blocks, quad, middle_a, middle_b, middle_c, middle_d);
        store(to + 2u * blocks, quad, right_a, right_b, right_c, right_d);
    } else {
        store(to, quad, middle_a, middle_b, middle_c, middle_d);
    }
}
