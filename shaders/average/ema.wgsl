// Exponential moving averages of the weights: the subject of this project.
//
//   v_t = β · v_{t−1} + (1 − β) · w_t,   v_0 = w_0          written as   v ← v + a · (w − v),   a = 1 − β
//
// The second form needs a alone, which is computed in double precision: 1 − .999 loses four digits in single precision.
// A warm-up changes a from step to step, a step that is skipped has a = 0, and a = 1 copies; both are exact whatever w and v
// hold (0 · NaN is NaN). After the parameters, the arena holds batch norm's running buffers, whose a may differ.
// w: [LENGTH] quads, bank: up to 8 averages, one after another. One invocation owns one quad of all averages.
// Twin: src/reference/average.rs

override LENGTH: u32;      // quads in the arena
override PARAMETERS: u32;  // of them parameters; the rest are buffers

struct Rates {
    parameters: array<f32, 8>,
    buffers: array<f32, 8>,
}

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> bank: array<vec4f>;
@group(0) @binding(2) var<storage, read> rates: Rates;

@compute @workgroup_size(64)
fn ema(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= LENGTH) {
        return;
    }
    for (var k = 0u; k < arrayLength(&bank) / LENGTH; k++) {
        let a = select(rates.buffers[k], rates.parameters[k], i < PARAMETERS);
        if (a == 0.0) {
            continue;
        }
        let v = bank[k * LENGTH + i];
        bank[k * LENGTH + i] = select(v + a * (w[i] - v), w[i], a == 1.0);
    }
}
