// dx = dy where y > 0, else 0
//
// y, dy, dx: the same number of quads. One invocation owns four quads. Twin: src/reference/relu.rs

@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn relu_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = 4u * (id.x + id.y * groups.x * 64u);
    for (var i = first; i < min(first + 4u, arrayLength(&dx)); i++) {
        dx[i] = select(vec4f(), dy[i], y[i] > vec4f());
    }
}
