// The two sums that the gradient of a norm needs, back through 2×2 max pooling and the activation before it.
//
//   dz = dy of the window where z is its first maximum and, with RELU, above 0; else 0      z = γ · x̂ + β
//   s1[s, c] = Σ_{windows of chunk s} Σ dz     s2[s, c] = Σ Σ dz · x̂     x̂ = (x − mean) · inv_std
//
// x: [N, HEIGHT, WIDTH, QUADS], both sides even; dy: [N, HEIGHT / 2, WIDTH / 2, QUADS]; stats: [2, QUADS], or [N, 2, QUADS]
// with PER_SAMPLE; partial: [S, 2, QUADS] = (s1, s2). A window passes its gradient to one pixel, so one product per window is
// enough. One invocation owns four channels of one chunk.
// Twins: src/reference/pool.rs, then src/reference/norm/pass.rs

override QUADS: u32;
override HEIGHT: u32;
override WIDTH: u32;
override PER_SAMPLE: u32;  // 0 or 1
override CHUNKS: u32;      // per sample
override RELU: u32;        // 0 or 1

override COLUMNS = WIDTH / 2u;
override WINDOWS = HEIGHT / 2u * COLUMNS;  // per sample
override SHARE = WINDOWS / CHUNKS;         // per chunk

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> stats: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn norm_pool_grad_sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (2u * i >= arrayLength(&partial)) {
        return;
    }
    let chunk = i / QUADS;
    let quad = i % QUADS;
    let sample = chunk / CHUNKS;
    let from_stats = 2u * sample * PER_SAMPLE * QUADS + quad;
    let mean = stats[from_stats];
    let inv_std = stats[from_stats + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    let first = chunk % CHUNKS * SHARE;
    var s1 = vec4f();
    var s2 = vec4f();
    for (var window = first; window < first + SHARE; window++) {
        let at = ((sample * HEIGHT + window / COLUMNS * 2u) * WIDTH + window % COLUMNS * 2u) * QUADS + quad;
        let below = at + WIDTH * QUADS;
        let n0 = (x[at] - mean) * inv_std;
        let n1 = (x[at + QUADS] - mean) * inv_std;
        let n2 = (x[below] - mean) * inv_std;
        let n3 = (x[below + QUADS] - mean) * inv_std;
        let z0 = n0 * gamma_c + beta_c;
        let z1 = n1 * gamma_c + beta_c;
        let z2 = n2 * gamma_c + beta_c;
        let z3 = n3 * gamma_c + beta_c;
        let top = max(z0, z1);
        let bottom = max(z2, z3);
        let normal = select(select(n3, n2, z2 >= z3), select(n1, n0, z0 >= z1), top >= bottom);
        var dz = dy[(sample * WINDOWS + window) * QUADS + quad];
        if (RELU == 1u) {
            dz = select(vec4f(), dz, max(top, bottom) > vec4f());
        }
        s1 += dz;
        s2 += dz * normal;
    }
    let to = 2u * chunk * QUADS + quad;
    partial[to] = s1;
    partial[to + QUADS] = s2;
}
