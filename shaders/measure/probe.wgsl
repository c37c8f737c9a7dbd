// Records a few weights after a step: the raw values and those of each average.
//
//   ring[step mod STEPS][p][0] = w[indices[p]]      ring[step mod STEPS][p][k] = v_k[indices[p]]
//
// w: [LENGTH], bank: METHODS − 1 averages, one after another; indices: [P] places in the arena, NONE for an unused
// place; ring: [STEPS][P][WIDTH]. One invocation owns one value. Twin: src/reference/measure.rs

override STEPS: u32;    // steps that the ring holds
override METHODS: u32;  // the raw weights and the averages
override LENGTH: u32;   // floats in the arena
override WIDTH: u32;    // methods in the ring

const NONE = 0xffffffffu;

struct Batch {
    step: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bank: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> batch: Batch;
@group(0) @binding(4) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(64)
fn probe(@builtin(global_invocation_id) id: vec3u) {
    let p = id.x / METHODS;
    let method = id.x % METHODS;
    if (p >= arrayLength(&indices) || indices[p] == NONE) {
        return;
    }
    var value = w[indices[p]];
    if (method > 0u) {
        value = bank[(method - 1u) * LENGTH + indices[p]];
    }
    ring[(batch.step % STEPS * arrayLength(&indices) + p) * WIDTH + method] = value;
}
