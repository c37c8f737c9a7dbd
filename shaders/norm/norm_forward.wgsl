// The second half of batch and group norm, with the activation that follows.
//
//   y = γ_c · (x − mean) · inv_std + β_c,   then max(y, 0) with RELU
//
// x, y: [N, PIXELS, QUADS]; stats (mean, inv_std): [2, QUADS], or [N, 2, QUADS] with PER_SAMPLE. One invocation owns four
// channels of STRIP pixels. Twin: src/reference/norm/pass.rs

override QUADS: u32;
override PIXELS: u32;      // per sample
override PER_SAMPLE: u32;  // 0 or 1
override RELU: u32;        // 0 or 1
override STRIP: u32;       // pixels per invocation

override STRIPS = (PIXELS + STRIP - 1u) / STRIP;

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
fn norm_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let quad = i % QUADS;
    let sample = i / (QUADS * STRIPS);
    let first = i / QUADS % STRIPS * STRIP;
    if (sample * PIXELS * QUADS >= arrayLength(&y)) {
        return;
    }
    let from_stats = 2u * sample * PER_SAMPLE * QUADS + quad;
    let mean = stats[from_stats];
    let inv_std = stats[from_stats + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    for (var p = first; p < min(first + STRIP, PIXELS); p++) {
        let at = (sample * PIXELS + p) * QUADS + quad;
        var out = (x[at] - mean) * inv_std * gamma_c + beta_c;
        if (RELU == 1u) {
            out = relu(out);
        }
        y[at] = out;
    }
}
