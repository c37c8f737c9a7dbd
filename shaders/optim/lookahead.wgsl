// Lookahead (Zhang et al. 2019): every few steps the slow weights go part of the way to the weights, which then begin from there.
//
//   v ← v + a · (w − v),   w ← v
//
// a is computed on the host for each row of the step table; below 0, at all other steps, both stay. a = 0 takes the weights back to v, and
// a = 1 leaves them, to the bit. w, v: the arena, batch norm's buffers included. One invocation owns one quad. Twin:
// src/reference/optim.rs

struct Batch {
    step: u32,
    count: u32,
    seed: u32,
    flip: u32,
    crop: u32,
    first: u32,
    momentum: f32,
    label_shift: u32,
    lookahead: f32,  // a
}

@group(0) @binding(0) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(2) var<storage, read> batch: Batch;

@compute @workgroup_size(64)
fn lookahead(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let a = batch.lookahead;
    if (i >= arrayLength(&w) || a < 0.0) {
        return;
    }
    let slow = select(v[i] + a * (w[i] - v[i]), w[i], a == 1.0);
    v[i] = slow;
    w[i] = slow;
}
