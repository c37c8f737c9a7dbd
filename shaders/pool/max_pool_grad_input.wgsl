// The gradient goes to the window's maximum; to the first in reading order if several are equal (PyTorch's rule).
//
// x, dx: [N, HEIGHT, WIDTH, QUADS], dy: [N, HEIGHT / 2, WIDTH / 2, QUADS]; an odd last row or column gets 0. One
// invocation owns four channels of one window, including incomplete windows at the edge.
// Twin: src/reference/pool.rs

override HEIGHT: u32;
override WIDTH: u32;
override QUADS: u32;

override ROWS = (HEIGHT + 1u) / 2u;
override COLUMNS = (WIDTH + 1u) / 2u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn max_pool_grad_input(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let quad = i % QUADS;
    let column = i / QUADS % COLUMNS;
    let row = i / (QUADS * COLUMNS) % ROWS;
    let image = i / (QUADS * COLUMNS * ROWS);
    if (image * HEIGHT * WIDTH * QUADS >= arrayLength(&dx)) {
        return;
    }
    let at = ((image * HEIGHT + 2u * row) * WIDTH + 2u * column) * QUADS + quad;
    let below = at + WIDTH * QUADS;
    let has_right = 2u * column + 1u < WIDTH;
    let has_below = 2u * row + 1u < HEIGHT;
    if (has_right && has_below) {
        let x0 = x[at];
        let x1 = x[at + QUADS];
        let x2 = x[below];
        let x3 = x[below + QUADS];
        let g = dy[((image * (HEIGHT / 2u) + row) * (WIDTH / 2u) + column) * QUADS + quad];
        let zero = vec4f();
        let top = max(x0, x1);
        let bottom = max(x2, x3);
        let in_top = top >= bottom;
        dx[at] = select(zero, g, in_top & (x0 >= x1));
        dx[at + QUADS] = select(zero, g, in_top & (x0 < x1));
        dx[below] = select(g, zero, in_top | (x2 < x3));
        dx[below + QUADS] = select(g, zero, in_top | (x2 >= x3));
    } else {
        dx[at] = vec4f();
        if (has_right) {
            dx[at + QUADS] = vec4f();
        }
        if (has_below) {
            dx[below] = vec4f();
        }
    }
}
