// Batch statistics from those of the chunks, for graphics cards: batch_norm_finish.wgsl with a workgroup for each four
// channels. That file has the formulas and the shapes.
//
// Each thread merges every 256th chunk in order, then the threads' results are merged in pairs, always the same ones.
// Twin: src/reference/norm/batch.rs

override QUADS: u32;
override PIXELS: u32;
override EPSILON: f32;
override MOMENTUM: f32 = 0.0;  // the layer's own; 0 takes the batch header's

const THREADS = 256u;

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

struct Part {
    mean: vec4f,
    m2: vec4f,
    count: f32,
}

var<workgroup> parts: array<Part, THREADS>;

// An empty part contributes nothing.
fn merged(a: Part, b: Part) -> Part {
    let count = a.count + b.count;
    let share = b.count / max(count, 1.0);
    let d = b.mean - a.mean;
    return Part(a.mean + d * share, a.m2 + b.m2 + d * d * (a.count * share), count);
}

@compute @workgroup_size(THREADS)
fn batch_norm_finish_tiled(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) group: vec3u) {
    let quad = group.x;
    let chunks = arrayLength(&partial) / (2u * QUADS);
    var part = Part(vec4f(), vec4f(), 0.0);
    for (var s = i; s < chunks; s += THREADS) {
        let at = 2u * s * QUADS + quad;
        part = merged(part, Part(partial[at], partial[at + QUADS], f32(PIXELS)));
    }
    parts[i] = part;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (i < half) {
            parts[i] = merged(parts[i], parts[i + half]);
        }
    }
    if (i > 0u) {
        return;
    }
    let all = parts[0];
    stats[quad] = all.mean;
    stats[QUADS + quad] = inverseSqrt(all.m2 / all.count + EPSILON);
    let variance = all.m2 / (all.count - 1.0);
    let old_mean = running_mean[quad];
    let old_var = running_var[quad];
    let momentum = select(MOMENTUM, batch.momentum, MOMENTUM == 0.0);
    running_mean[quad] = select(old_mean + momentum * (all.mean - old_mean), all.mean, momentum == 1.0);
    running_var[quad] = select(old_var + momentum * (variance - old_var), variance, momentum == 1.0);
}
