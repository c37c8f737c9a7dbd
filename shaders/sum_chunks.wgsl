// Adds partial results in order: the same bits at every run.
//
//   out[i] = Σ_{s = 0 … chunks−1} partial[s, i]
//
// partial: [chunks, L] quads, out: [L] quads. One invocation owns one output. Twin: src/reference/sum_chunks.rs

struct Shape {
    chunks: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn sum_chunks(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let length = arrayLength(&out);
    if (i >= length) {
        return;
    }
    var sum = vec4f();
    for (var s = 0u; s < shape.chunks; s++) {
        sum += partial[s * length + i];
    }
    out[i] = sum;
}
