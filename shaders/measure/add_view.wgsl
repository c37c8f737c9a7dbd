// Adds the logits of one view of a batch to the sum over its views.
//
//   sum[i] = share · logits[i] for the first view,   sum[i] + share · logits[i] for the others
//
// logits, sum: [N, quads of classes]. Each view has a row of the step table. One invocation owns one quad.
// Twin: src/reference/measure.rs

struct Batch {
    step: u32,
    count: u32,
    seed: u32,
    flip: u32,
    crop: u32,
    first: u32,
    momentum: f32,
    label_shift: u32,
    lookahead: f32,
    reflect: u32,
    cutout: u32,
    epoch: u32,
    offset: i32,
    view: u32,  // from 0
    share: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<vec4f>;
@group(0) @binding(1) var<storage, read> batch: Batch;
@group(0) @binding(2) var<storage, read_write> sum: array<vec4f>;

@compute @workgroup_size(64)
fn add_view(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&sum)) {
        return;
    }
    let added = batch.share * logits[i];
    sum[i] = select(sum[i] + added, added, batch.view == 0u);
}
