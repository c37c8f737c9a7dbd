// Batch norm's parameter gradients, and the coefficients of its input gradient.
//
//   dβ = Σ_s s1     dγ = Σ_s s2     coefficients = (γ · dβ / P, γ · dγ / P),   P pixels in the batch
//
// partial: [S, 2, QUADS] = (s1, s2), coefficients: [2, QUADS]. One invocation owns four channels and adds in order.
// Twin: src/reference/norm/batch.rs

override QUADS: u32;
override PIXELS: u32;  // per chunk

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> coefficients: array<vec4f>;

@compute @workgroup_size(64)
fn batch_norm_grad_finish(@builtin(global_invocation_id) id: vec3u) {
    let quad = id.x;
    if (quad >= QUADS) {
        return;
    }
    let chunks = arrayLength(&partial) / (2u * QUADS);
    var s1 = vec4f();
    var s2 = vec4f();
    for (var s = 0u; s < chunks; s++) {
        s1 += partial[2u * s * QUADS + quad];
        s2 += partial[(2u * s + 1u) * QUADS + quad];
    }
    dbeta[quad] = s1;
    dgamma[quad] = s2;
    let scale = gamma[quad] / f32(chunks * PIXELS);
    coefficients[quad] = scale * s1;
    coefficients[QUADS + quad] = scale * s2;
}
