// Batch norm's parameter gradients, and the coefficients of its input gradient, for graphics cards:
// batch_norm_grad_finish.wgsl with a workgroup for each four channels. That file has the formulas and the shapes.
//
// Each thread adds every 256th chunk in order, then the threads' sums are added in pairs, always the same ones.
// Twin: src/reference/norm/batch.rs

override QUADS: u32;
override PIXELS: u32;  // per chunk

const THREADS = 256u;

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> coefficients: array<vec4f>;

var<workgroup> s1: array<vec4f, THREADS>;
var<workgroup> s2: array<vec4f, THREADS>;

@compute @workgroup_size(THREADS)
fn batch_norm_grad_finish_tiled(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) group: vec3u) {
    let quad = group.x;
    let chunks = arrayLength(&partial) / (2u * QUADS);
    var sum1 = vec4f();
    var sum2 = vec4f();
    for (var s = i; s < chunks; s += THREADS) {
        let at = 2u * s * QUADS + quad;
        sum1 += partial[at];
        sum2 += partial[at + QUADS];
    }
    s1[i] = sum1;
    s2[i] = sum2;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (i < half) {
            s1[i] += s1[i + half];
            s2[i] += s2[i + half];
        }
    }
    if (i > 0u) {
        return;
    }
    dbeta[quad] = s1[0];
    dgamma[quad] = s2[0];
    let scale = gamma[quad] / f32(chunks * PIXELS);
    coefficients[quad] = scale * s1[0];
    coefficients[QUADS + quad] = scale * s2[0];
}
