// Batch statistics from those of the chunks, and the running buffers' update (Ioffe and Szegedy 2015; PyTorch's rules).
//
//   merging two parts (Chan, Golub, LeVeque 1979), d = mean_b − mean_a, n = n_a + n_b:
//     mean = mean_a + d · n_b / n          m2 = m2_a + m2_b + d² · n_a · n_b / n
//   stats = (mean, 1 / √(m2 / n + ε))      running ← running + momentum · (new − running), new variance = m2 / (n − 1)
//
// A momentum of 1 copies, so that recomputed buffers keep nothing of their old values, not even NaN or a rounding error.
// partial: [S, 2, QUADS] of PIXELS pixels each, stats: [2, QUADS]. One invocation owns four channels and merges in order.
// Twin: src/reference/norm/batch.rs

override QUADS: u32;
override PIXELS: u32;
override EPSILON: f32;
override MOMENTUM: f32 = 0.0;  // the layer's own; 0 takes the batch header's

struct Batch {
    step: u32,
    count: u32,
    seed: u32,
    flip: u32,
    crop: u32,
    first: u32,
    momentum: f32,
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> batch: Batch;
@group(0) @binding(2) var<storage, read_write> stats: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> running_mean: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> running_var: array<vec4f>;

@compute @workgroup_size(64)
fn batch_norm_finish(@builtin(global_invocation_id) id: vec3u) {
    let quad = id.x;
    if (quad >= QUADS) {
        return;
    }
    let chunks = arrayLength(&partial) / (2u * QUADS);
    let size = f32(PIXELS);
    var count = size;
    var mean = partial[quad];
    var m2 = partial[QUADS + quad];
    for (var s = 1u; s < chunks; s++) {
        let d = partial[2u * s * QUADS + quad] - mean;
        let total = count + size;
        mean += d * (size / total);
        m2 += partial[(2u * s + 1u) * QUADS + quad] + d * d * (count * size / total);
        count = total;
    }
    stats[quad] = mean;
    stats[QUADS + quad] = inverseSqrt(m2 / count + EPSILON);
    let variance = m2 / (count - 1.0);
    let old_mean = running_mean[quad];
    let old_var = running_var[quad];
    let momentum = select(MOMENTUM, batch.momentum, MOMENTUM == 0.0);
    running_mean[quad] = select(old_mean + momentum * (mean - old_mean), mean, momentum == 1.0);
    running_var[quad] = select(old_var + momentum * (variance - old_var), variance, momentum == 1.0);
}
