// Group norm's parameter gradients.
//
//   dβ = Σ_s s1[s]     dγ = Σ_s s2[s]
//
// partial: [S, 2, QUADS] = (s1, s2). One invocation owns four channels and adds in order.
// Twin: src/reference/norm/pass.rs

override QUADS: u32;

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dgamma: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dbeta: array<vec4f>;

@compute @workgroup_size(64)
fn norm_grad_parameters(@builtin(global_invocation_id) id: vec3u) {
    let quad = id.x;
    if (quad >= QUADS) {
        return;
    }
    var s1 = vec4f();
    var s2 = vec4f();
    for (var at = quad; at < arrayLength(&partial); at += 2u * QUADS) {
        s1 += partial[at];
        s2 += partial[at + QUADS];
    }
    dbeta[quad] = s1;
    dgamma[quad] = s2;
}
