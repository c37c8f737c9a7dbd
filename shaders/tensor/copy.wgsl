// y = x: copies parameters to where the convolutions load them from; also measures how many bytes a kernel can move per
// second.
//
// x, y: the same number of quads. One invocation moves four quads, APART from each other: a processor is fastest if an
// invocation's quads are adjacent, a graphics card if those of neighbouring invocations are. All four are loaded before one
// is stored, so that none waits for another.
// Twin: none, it only copies.

override APART: u32;  // 1 or 64

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

fn store(i: u32, value: vec4f) {
    if (i < arrayLength(&y)) {
        y[i] = value;
    }
}

@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let first = i / APART * APART * 4u + i % APART;
    let last = arrayLength(&x) - 1u;
    let a = x[min(first, last)];
    let b = x[min(first + APART, last)];
    let c = x[min(first + 2u * APART, last)];
    let d = x[min(first + 3u * APART, last)];
    store(first, a);
    store(first + APART, b);
    store(first + 2u * APART, c);
    store(first + 3u * APART, d);
}
