// y[n, c] = maximum of x[n, y, x, c] over the image
//
// x: [N, PIXELS, QUADS], y: [N, QUADS]. One invocation owns four channels of a sample.
// Twin: src/reference/pool.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn global_max_pool_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&y)) {
        return;
    }
    let first = i / QUADS * PIXELS * QUADS + i % QUADS;
    var best = x[first];
    for (var p = 1u; p < PIXELS; p++) {
        let value = x[first + p * QUADS];
        best = select(value, best, best >= value);
    }
    y[i] = best;
}
