// Adds partial results in the same order in every run, for graphics cards: even a few outputs of many chunks keep it busy.
//
//   out[i] = Σ_{s = 0 … chunks−1} partial[s, i]
//
// partial and out: arenas in which a sum has [chunks, L] and [L] quads. A row of workgroups takes a sum; a workgroup owns
// LANES outputs at a time, mostly once. Each of its ROWS rows of threads adds every ROWS-th chunk in order, then the rows are
// added in order. Twin: src/reference/conv.rs

const LANES = 16u;
const ROWS = 16u;

struct Sum {
    first: u32,   // quad of partial
    chunks: u32,
    out: u32,     // first quad of out
    length: u32,  // L
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> sums: array<Sum, 32>;

var<workgroup> rows: array<vec4f, 256>;  // [ROWS][LANES]

@compute @workgroup_size(256)
fn sum_chunks_tiled(
    @builtin(local_invocation_index) t: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let its = sums[group.y];
    for (var from_lane = group.x * LANES; from_lane < its.length; from_lane += groups.x * LANES) {
        let i = from_lane + t % LANES;
        var sum = vec4f();
        if (i < its.length) {
            for (var s = t / LANES; s < its.chunks; s += ROWS) {
                sum += partial[its.first + s * its.length + i];
            }
        }
        rows[t] = sum;
        workgroupBarrier();
        if (t < LANES && i < its.length) {
            for (var row = 1u; row < ROWS; row++) {
                sum += rows[row * LANES + t];
            }
            out[its.out + i] = sum;
        }
        workgroupBarrier();
    }
}
