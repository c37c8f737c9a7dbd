// y = x: parameters to where the convolutions load them from; and how many bytes a kernel can move in a second.
//
// x, y: the same number of quads. One invocation moves four quads. Twin: none, it only copies.

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = 4u * (id.x + id.y * groups.x * 64u);
    for (var i = first; i < min(first + 4u, arrayLength(&x)); i++) {
        y[i] = x[i];
    }
}
