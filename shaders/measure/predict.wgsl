// The predicted class of each sample, and the probability of that class.
//
//   label = the first of the largest logits      probability = softmax(z)[label] = 1 / Σ_k e^(z_k − z_label)
//
// logits: [N, QUADS] quads; predictions: one for each sample of all batches, batch after batch, where `step` counts the
// batches from 0. Samples from `count` on write nothing. One invocation owns one sample. Twin: src/reference/measure.rs

override CLASSES: u32;

override QUADS = (CLASSES + 3u) / 4u;

struct Batch {
    step: u32,
    count: u32,
}

struct Prediction {
    label: u32,
    probability: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<vec4f>;
@group(0) @binding(1) var<storage, read> batch: Batch;
@group(0) @binding(2) var<storage, read_write> predictions: array<Prediction>;

fn logit(n: u32, k: u32) -> f32 {
    return logits[n * QUADS + k / 4u][k % 4u];
}

@compute @workgroup_size(64)
fn predict(@builtin(global_invocation_id) id: vec3u) {
    let n = id.x;
    if (n >= batch.count) {
        return;
    }
    var greatest = logit(n, 0u);
    var label = 0u;
    for (var k = 1u; k < CLASSES; k++) {
        let z = logit(n, k);
        if (z > greatest) {
            greatest = z;
            label = k;
        }
    }
    var sum = 0.0;
    for (var k = 0u; k < CLASSES; k++) {
        sum += exp(logit(n, k) - greatest);
    }
    predictions[batch.step * (arrayLength(&logits) / QUADS) + n] = Prediction(label, 1.0 / sum);
}
