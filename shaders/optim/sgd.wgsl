// Stochastic gradient descent with momentum (Polyak 1964) or Nesterov's form of it (Sutskever et al. 2013), as PyTorch computes
// them, without dampening.
//
//   g ← g + decay · w            b ← momentum · b + g
//   w ← w − lr · (g + momentum · b)   with Nesterov's form,   w ← w − lr · b   without
//
// All arrays: a range of the parameters' part of the arenas. One invocation owns one quad. Twin: src/reference/optim.rs

struct Sgd {
    lr: f32,
    momentum: f32,
    decay: f32,
    nesterov: f32,  // 1 or 0
}

@group(0) @binding(0) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> h: Sgd;

@compute @workgroup_size(64)
fn sgd(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&b)) {
        return;
    }
    let g = gradient[i] + h.decay * w[i];
    let velocity = h.momentum * b[i] + g;
    b[i] = velocity;
    w[i] = w[i] - h.lr * select(velocity, g + h.momentum * velocity, h.nesterov == 1.0);
}
