// Gradient of a convolution's weights, for software adapters: a tile of the gradient in registers, without barriers. Over
// conv_grad_weight_plain.wgsl it gains that the pixels are split among many invocations, and that each loaded quad serves
// several products: 3.0 to 4.6 times the speed on lavapipe (docs/performance.md).
//
//   dw[kh, kw, i, o] = Σ_{n, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, inputs] quads, dy: [N, H, W, outputs] quads, partial: [chunks] × the layout of w, from block `first` of an
// arena on. The image rows are cut into chunks; one invocation owns one kernel row, 4 input and 16 output channels of one
// chunk, and goes through its pixels 4 at a time: 6 input pixels, of which two pass from strip to strip, serve the three
// taps of the kernel row, and 20 loaded quads 192 products of two quads. As in conv_forward_registers.wgsl, loads are
// expensive and all shapes share one pipeline. sum_chunks.wgsl adds the chunks in order. Twin: src/reference/conv.rs

override KERNEL: u32;  // 1 or 3
override WHOLE: bool;  // the width is a multiple of 4

override PADDING = (KERNEL - 1u) / 2u;

struct GradWeightShape {
    height: u32,
    width: u32,
    inputs: u32,   // quads
    outputs: u32,  // quads
    rows: u32,     // of all images
    chunks: u32,
    first: u32,    // block of partial
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<mat4x4f>;
@group(0) @binding(3) var<uniform> shape: GradWeightShape;

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
fn conv_grad_weight_registers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let height = shape.height;
    let width = shape.width;
    let inputs = shape.inputs;
    let outputs = shape.outputs;
    let tiles = (outputs + 3u) / 4u;
    let quad = i % tiles * 4u;
    let input = i / tiles % inputs;
    let kh = i / (tiles * inputs) % KERNEL;
    let chunk = i / (tiles * inputs * KERNEL);
    if (chunk >= shape.chunks) {
        return;
    }
    let share = (shape.rows + shape.chunks - 1u) / shape.chunks;
    let from_row = min(chunk * share, shape.rows);
    let to_row = min(from_row + share, shape.rows);
    let strips = (width + 3u) / 4u;
    // Quads past the last read the last again, and are not stored.
    let b = min(quad + 1u, outputs - 1u) - quad;
    let c = min(quad + 2u, outputs - 1u) - quad;
    let d = min(quad + 3u, outputs - 1u) - quad;

    var left_a = mat4x4f(); var middle_a = mat4x4f(); var right_a = mat4x4f();
    var left_b = mat4x4f(); var middle_b = mat4x4f(); var right_b = mat4x4f();
    var left_c = mat4x4f(); var middle_c = mat4x4f(); var right_c = mat4x4f();
    var left_d = mat4x4f(); var middle_d = mat4x4f(); var right_d = mat4x4f();
    let zero = vec4f();
    // Counting row and column along saves divisions, which are expensive on a processor's vector units.
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
        let in1 = WHOLE | (column + 1u < width);
        let in2 = WHOLE | (column + 2u < width);
        let in3 = WHOLE | (column + 3u < width);
        if (column == 0u) {
            x0 = zero;
            x1 = select(zero, x[at], inside);
        }
        let x2 = select(zero, x[at + inputs], inside & in1);
        let x3 = select(zero, x[at + 2u * inputs], inside & in2);
        let x4 = select(zero, x[at + 3u * inputs], inside & in3);
        let x5 = select(zero, x[at + 4u * inputs], inside & (column + 4u < width));
        let p0 = (row * width + column) * outputs + quad;
        let p1 = p0 + outputs;
        let p2 = p1 + outputs;
        let p3 = p2 + outputs;
        let a0 = dy[p0];
        let a1 = select(zero, dy[p1], in1);
        let a2 = select(zero, dy[p2], in2);
        let a3 = select(zero, dy[p3], in3);
        let b0 = dy[p0 + b];
        let b1 = select(zero, dy[p1 + b], in1);
        let b2 = select(zero, dy[p2 + b], in2);
        let b3 = select(zero, dy[p3 + b], in3);
        let c0 = dy[p0 + c];
        let c1 = select(zero, dy[p1 + c], in1);
        let c2 = select(zero, dy[p2 + c], in2);
        let c3 = select(zero, dy[p3 + c], in3);
        let d0 = dy[p0 + d];
        let d1 = select(zero, dy[p1 + d], in1);
        let d2 = select(zero, dy[p2 + d], in2);
        let d3 = select(zero, dy[p3 + d], in3);
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

    let blocks = inputs * outputs;  // to the next tap
    let to = shape.first + ((chunk * KERNEL + kh) * KERNEL * inputs + input) * outputs + quad;
    if (KERNEL == 3u) {
        store(to, quad, left_a, left_b, left_c, left_d);
        store(to + blocks, quad, middle_a, middle_b, middle_c, middle_d);
        store(to + 2u * blocks, quad, right_a, right_b, right_c, right_d);
    } else {
        store(to, quad, middle_a, middle_b, middle_c, middle_d);
    }
}
