// Adds partial results in the same order at every run, for graphics cards: many chunks of few outputs keep it busy too.
//
//   out[i] = Σ_{s = 0 … chunks−1} partial[s, i]
//
// partial: [chunks, L] quads, out: [L] quads. A workgroup owns LANES outputs; each of its ROWS rows of threads adds every
// ROWS-th chunk in order, then the rows are added in order. Twin: src/reference/sum_chunks.rs

const LANES = 16u;
const ROWS = 16u;

struct Shape {
    chunks: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> shape: Shape;

var<workgroup> sums: array<vec4f, 256>;  // [ROWS][LANES]

@compute @workgroup_size(256)
fn sum_chunks_tiled(
    @builtin(local_invocation_index) t: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let i = (group.x + group.y * groups.x) * LANES + t % LANES;
    let length = arrayLength(&out);
    var sum = vec4f();
    if (i < length) {
        for (var s = t / LANES; s < shape.chunks; s += ROWS) {
            sum += partial[s * length + i];
        }
    }
    sums[t] = sum;
    workgroupBarrier();
    if (t < LANES && i < length) {
        for (var row = 1u; row < ROWS; row++) {
            sum += sums[row * LANES + t];
        }
        out[i] = sum;
    }
}
