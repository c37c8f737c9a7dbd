// Turns a convolution's weights around, so that its input gradient is a convolution of dy.
//
//   w'[kh, kw, o, i] = w[K − 1 − kh, K − 1 − kw, i, o]        dx = conv_forward(dy, w')
//
// w: [K, K, INPUTS, OUTPUTS] blocks of 4×4; w': [K, K, OUTPUTS, INPUTS] blocks. One invocation moves one block.
// Twin: src/reference/conv_flip.rs

override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads

@group(0) @binding(0) var<storage, read> w: array<mat4x4f>;
@group(0) @binding(1) var<storage, read_write> flipped: array<mat4x4f>;

@compute @workgroup_size(64)
fn conv_flip(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&flipped)) {
        return;
    }
    let input = i % INPUTS;
    let output = i / INPUTS % OUTPUTS;
    let tap = i / (INPUTS * OUTPUTS);
    let taps = arrayLength(&flipped) / (INPUTS * OUTPUTS);
    flipped[i] = transpose(w[((taps - 1u - tap) * INPUTS + input) * OUTPUTS + output]);
}
