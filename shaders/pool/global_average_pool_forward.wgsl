// y[n, c] = Σ_p x[n, p, c] / PIXELS
//
// x: [N, PIXELS, QUADS], y: [N, QUADS]. One invocation owns four channels of one sample.
// Twin: src/reference/pool.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn global_average_pool_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&y)) {
        return;
    }
    let first = i / QUADS * PIXELS * QUADS + i % QUADS;
    var sum = vec4f();
    // Four at a time, since each waits for memory.
    let whole = PIXELS / 4u * 4u;
    for (var p = 0u; p < whole; p += 4u) {
        let at = first + p * QUADS;
        sum += x[at] + x[at + QUADS] + x[at + 2u * QUADS] + x[at + 3u * QUADS];
    }
    for (var p = whole; p < PIXELS; p++) {
        sum += x[first + p * QUADS];
    }
    y[i] = sum / f32(PIXELS);
}
