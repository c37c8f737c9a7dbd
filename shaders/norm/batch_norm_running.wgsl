// Batch norm's statistics for evaluation, from the running buffers.
//
//   stats = (running_mean, 1 / √(running_var + ε))
//
// All [QUADS], stats: [2, QUADS]. One invocation owns four channels. Twin: src/reference/norm/batch.rs

override QUADS: u32;
override EPSILON: f32;

@group(0) @binding(0) var<storage, read> running_mean: array<vec4f>;
@group(0) @binding(1) var<storage, read> running_var: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec4f>;

@compute @workgroup_size(64)
fn batch_norm_running(@builtin(global_invocation_id) id: vec3u) {
    let quad = id.x;
    if (quad < QUADS) {
        stats[quad] = running_mean[quad];
        stats[QUADS + quad] = inverseSqrt(running_var[quad] + EPSILON);
    }
}
