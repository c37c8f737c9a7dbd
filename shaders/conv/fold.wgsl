// Adds the gradients of 2×2 patches where they overlap: the gradient of unfold.wgsl.
//
//   dx[n, r, c, i] = Σ_{kh, kw = 0, 1} dy[n, r − kh, c − kw, 4i + 2·kh + kw]
//
// dx: [N, HEIGHT, WIDTH, QUADS], dy: [N, HEIGHT − 1, WIDTH − 1, CHANNELS] quads. One invocation owns one quad of dx; padding
// lanes are 0. Twin: src/reference/conv.rs

override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;  // of dx, without padding

override QUADS = (CHANNELS + 3u) / 4u;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;

// What tap (kh, kw) adds to a channel of a pixel.
fn tap(n: u32, row: u32, column: u32, channel: u32, kh: u32, kw: u32) -> f32 {
    // Rows and columns before the first wrap to huge numbers, so one comparison checks both ends.
    let r = row - kh;
    let c = column - kw;
    if (r >= HEIGHT - 1u || c >= WIDTH - 1u) {
        return 0.0;
    }
    let quad = dy[((n * (HEIGHT - 1u) + r) * (WIDTH - 1u) + c) * CHANNELS + channel];
    return quad[2u * kh + kw];
}

@compute @workgroup_size(64)
fn fold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&dx)) {
        return;
    }
    let column = i / QUADS % WIDTH;
    let row = i / (QUADS * WIDTH) % HEIGHT;
    let n = i / (QUADS * WIDTH * HEIGHT);
    var sum = vec4f();
    for (var lane = 0u; lane < 4u; lane++) {
        let channel = i % QUADS * 4u + lane;
        if (channel < CHANNELS) {
            sum[lane] = tap(n, row, column, channel, 0u, 0u) + tap(n, row, column, channel, 0u, 1u)
                + tap(n, row, column, channel, 1u, 0u) + tap(n, row, column, channel, 1u, 1u);
        }
    }
    dx[i] = sum;
}
