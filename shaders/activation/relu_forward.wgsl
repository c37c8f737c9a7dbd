// y = max(x, 0)
//
// x, y: the same number of quads. One invocation owns four quads. Twin: src/reference/relu.rs

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

// max(x, 0) that keeps NaN. It tests for the bits from −0 to −∞, because a graphics card may compare as if there were no NaN.
fn relu(x: vec4f) -> vec4f {
    return select(x, vec4f(), bitcast<vec4u>(x) - vec4u(0x80000000u) <= vec4u(0x7f800000u));
}

@compute @workgroup_size(64)
fn relu_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = 4u * (id.x + id.y * groups.x * 64u);
    for (var i = first; i < min(first + 4u, arrayLength(&y)); i++) {
        y[i] = relu(x[i]);
    }
}
