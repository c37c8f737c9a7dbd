// Writes a batch's sums to the ring that the host reads from time to time.
//
//   ring[step mod length] = (Σ_n loss[n], Σ_n correct[n], count, step)
//
// outcome: [N] of (loss, correct). One invocation, which adds four at a time, in order. Twin: src/reference/measure.rs

struct Batch {
    step: u32,
    count: u32,
}

@group(0) @binding(0) var<storage, read> outcome: array<vec2f>;
@group(0) @binding(1) var<storage, read> batch: Batch;
@group(0) @binding(2) var<storage, read_write> ring: array<vec4f>;

@compute @workgroup_size(1)
fn metrics() {
    var sum = vec2f();
    // Four at a time, since each waits for memory.
    let whole = batch.count / 4u * 4u;
    for (var n = 0u; n < whole; n += 4u) {
        let next = array(outcome[n], outcome[n + 1u], outcome[n + 2u], outcome[n + 3u]);
        sum += next[0] + next[1] + next[2] + next[3];
    }
    for (var n = whole; n < batch.count; n++) {
        sum += outcome[n];
    }
    ring[batch.step % arrayLength(&ring)] = vec4f(sum, f32(batch.count), bitcast<f32>(batch.step));
}
