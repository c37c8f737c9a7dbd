// Loss of each sample, whether its prediction is correct, and the gradient to its logits.
//
//   p = softmax(z)     q_k = (1 − ε) · [k = label] + ε / CLASSES     (label smoothing, Szegedy et al. 2016)
//   loss = −Σ_k q_k · ln p_k = ln Σ_k e^z_k − Σ_k q_k · z_k          dz = (p − q) / count
//
// logits, dlogits: [N, QUADS] quads, padding lanes' gradient 0. Samples from `count` on give zeros. The prediction is
// the first of the largest logits. One invocation owns one sample. Twin: src/reference/loss.rs

override CLASSES: u32;
override SMOOTHING: f32;

override QUADS = (CLASSES + 3u) / 4u;

struct Batch {
    step: u32,
    count: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<vec4f>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> batch: Batch;
@group(0) @binding(3) var<storage, read_write> outcome: array<vec2f>;  // [N]: loss, 1 if correct
@group(0) @binding(4) var<storage, read_write> dlogits: array<vec4f>;

fn logit(n: u32, k: u32) -> f32 {
    return logits[n * QUADS + k / 4u][k % 4u];
}

@compute @workgroup_size(64)
fn softmax_cross_entropy(@builtin(global_invocation_id) id: vec3u) {
    let n = id.x;
    if (n >= arrayLength(&outcome)) {
        return;
    }
    if (n >= batch.count) {
        outcome[n] = vec2f();
        for (var quad = 0u; quad < QUADS; quad++) {
            dlogits[n * QUADS + quad] = vec4f();
        }
        return;
    }
    let label = labels[n];
    var greatest = logit(n, 0u);
    var prediction = 0u;
    var sum_z = greatest;
    for (var k = 1u; k < CLASSES; k++) {
        let z = logit(n, k);
        sum_z += z;
        if (z > greatest) {
            greatest = z;
            prediction = k;
        }
    }
    var sum = 0.0;
    for (var k = 0u; k < CLASSES; k++) {
        sum += exp(logit(n, k) - greatest);
    }
    let share = SMOOTHING / f32(CLASSES);
    let loss = greatest + log(sum) - (1.0 - SMOOTHING) * logit(n, label) - share * sum_z;
    outcome[n] = vec2f(loss, f32(prediction == label));
    for (var quad = 0u; quad < QUADS; quad++) {
        let k = 4u * quad + vec4u(0u, 1u, 2u, 3u);
        let p = exp(logits[n * QUADS + quad] - greatest) / sum;
        let q = share + select(vec4f(), vec4f(1.0 - SMOOTHING), k == vec4u(label));
        dlogits[n * QUADS + quad] = select(vec4f(), (p - q) / f32(batch.count), k < vec4u(CLASSES));
    }
}
