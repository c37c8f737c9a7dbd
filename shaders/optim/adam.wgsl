// Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019), as PyTorch computes them.
//
//   g ← g + coupled · w                    (Adam's weight decay)       w ← w − decoupled · w      (AdamW's)
//   m ← m + (1 − β1)(g − m)                v ← β2 · v + (1 − β2) · g²
//   w ← w − step_size · m / (√v · inv_sqrt_bias2 + ε)
//
// step_size = lr / (1 − β1^t), inv_sqrt_bias2 = 1 / √(1 − β2^t), decoupled = lr · weight decay: computed in double
// precision on the host, for each row of the step table. If the denominator is 0 (ε = 0, and no gradient so far: the
// padding, a dead unit), the weight stays; PyTorch has 0 / 0 = NaN there. All arrays: the parameters' part of the arenas. One
// invocation owns one quad. Twin: src/reference/optim.rs

struct Adam {
    step_size: f32,
    inv_sqrt_bias2: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
    epsilon: f32,
    coupled: f32,
    decoupled: f32,
}

@group(0) @binding(0) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> h: Adam;

@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= arrayLength(&m)) {
        return;
    }
    let g = gradient[i] + h.coupled * w[i];
    let m_t = m[i] + h.one_minus_beta1 * (g - m[i]);
    let v_t = h.beta2 * v[i] + h.one_minus_beta2 * g * g;
    m[i] = m_t;
    v[i] = v_t;
    let denominator = sqrt(v_t) * h.inv_sqrt_bias2 + h.epsilon;
    let update = select(h.step_size * m_t / denominator, vec4f(), denominator == vec4f());
    w[i] = w[i] - h.decoupled * w[i] - update;
}
