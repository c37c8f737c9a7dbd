// dx[n, p, c] = dy[n, c] / PIXELS
//
// dx: [N, PIXELS, QUADS], dy: [N, QUADS]. One invocation owns four channels of one pixel.
// Twin: src/reference/pool.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn global_average_pool_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&dx)) {
        return;
    }
    dx[i] = dy[i / (QUADS * PIXELS) * QUADS + i % QUADS] / f32(PIXELS);
}
