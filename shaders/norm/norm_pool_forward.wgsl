// Batch or group norm, the activation that may follow, and 2×2 max pooling in one pass: the values in between are
// never written.
//
//   y[n, r, c] = max of z over the window of rows 2r, 2r + 1 and columns 2c, 2c + 1
//   z = (x − mean) · inv_std · γ + β,   then max(z, 0) with RELU
//
// x: [N, HEIGHT, WIDTH, QUADS], both sides even; y: [N, HEIGHT / 2, WIDTH / 2, QUADS]; stats (mean, inv_std): [2, QUADS], or
// [N, 2, QUADS] with PER_SAMPLE. One invocation owns four channels of STRIP windows.
// Twins: src/reference/norm/pass.rs, then src/reference/pool.rs

override QUADS: u32;
override HEIGHT: u32;
override WIDTH: u32;
override PER_SAMPLE: u32;  // 0 or 1
override RELU: u32;        // 0 or 1
override STRIP: u32;       // windows per invocation

override COLUMNS = WIDTH / 2u;
override WINDOWS = HEIGHT / 2u * COLUMNS;  // per sample
override STRIPS = (WINDOWS + STRIP - 1u) / STRIP;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> stats: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

// max(x, 0) that keeps NaN. It tests for the bits from −0 to −∞, because a graphics card may compare as if there were no NaN.
fn relu(x: vec4f) -> vec4f {
    return select(x, vec4f(), bitcast<vec4u>(x) - vec4u(0x80000000u) <= vec4u(0x7f800000u));
}

@compute @workgroup_size(64)
fn norm_pool_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let quad = i % QUADS;
    let sample = i / (QUADS * STRIPS);
    let first = i / QUADS % STRIPS * STRIP;
    if (sample * WINDOWS * QUADS >= arrayLength(&y)) {
        return;
    }
    let row = 2u * sample * PER_SAMPLE * QUADS + quad;
    let mean = stats[row];
    let inv_std = stats[row + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    for (var window = first; window < min(first + STRIP, WINDOWS); window++) {
        let at = ((sample * HEIGHT + window / COLUMNS * 2u) * WIDTH + window % COLUMNS * 2u) * QUADS + quad;
        let below = at + WIDTH * QUADS;
        let z0 = (x[at] - mean) * inv_std * gamma_c + beta_c;
        let z1 = (x[at + QUADS] - mean) * inv_std * gamma_c + beta_c;
        let z2 = (x[below] - mean) * inv_std * gamma_c + beta_c;
        let z3 = (x[below + QUADS] - mean) * inv_std * gamma_c + beta_c;
        var out = max(max(z0, z1), max(z2, z3));
        if (RELU == 1u) {
            out = relu(out);
        }
        y[(sample * WINDOWS + window) * QUADS + quad] = out;
    }
}
