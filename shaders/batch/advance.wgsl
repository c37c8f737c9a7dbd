// Moves to the next step: copies the next row of the step table to the step state, which the other kernels read.
//
// The table holds, for each step of a submit, the settings of the step (see src/trainer/feed.rs). One invocation.
// Twin: none, it only copies.

override HEADER: u32;  // vec4s of a row that are copied, a multiple of four
override ROW: u32;     // vec4s of a whole row: header and the batch's indices

@group(0) @binding(0) var<storage, read> table: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> cursor: array<u32>;  // [0]: rows taken so far
@group(0) @binding(2) var<storage, read_write> step: array<vec4u>;

@compute @workgroup_size(1)
fn advance() {
    let row = cursor[0];
    let from_row = row * ROW;
    // Four at a time, since each waits for memory.
    for (var i = 0u; i < HEADER; i += 4u) {
        let at = from_row + i;
        let next = array(table[at], table[at + 1u], table[at + 2u], table[at + 3u]);
        step[i] = next[0];
        step[i + 1u] = next[1];
        step[i + 2u] = next[2];
        step[i + 3u] = next[3];
    }
    cursor[0] = row + 1u;
}
