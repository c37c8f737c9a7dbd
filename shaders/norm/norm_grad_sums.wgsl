// The two sums over pixels that the gradient of a norm needs.
//
//   dz = dy, or 0 where the activation cut y off     s1[s, c] = Σ_{p in chunk s} dz     s2[s, c] = Σ dz · x̂
//   x̂ = (x − mean) · inv_std
//
// x, dy: [S · PIXELS, QUADS]; stats: [2, QUADS], or [N, 2, QUADS] with PER_SAMPLE;
// partial: [S, 2, QUADS] = (s1, s2). y is recomputed instead of read. One invocation owns four channels of
// one chunk. Twin: src/reference/norm/pass.rs

override QUADS: u32;
override PIXELS: u32;
override PER_SAMPLE: u32;  // 0 or 1
override CHUNKS: u32;      // per sample
override RELU: u32;        // 0 or 1

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> stats: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn norm_grad_sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (2u * i >= arrayLength(&partial)) {
        return;
    }
    let chunk = i / QUADS;
    let quad = i % QUADS;
    let from_stats = 2u * (chunk / CHUNKS) * PER_SAMPLE * QUADS + quad;
    let mean = stats[from_stats];
    let inv_std = stats[from_stats + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    let first = chunk * PIXELS * QUADS + quad;
    var s1 = vec4f();
    var s2 = vec4f();
    for (var p = 0u; p < PIXELS; p++) {
        let at = first + p * QUADS;
        let normal = (x[at] - mean) * inv_std;
        var dz = dy[at];
        if (RELU == 1u) {
            dz = select(vec4f(), dz, normal * gamma_c + beta_c > vec4f());
        }
        s1 += dz;
        s2 += dz * normal;
    }
    let to = 2u * chunk * QUADS + quad;
    partial[to] = s1;
    partial[to + QUADS] = s2;
}
