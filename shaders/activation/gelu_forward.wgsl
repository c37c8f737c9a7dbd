// y = x·Φ(x), Φ the distribution function of the standard normal
//
// x, y: the same number of quads. One invocation owns four quads. Twin: src/reference/gelu.rs

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

// Φ(x) = (1 + erf(x/√2)) / 2, within 2e-7. With z = |x|/√2: below 1, erf(z)/z is a polynomial in z²; from there on,
// (1 − erf(z))·exp(z²)/t is one in t = 1/(1 + z/2), so that the small values of the left tail keep their digits. Both
// interpolate at Chebyshev nodes.
fn normal_cdf(x: vec4f) -> vec4f {
    let z = abs(x) * 0.70710678;
    let s = z * z;
    var near = vec4f(-9.66704579e-6);
    near = near * s + 1.12659594e-4;
    near = near * s - 8.48408044e-4;
    near = near * s + 5.22103181e-3;
    near = near * s - 2.68654307e-2;
    near = near * s + 0.112837825;
    near = near * s - 0.376126385;
    near = near * s + 1.12837917;
    let t = 1.0 / (1.0 + 0.5 * z);
    var far = vec4f(1.83742328e-2);
    far = far * t + 4.26521862e-2;
    far = far * t - 0.169874941;
    far = far * t + 5.12059421e-2;
    far = far * t + 6.93496072e-2;
    far = far * t + 0.178300071;
    far = far * t + 0.246698847;
    far = far * t + 0.282098206;
    far = far * t + 0.282094778;
    let tail = 0.5 * exp(-s) * t * far;
    let middle = 0.5 + 0.5 * sign(x) * z * near;
    return select(select(1.0 - tail, tail, x < vec4f()), middle, z < vec4f(1.0));
}

@compute @workgroup_size(64)
fn gelu_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = 4u * (id.x + id.y * groups.x * 64u);
    for (var i = first; i < min(first + 4u, arrayLength(&y)); i++) {
        let input = x[i];
        y[i] = input * normal_cdf(input);
    }
}
