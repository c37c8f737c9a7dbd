// Convolution, "same" padding, for processors that play a graphics card and let eight invocations share what they load.
//
//   y[n, r, c, o] = bias[o] + Σ_{kh, kw, i} x[n, r + kh − P, c + kw − P, i] · w[kh, kw, i, o],   P = (KERNEL − 1) / 2
//
// x: [N, H, W, inputs] quads, w: [KERNEL, KERNEL, inputs, outputs] blocks of 4×4, read as their columns (one input channel
// each), y: [N, H, W, outputs] quads. Such an adapter fills its vector lane by lane, so a load takes as long as dozens of
// products. As in conv_forward.wgsl an invocation makes 8 pixels of two rows × 16 output channels in named matrices, but a
// kernel row at a time: 10 loaded pixels serve its three taps, and as the upper row those of the next kernel row again. All
// eight invocations of a subgroup make the same output channels, so each loads two columns of a tap's weights and hands
// them round. For four input channels 58 loads serve 576 products of a block and a quad, 288 in conv_forward.wgsl.
// Invocations past the last tile lend a hand and store nothing.
// Twin: src/reference/conv_forward.rs

override KERNEL: u32;  // 1 or 3
override WHOLE: bool;  // the width is a multiple of 8

override PADDING = (KERNEL - 1u) / 2u;

struct Shape {
    height: u32,
    width: u32,
    inputs: u32,   // quads
    outputs: u32,  // quads
    biased: u32,   // 0 or 1
}

// Weights of one tap from 4 input to 16 output channels.
struct Block {
    a: mat4x4f,
    b: mat4x4f,
    c: mat4x4f,
    d: mat4x4f,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> shape: Shape;

fn first_half(column: vec4f) -> mat4x4f {
    return mat4x4f(
        subgroupBroadcast(column, 0u), subgroupBroadcast(column, 1u),
        subgroupBroadcast(column, 2u), subgroupBroadcast(column, 3u),
    );
}

fn second_half(column: vec4f) -> mat4x4f {
    return mat4x4f(
        subgroupBroadcast(column, 4u), subgroupBroadcast(column, 5u),
        subgroupBroadcast(column, 6u), subgroupBroadcast(column, 7u),
    );
}

// Each invocation loads two of the sixteen columns. Quads past the last read the last again, and are not stored.
fn block(tap: u32, input: u32, quad: u32, lane: u32) -> Block {
    let row = (tap * shape.inputs + input) * shape.outputs;
    let last = shape.outputs - 1u;
    let left = w[4u * (row + min(quad + lane / 4u, last)) + lane % 4u];
    let right = w[4u * (row + min(quad + 2u + lane / 4u, last)) + lane % 4u];
    return Block(first_half(left), second_half(left), first_half(right), second_half(right));
}

fn product(w: Block, x: vec4f) -> mat4x4f {
    return mat4x4f(w.a * x, w.b * x, w.c * x, w.d * x);
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
fn conv_forward_subgroup(
    @builtin(local_invocation_index) i: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let height = shape.height;
    let width = shape.width;
    let inputs = shape.inputs;
    let outputs = shape.outputs;
    let bands = (height + 1u) / 2u;
    let strips = (width + 7u) / 8u;
    let tiles = arrayLength(&y) / (height * width * outputs) * bands * strips;
    let across = (tiles + 63u) / 64u;  // workgroups that make the same output channels
    let g = group.x + group.y * groups.x;
    let quad = g / across * 4u;
    if (quad >= outputs) {
        return;
    }
    let place = g % across * 64u + i;
    let tile = min(place, tiles - 1u);
    let image = tile / (bands * strips) * height;
    let top = tile / strips % bands * 2u;
    let left = tile % strips * 8u;

    var t0 = mat4x4f();
    if (shape.biased == 1u) {
        let last = outputs - 1u;
        t0 = mat4x4f(bias[quad], bias[min(quad + 1u, last)], bias[min(quad + 2u, last)], bias[min(quad + 3u, last)]);
    }
    var t1 = t0; var t2 = t0; var t3 = t0; var t4 = t0; var t5 = t0; var t6 = t0; var t7 = t0;
    var b0 = t0; var b1 = t0; var b2 = t0; var b3 = t0; var b4 = t0; var b5 = t0; var b6 = t0; var b7 = t0;

    let zero = vec4f();
    let c1 = WHOLE | (left + 1u < width);
    let c2 = WHOLE | (left + 2u < width);
    let c3 = WHOLE | (left + 3u < width);
    let c4 = WHOLE | (left + 4u < width);
    let c5 = WHOLE | (left + 5u < width);
    let c6 = WHOLE | (left + 6u < width);
    let c7 = WHOLE | (left + 7u < width);
    let before = left > 0u;
    let after = left + 8u < width;
    for (var input = 0u; input < inputs; input++) {
        // Rows before the first wrap to huge numbers, so one comparison checks both ends. What is read outside the image is
        // some other number, or none, and is not used.
        var r = top - PADDING;
        var inside = r < height;
        var at = ((image + r) * width + left) * inputs + input;
        var xl = vec4f();
        var xr = vec4f();
        if (KERNEL == 3u) {
            xl = select(zero, x[at - inputs], inside & before);
            xr = select(zero, x[at + 8u * inputs], inside & after);
        }
        var x0 = select(zero, x[at], inside);
        var x1 = select(zero, x[at + inputs], inside & c1);
        var x2 = select(zero, x[at + 2u * inputs], inside & c2);
        var x3 = select(zero, x[at + 3u * inputs], inside & c3);
        var x4 = select(zero, x[at + 4u * inputs], inside & c4);
        var x5 = select(zero, x[at + 5u * inputs], inside & c5);
        var x6 = select(zero, x[at + 6u * inputs], inside & c6);
        var x7 = select(zero, x[at + 7u * inputs], inside & c7);
        for (var kh = 0u; kh < KERNEL; kh++) {
            r++;
            inside = r < height;
            at += width * inputs;
            let z0 = select(zero, x[at], inside);
            let z1 = select(zero, x[at + inputs], inside & c1);
            let z2 = select(zero, x[at + 2u * inputs], inside & c2);
            let z3 = select(zero, x[at + 3u * inputs], inside & c3);
            let z4 = select(zero, x[at + 4u * inputs], inside & c4);
            let z5 = select(zero, x[at + 5u * inputs], inside & c5);
            let z6 = select(zero, x[at + 6u * inputs], inside & c6);
            let z7 = select(zero, x[at + 7u * inputs], inside & c7);
            let middle = block(kh * KERNEL + PADDING, input, quad, lane);
            t0 += product(middle, x0);
            t1 += product(middle, x1);
            t2 += product(middle, x2);
            t3 += product(middle, x3);
            t4 += product(middle, x4);
            t5 += product(middle, x5);
            t6 += product(middle, x6);
            t7 += product(middle, x7);
            b0 += product(middle, z0);
            b1 += product(middle, z1);
            b2 += product(middle, z2);
            b3 += product(middle, z3);
            b4 += product(middle, z4);
            b5 += product(middle, z5);
            b6 += product(middle, z6);
            b7 += product(middle, z7);
            if (KERNEL == 3u) {
                let zl = select(zero, x[at - inputs], inside & before);
                let zr = select(zero, x[at + 8u * inputs], inside & after);
                let first = block(kh * 3u, input, quad, lane);
                t0 += product(first, xl);
                t1 += product(first, x0);
                t2 += product(first, x1);
                t3 += product(first, x2);
                t4 += product(first, x3);
                t5 += product(first, x4);
                t6 += product(first, x5);
                t7 += product(first, x6);
                b0 += product(first, zl);
                b1 += product(first, z0);
                b2 += product(first, z1);
                b3 += product(first, z2);
                b4 += product(first, z3);
                b5 += product(first, z4);
                b6 += product(first, z5);
                b7 += product(first, z6);
                let third = block(kh * 3u + 2u, input, quad, lane);
                t0 += product(third, x1);
                t1 += product(third, x2);
                t2 += product(third, x3);
                t3 += product(third, x4);
                t4 += product(third, x5);
                t5 += product(third, x6);
                t6 += product(third, x7);
                t7 += product(third, xr);
                b0 += product(third, z1);
                b1 += product(third, z2);
                b2 += product(third, z3);
                b3 += product(third, z4);
                b4 += product(third, z5);
                b5 += product(third, z6);
                b6 += product(third, z7);
                b7 += product(third, zr);
                xl = zl;
                xr = zr;
            }
            x0 = z0; x1 = z1; x2 = z2; x3 = z3; x4 = z4; x5 = z5; x6 = z6; x7 = z7;
        }
    }

    if (place >= tiles) {
        return;
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
