// y = FACTOR · x: the scale of the logits, and the gradient that comes back through it.
//
// x, y: the same number of quads. One invocation owns four quads. Twin: src/reference/tensor.rs

override FACTOR: f32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn scale(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = 4u * (id.x + id.y * groups.x * 64u);
    for (var i = first; i < min(first + 4u, arrayLength(&y)); i++) {
        y[i] = FACTOR * x[i];
    }
}
