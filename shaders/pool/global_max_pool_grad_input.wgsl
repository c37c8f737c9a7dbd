// dx[n, y, x, c] = dy[n, c] at the first pixel that holds the maximum of its channel, in the order of memory; 0 elsewhere
//
// x, dx: [N, PIXELS, QUADS], dy: [N, QUADS]. One invocation owns four channels of a sample. Twin: src/reference/pool.rs

override QUADS: u32;
override PIXELS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn global_max_pool_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&dx) / PIXELS) {
        return;
    }
    let first = i / QUADS * PIXELS * QUADS + i % QUADS;
    var best = x[first];
    var winner = vec4u();
    for (var p = 1u; p < PIXELS; p++) {
        let value = x[first + p * QUADS];
        let stays = best >= value;
        winner = select(vec4u(p), winner, stays);
        best = select(value, best, stays);
    }
    let gradient = dy[i];
    for (var p = 0u; p < PIXELS; p++) {
        dx[first + p * QUADS] = select(vec4f(), gradient, winner == vec4u(p));
    }
}
