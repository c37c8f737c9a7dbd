// Convolution, "same" padding, for software adapters: a tile of the output in registers, without barriers. Over
// conv_forward_plain.wgsl it gains that each loaded quad and block serves several products: 4.3 to 7.9 times the speed on
// lavapipe (docs/performance.md).
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (kernel − 1) / 2
//
// x: [N, H, W, inputs] quads, w: [kernel, kernel, inputs, outputs] blocks of 4×4 (column: input channel), y: [N, H, W,
// outputs] quads. An implicit matrix product: one invocation computes 8 pixels of two rows × 16 output channels in 16
// named matrices (column: output quad), with one loop over taps and input quads. A software adapter gathers what it
// loads lane by lane, and even from textures (src/gpu/software/texels.rs) a quad costs as much as dozens of
// multiplications, so the tile is as large as pays: 16 loaded quads and 4 blocks serve 64 products of a block and a
// quad. It is written out because only named values stay in registers, and the shape is not a constant, so that one
// compiled pipeline, which takes half a second, serves every layer. The input gradient is this kernel too, over dy and
// the flipped weights (conv_flip.wgsl); a dense layer is a 1×1 convolution over rows of samples. Twin:
// src/reference/conv.rs

override WHOLE: bool;  // the width is a multiple of 8

struct ForwardShape {
    images: u32,
    height: u32,
    width: u32,
    inputs: u32,     // quads
    outputs: u32,    // quads
    kernel: u32,     // 1 or 3
    biased: u32,     // 0 or 1
    w_from: u32,     // block of w with which the weights begin
    bias_from: u32,  // quad of bias with which the bias begins
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<mat4x4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> shape: ForwardShape;

fn product(wa: mat4x4f, wb: mat4x4f, wc: mat4x4f, wd: mat4x4f, x: vec4f) -> mat4x4f {
    return mat4x4f(wa * x, wb * x, wc * x, wd * x);
}

fn store(row: u32, column: u32, quad: u32, sum: mat4x4f) {
    if (WHOLE || column < shape.width) {
        let i = (row * shape.width + column) * shape.outputs + quad;
        y[i] = sum[0];
        if (quad + 1u < shape.outputs) {
            y[i + 1u] = sum[1];
        }
        if (quad + 2u < shape.outputs) {
            y[i + 2u] = sum[2];
        }
        if (quad + 3u < shape.outputs) {
            y[i + 3u] = sum[3];
        }
    }
}

@compute @workgroup_size(64)
fn conv_forward_registers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let height = shape.height;
    let width = shape.width;
    let inputs = shape.inputs;
    let outputs = shape.outputs;
    let kernel = shape.kernel;
    let padding = (kernel - 1u) / 2u;
    let bands = (height + 1u) / 2u;
    let strips = (width + 7u) / 8u;
    let tiles = shape.images * bands * strips;
    let quad = i / tiles * 4u;
    if (quad >= outputs) {
        return;
    }
    let tile = i % tiles;
    let image = tile / (bands * strips) * height;
    let top = tile / strips % bands * 2u;
    let left = tile % strips * 8u;
    let quads = min(vec4u(quad) + vec4u(0u, 1u, 2u, 3u), vec4u(outputs - 1u));

    var t0 = mat4x4f();
    if (shape.biased == 1u) {
        let biases = quads + shape.bias_from;
        t0 = mat4x4f(bias[biases.x], bias[biases.y], bias[biases.z], bias[biases.w]);
    }
    var t1 = t0; var t2 = t0; var t3 = t0; var t4 = t0; var t5 = t0; var t6 = t0; var t7 = t0;
    var b0 = t0; var b1 = t0; var b2 = t0; var b3 = t0; var b4 = t0; var b5 = t0; var b6 = t0; var b7 = t0;

    let blocks = quads + shape.w_from;

    // Counting row, column and input quad along saves divisions, which are expensive on a processor's vector units.
    var kh = 0u;
    var kw = 0u;
    var input = 0u;
    for (var t = 0u; t < kernel * kernel * inputs; t++) {
        // Rows and columns before the first wrap to huge numbers, so one comparison checks both ends. Loads
        // outside the row are discarded.
        let r = top + kh - padding;
        let c = left + kw - padding;
        let upper = r < height;
        let lower = r + 1u < height;
        let first = c < width;
        let c1 = WHOLE | (c + 1u < width);
        let c2 = WHOLE | (c + 2u < width);
        let c3 = WHOLE | (c + 3u < width);
        let c4 = WHOLE | (c + 4u < width);
        let c5 = WHOLE | (c + 5u < width);
        let c6 = WHOLE | (c + 6u < width);
        let last = c + 7u < width;
        let at = ((image + r) * width + c) * inputs + input;
        let below = at + width * inputs;
        let zero = vec4f();
        let wa = w[t * outputs + blocks.x];
        let wb = w[t * outputs + blocks.y];
        let wc = w[t * outputs + blocks.z];
        let wd = w[t * outputs + blocks.w];
        t0 += product(wa, wb, wc, wd, select(zero, x[at], upper & first));
        t1 += product(wa, wb, wc, wd, select(zero, x[at + inputs], upper & c1));
        t2 += product(wa, wb, wc, wd, select(zero, x[at + 2u * inputs], upper & c2));
        t3 += product(wa, wb, wc, wd, select(zero, x[at + 3u * inputs], upper & c3));
        t4 += product(wa, wb, wc, wd, select(zero, x[at + 4u * inputs], upper & c4));
        t5 += product(wa, wb, wc, wd, select(zero, x[at + 5u * inputs], upper & c5));
        t6 += product(wa, wb, wc, wd, select(zero, x[at + 6u * inputs], upper & c6));
        t7 += product(wa, wb, wc, wd, select(zero, x[at + 7u * inputs], upper & last));
        b0 += product(wa, wb, wc, wd, select(zero, x[below], lower & first));
        b1 += product(wa, wb, wc, wd, select(zero, x[below + inputs], lower & c1));
        b2 += product(wa, wb, wc, wd, select(zero, x[below + 2u * inputs], lower & c2));
        b3 += product(wa, wb, wc, wd, select(zero, x[below + 3u * inputs], lower & c3));
        b4 += product(wa, wb, wc, wd, select(zero, x[below + 4u * inputs], lower & c4));
        b5 += product(wa, wb, wc, wd, select(zero, x[below + 5u * inputs], lower & c5));
        b6 += product(wa, wb, wc, wd, select(zero, x[below + 6u * inputs], lower & c6));
        b7 += product(wa, wb, wc, wd, select(zero, x[below + 7u * inputs], lower & last));

        input++;
        let next_tap = input == inputs;
        input = select(input, 0u, next_tap);
        kw += u32(next_tap);
        let next_row = kw == kernel;
        kw = select(kw, 0u, next_row);
        kh += u32(next_row);
    }

    let row = image + top;
    store(row, left, quad, t0);
    store(row, left + 1u, quad, t1);
    store(row, left + 2u, quad, t2);
    store(row, left + 3u, quad, t3);
    store(row, left + 4u, quad, t4);
    store(row, left + 5u, quad, t5);
    store(row, left + 6u, quad, t6);
    store(row, left + 7u, quad, t7);
    if (top + 1u < height) {
        store(row + 1u, left, quad, b0);
        store(row + 1u, left + 1u, quad, b1);
        store(row + 1u, left + 2u, quad, b2);
        store(row + 1u, left + 3u, quad, b3);
        store(row + 1u, left + 4u, quad, b4);
        store(row + 1u, left + 5u, quad, b5);
        store(row + 1u, left + 6u, quad, b6);
        store(row + 1u, left + 7u, quad, b7);
    }
}
