// Gradient of a convolution's weights, as it is defined, for reading and as a baseline: the first of three kernels, before
// conv_grad_weight_registers.wgsl and conv_grad_weight_tiled.wgsl.
//
//   dw[s, kh, kw, i, o] = Σ_{n in chunk s, r, c} x[n, r + kh − P, c + kw − P, i] · dy[n, r, c, o],   P = (KERNEL − 1) / 2
//
// x: [N, HEIGHT, WIDTH, INPUTS] quads, dy: [N, HEIGHT, WIDTH, OUTPUTS] quads, dw: [S, KERNEL, KERNEL, INPUTS, OUTPUTS]
// blocks of 4×4 (column: input channel), which sum_chunks.wgsl adds up if there are several chunks. One invocation owns one
// block and goes through all pixels of its chunk by itself, so a narrow layer keeps few invocations busy, and loads two
// quads for each product. The other two kernels split the pixels among many invocations, and use each load many times.
// `cargo bench -- conv_ladder` measures how much that gains. Twin: src/reference/conv.rs

override IMAGES: u32;   // a chunk; the last may have fewer
override HEIGHT: u32;
override WIDTH: u32;
override INPUTS: u32;   // quads
override OUTPUTS: u32;  // quads
override KERNEL: u32;   // 1 or 3

override PADDING = (KERNEL - 1u) / 2u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<mat4x4f>;

@compute @workgroup_size(64)
fn conv_grad_weight_plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&dw)) {
        return;
    }
    let o = i % OUTPUTS;
    let input = i / OUTPUTS % INPUTS;
    let kw = i / (OUTPUTS * INPUTS) % KERNEL;
    let kh = i / (OUTPUTS * INPUTS * KERNEL) % KERNEL;
    let first = i / (OUTPUTS * INPUTS * KERNEL * KERNEL) * IMAGES;
    let end = min(first + IMAGES, arrayLength(&dy) / (HEIGHT * WIDTH * OUTPUTS));
    var sum = mat4x4f();
    for (var n = first; n < end; n++) {
        for (var r = 0u; r < HEIGHT; r++) {
            for (var c = 0u; c < WIDTH; c++) {
                // Rows and columns before the first wrap to huge numbers, so one comparison checks both ends.
                let row = r + kh - PADDING;
                let column = c + kw - PADDING;
                if (row < HEIGHT && column < WIDTH) {
                    let pixel = x[((n * HEIGHT + row) * WIDTH + column) * INPUTS + input];
                    let d = dy[((n * HEIGHT + r) * WIDTH + c) * OUTPUTS + o];
                    sum += mat4x4f(d * pixel.x, d * pixel.y, d * pixel.z, d * pixel.w);
                }
            }
        }
    }
    dw[i] = sum;
}
