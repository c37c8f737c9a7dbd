// The coefficients of group norm's input gradient: sums over each sample's channel groups.
//
//   coefficients[n, c] = (Σ_{j in c's group} γ_j · s1[n, j] / m, Σ γ_j · s2[n, j] / m),   m values in a group
//
// partial: [N, CHUNKS, 2, QUADS] = (s1, s2) of PIXELS pixels each, coefficients: [N, 2, QUADS]. One invocation owns one
// channel of one sample. Twin: src/reference/norm/group.rs

override QUADS: u32;
override CHANNELS: u32;
override GROUPS: u32;
override CHUNKS: u32;  // per sample
override PIXELS: u32;  // per chunk

override LANES = 4u * QUADS;
override SIZE = CHANNELS / GROUPS;

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> coefficients: array<f32>;

@compute @workgroup_size(64)
fn group_norm_grad_finish(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let sample = i / LANES;
    let channel = i % LANES;
    let to = 2u * sample * LANES + channel;
    if (to >= arrayLength(&coefficients)) {
        return;
    }
    var s1 = 0.0;
    var s2 = 0.0;
    if (channel < CHANNELS) {
        let from_channel = channel / SIZE * SIZE;
        for (var s = sample * CHUNKS; s < (sample + 1u) * CHUNKS; s++) {
            for (var c = from_channel; c < from_channel + SIZE; c++) {
                s1 += gamma[c] * partial[2u * s * LANES + c];
                s2 += gamma[c] * partial[(2u * s + 1u) * LANES + c];
            }
        }
    }
    let values = f32(SIZE * CHUNKS * PIXELS);
    coefficients[to] = s1 / values;
    coefficients[to + LANES] = s2 / values;
}
