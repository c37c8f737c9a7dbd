// Multiplications and additions only, to measure how many of them the adapter can do per second.
//
//   out[i] = Σ of three quads a, each after 16 · ROUNDS times a ← a · factor + term,   a_k = i + k at first
//
// coefficients: (factor, term, –, –); they are read, so that no compiler can compute the result. Twelve independent chains
// hide the latency of a result and fit a processor's registers. One invocation owns one quad of out.
// Twin: src/reference/measure.rs

override ROUNDS: u32;

@group(0) @binding(0) var<storage, read> coefficients: vec4f;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn roofline_fma(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&out)) {
        return;
    }
    let factor = vec4f(coefficients.x);
    let term = vec4f(coefficients.y);
    var a = vec4f(f32(i));
    var b = a + 1.0;
    var c = a + 2.0;
    for (var round = 0u; round < ROUNDS; round++) {
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term);
    }
    out[i] = a + b + c;
}
