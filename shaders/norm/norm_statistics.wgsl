// Mean and squared deviations of each channel over a chunk of pixels: the first half of batch and group norm.
//
//   mean[s, c] = Σ_p x[p, c] / PIXELS          m2[s, c] = Σ_p (x[p, c] − mean[s, c])²
//
// x: [S · PIXELS, QUADS], partial: [S, 2, QUADS] = (mean, m2). Deviations are taken from the chunk's first pixel, which
// keeps a large mean from swallowing a small variance. One invocation owns four channels of one chunk.
// Twin: src/reference/norm/statistics.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn norm_statistics(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (2u * i >= arrayLength(&partial)) {
        return;
    }
    let chunk = i / QUADS;
    let quad = i % QUADS;
    let first = chunk * PIXELS * QUADS + quad;
    let origin = x[first];
    var sum = vec4f();
    var squares = vec4f();
    for (var p = 0u; p < PIXELS; p++) {
        let d = x[first + p * QUADS] - origin;
        sum += d;
        squares += d * d;
    }
    let count = f32(PIXELS);
    let to = 2u * chunk * QUADS + quad;
    partial[to] = origin + sum / count;
    partial[to + QUADS] = max(squares - sum * sum / count, vec4f());
}
