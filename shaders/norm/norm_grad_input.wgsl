// Gradient of batch or group norm to its input, back through the activation that followed.
//
//   dx = inv_std · (γ · dz − c1 − x̂ · c2),   dz = dy, or 0 where the activation cut y off
//
// x, dy, dx: [N, PIXELS, QUADS]; stats (mean, inv_std) and coefficients (c1, c2): [2, QUADS], or [N, 2, QUADS] with
// PER_SAMPLE. One invocation owns four channels of STRIP pixels. Twin: src/reference/norm/pass.rs

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
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read> coefficients: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn norm_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let quad = i % QUADS;
    let sample = i / (QUADS * STRIPS);
    let first = i / QUADS % STRIPS * STRIP;
    if (sample * PIXELS * QUADS >= arrayLength(&dx)) {
        return;
    }
    let row = 2u * sample * PER_SAMPLE * QUADS + quad;
    let mean = stats[row];
    let inv_std = stats[row + QUADS];
    let c1 = coefficients[row];
    let c2 = coefficients[row + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    for (var p = first; p < min(first + STRIP, PIXELS); p++) {
        let at = (sample * PIXELS + p) * QUADS + quad;
        let normal = (x[at] - mean) * inv_std;
        var dz = dy[at];
        if (RELU == 1u) {
            dz = select(vec4f(), dz, normal * gamma_c + beta_c > vec4f());
        }
        dx[at] = inv_std * (gamma_c * dz - c1 - normal * c2);
    }
}
