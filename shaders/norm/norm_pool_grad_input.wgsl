// Gradient of batch or group norm to its input, back through 2×2 max pooling and the activation before it.
//
//   dx = inv_std · (γ · dz − c1 − x̂ · c2)     x̂ = (x − mean) · inv_std     z = γ · x̂ + β
//   dz = dy of the window where z is its first maximum and, with RELU, above 0; else 0
//
// x, dx: [N, HEIGHT, WIDTH, QUADS], both sides even; dy: [N, HEIGHT / 2, WIDTH / 2, QUADS]; stats (mean, inv_std) and
// coefficients (c1, c2): [2, QUADS], or [N, 2, QUADS] with PER_SAMPLE. One invocation owns four channels of STRIP windows.
// Twins: src/reference/pool.rs, then src/reference/norm/pass.rs

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
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read> coefficients: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn norm_pool_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let quad = i % QUADS;
    let sample = i / (QUADS * STRIPS);
    let first = i / QUADS % STRIPS * STRIP;
    if (sample * HEIGHT * WIDTH * QUADS >= arrayLength(&dx)) {
        return;
    }
    let row = 2u * sample * PER_SAMPLE * QUADS + quad;
    let mean = stats[row];
    let inv_std = stats[row + QUADS];
    let c1 = coefficients[row];
    let c2 = coefficients[row + QUADS];
    let gamma_c = gamma[quad];
    let beta_c = beta[quad];
    let zero = vec4f();
    for (var window = first; window < min(first + STRIP, WINDOWS); window++) {
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
        var dz = dy[(sample * WINDOWS + window) * QUADS + quad];
        if (RELU == 1u) {
            dz = select(zero, dz, max(top, bottom) > zero);
        }
        let g = gamma_c * dz;
        let in_top = top >= bottom;
        dx[at] = inv_std * (select(zero, g, in_top & (z0 >= z1)) - c1 - n0 * c2);
        dx[at + QUADS] = inv_std * (select(zero, g, in_top & (z0 < z1)) - c1 - n1 * c2);
        dx[below] = inv_std * (select(g, zero, in_top | (z2 < z3)) - c1 - n2 * c2);
        dx[below + QUADS] = inv_std * (select(g, zero, in_top | (z2 >= z3)) - c1 - n3 * c2);
    }
}
