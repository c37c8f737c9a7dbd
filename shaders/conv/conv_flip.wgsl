// Flips the weights of convolutions, so that their input gradients are convolutions of dy.
//
//   w'[kh, kw, o, i] = w[K − 1 − kh, K − 1 − kw, i, o]        dx = conv_forward(dy, w')
//
// w: an arena with [K, K, inputs, outputs] blocks of 4×4 for each convolution; flipped: another, with w' at the same
// offsets, [K, K, outputs, inputs] blocks. A row of workgroups takes a convolution, an invocation moves blocks at a fixed
// stride, mostly just one: flipping the weights of all convolutions takes one dispatch. Twin: src/reference/conv.rs

struct Convolution {
    first: u32,    // block
    inputs: u32,   // quads
    outputs: u32,  // quads
    taps: u32,     // K · K
}

@group(0) @binding(0) var<storage, read> w: array<mat4x4f>;
@group(0) @binding(1) var<storage, read_write> flipped: array<mat4x4f>;
@group(0) @binding(2) var<uniform> convolutions: array<Convolution, 32>;

@compute @workgroup_size(64)
fn conv_flip(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let conv = convolutions[id.y];
    let pairs = conv.inputs * conv.outputs;
    for (var i = id.x; i < conv.taps * pairs; i += groups.x * 64u) {
        let input = i % conv.inputs;
        let output = i / conv.inputs % conv.outputs;
        let tap = conv.taps - 1u - i / pairs;
        flipped[conv.first + i] = transpose(w[conv.first + tap * pairs + input * conv.outputs + output]);
    }
}
