// y[n, r, c] = max of x over the window of rows 2r, 2r + 1 and columns 2c, 2c + 1
//
// x: [N, HEIGHT, WIDTH, QUADS], y: [N, HEIGHT / 2, WIDTH / 2, QUADS]; an odd last row or column is left out. One
// invocation owns four channels of one output pixel. Twin: src/reference/pool.rs

override HEIGHT: u32;
override WIDTH: u32;
override QUADS: u32;

override ROWS = HEIGHT / 2u;
override COLUMNS = WIDTH / 2u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn max_pool_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&y)) {
        return;
    }
    let quad = i % QUADS;
    let column = i / QUADS % COLUMNS;
    let row = i / (QUADS * COLUMNS) % ROWS;
    let image = i / (QUADS * COLUMNS * ROWS);
    let at = ((image * HEIGHT + 2u * row) * WIDTH + 2u * column) * QUADS + quad;
    let below = at + WIDTH * QUADS;
    y[i] = max(max(x[at], x[at + QUADS]), max(x[below], x[below + QUADS]));
}
