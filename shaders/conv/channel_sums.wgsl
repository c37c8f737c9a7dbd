// Sums over pixels, for the gradient of a bias.
//
//   partial[s, c] = Σ_{p in chunk s} dy[p, c]
//
// dy: [P, QUADS], cut into chunks of PIXELS pixels (the last may be short); sum_chunks.wgsl adds them. One invocation
// owns four channels of one chunk. Twin: src/reference/conv.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn channel_sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&partial)) {
        return;
    }
    let first = i / QUADS * PIXELS * QUADS + i % QUADS;
    let end = min(first + PIXELS * QUADS, arrayLength(&dy));
    var sum = vec4f();
    for (var at = first; at < end; at += QUADS) {
        sum += dy[at];
    }
    partial[i] = sum;
}
