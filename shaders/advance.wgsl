// Moves to the next step: copies the next row of the step table to where the other kernels look.
//
// The table holds, for each step of a submit, everything a step needs to know (see src/trainer/table.rs). One
// invocation. Twin: none, it only copies.

override HEADER: u32;  // vec4s of a row that are copied
override ROW: u32;     // vec4s of a whole row: header and the batch's indices

@group(0) @binding(0) var<storage, read> table: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> cursor: array<u32>;  // [0]: rows taken so far
@group(0) @binding(2) var<storage, read_write> step: array<vec4u>;

@compute @workgroup_size(1)
fn advance() {
    let row = cursor[0];
    for (var i = 0u; i < HEADER; i++) {
        step[i] = table[row * ROW + i];
    }
    cursor[0] = row + 1u;
}
