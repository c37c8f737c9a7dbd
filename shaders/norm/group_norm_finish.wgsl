// Statistics of each sample's channel groups from those of single channels (Wu and He 2018).
//
//   over the chunks and channels of the group, each of PIXELS values:
//     mean = Σ mean_j / n          m2 = Σ m2_j + PIXELS · Σ (mean_j − mean)²          stats = (mean, 1 / √(m2 / count + ε))
//
// partial: [N, CHUNKS, 2, QUADS], stats: [N, 2, QUADS], the same for all channels of a group. One invocation owns one channel
// of one sample. Twin: src/reference/norm/group.rs

override QUADS: u32;
override CHANNELS: u32;
override GROUPS: u32;
override CHUNKS: u32;  // per sample
override PIXELS: u32;  // per chunk
override EPSILON: f32;

override LANES = 4u * QUADS;
override SIZE = CHANNELS / GROUPS;

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;

@compute @workgroup_size(64)
fn group_norm_finish(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let sample = i / LANES;
    let channel = i % LANES;
    let to = 2u * sample * LANES + channel;
    if (to >= arrayLength(&stats)) {
        return;
    }
    if (channel >= CHANNELS) {
        stats[to] = 0.0;
        stats[to + LANES] = 0.0;
        return;
    }
    let from_channel = channel / SIZE * SIZE;
    let from_chunk = sample * CHUNKS;
    var sum = 0.0;
    for (var s = from_chunk; s < from_chunk + CHUNKS; s++) {
        for (var c = from_channel; c < from_channel + SIZE; c++) {
            sum += partial[2u * s * LANES + c];
        }
    }
    let parts = f32(CHUNKS * SIZE);
    let mean = sum / parts;
    var m2 = 0.0;
    for (var s = from_chunk; s < from_chunk + CHUNKS; s++) {
        for (var c = from_channel; c < from_channel + SIZE; c++) {
            let d = partial[2u * s * LANES + c] - mean;
            m2 += partial[(2u * s + 1u) * LANES + c] + f32(PIXELS) * d * d;
        }
    }
    stats[to] = mean;
    stats[to + LANES] = inverseSqrt(m2 / (parts * f32(PIXELS)) + EPSILON);
}
