// The 2×2 patches of an image as pixels, so that a 2×2 convolution without padding is a 1×1 convolution of them.
//
//   y[n, r, c, 4i + 2·kh + kw] = x[n, r + kh, c + kw, i],   kh, kw = 0, 1
//
// x: [N, HEIGHT, WIDTH, QUADS], y: [N, HEIGHT − 1, WIDTH − 1, CHANNELS] quads: the four values of a channel are one quad. One
// invocation owns one quad. Twin: src/reference/conv.rs

override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;  // of x, without padding

override QUADS = (CHANNELS + 3u) / 4u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn unfold(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&y)) {
        return;
    }
    let channel = i % CHANNELS;
    let column = i / CHANNELS % (WIDTH - 1u);
    let row = i / (CHANNELS * (WIDTH - 1u));  // of all images
    let at = ((row + row / (HEIGHT - 1u)) * WIDTH + column) * QUADS + channel / 4u;
    let below = at + WIDTH * QUADS;
    let a = x[at];
    let b = x[at + QUADS];
    let c = x[below];
    let d = x[below + QUADS];
    let lane = channel % 4u;
    y[i] = vec4f(a[lane], b[lane], c[lane], d[lane]);
}
