// Adds partial results in order: the same bits in every run.
//
//   out[i] = Σ_{s = 0 … chunks−1} partial[s, i]
//
// partial and out: arenas in which a sum has [chunks, L] and [L] quads. A row of workgroups takes a sum, an invocation owns
// outputs at a fixed stride, mostly just one: the gradients of many parameters take one dispatch.
// Twin: src/reference/conv.rs

struct Sum {
    first: u32,   // quad of partial
    chunks: u32,
    out: u32,     // first quad of out
    length: u32,  // L
}

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> sums: array<Sum, 32>;

@compute @workgroup_size(64)
fn sum_chunks(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let its = sums[id.y];
    for (var i = id.x; i < its.length; i += groups.x * 64u) {
        var sum = vec4f();
        for (var s = 0u; s < its.chunks; s++) {
            sum += partial[its.first + s * its.length + i];
        }
        out[its.out + i] = sum;
    }
}
