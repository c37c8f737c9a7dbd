//! The optimizers, and lookahead.

/// Settings of Adam, as PyTorch names them.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Learning rate of the step.
    pub lr: f64,
    /// Decay of the mean of the gradient.
    pub beta1: f64,
    /// Decay of the mean of its square.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Weight decay λ.
    pub weight_decay: f64,
    /// Whether the decay acts on the weights (AdamW) instead of on the gradient (Adam).
    pub decoupled: bool,
}

impl Adam {
    /// The values that the shader reads for step `t` = 1, 2, …
    pub fn step(self, t: u64) -> AdamStep {
        let Adam { lr, beta1, beta2, eps, weight_decay, decoupled } = self;
        AdamStep {
            step_size: lr / (1.0 - beta1.powf(t as f64)),
            inv_sqrt_bias2: 1.0 / (1.0 - beta2.powf(t as f64)).sqrt(),
            beta1,
            beta2,
            eps,
            l2: if decoupled { 0.0 } else { weight_decay },
            decay: if decoupled { lr * weight_decay } else { 0.0 },
        }
    }
}

/// A row of the step table, as far as [`adam`] reads it.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// lr / (1 − β₁ᵗ).
    pub step_size: f64,
    /// 1 / √(1 − β₂ᵗ).
    pub inv_sqrt_bias2: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// λ of Adam; 0 for AdamW.
    pub l2: f64,
    /// lr·λ of AdamW; 0 for Adam.
    pub decay: f64,
}

/// One step of Adam with L2 weight decay or, decoupled, AdamW; in place.
///
/// ```text
/// w ← w − decay·w                      decay = lr·λ for AdamW, else 0
/// g ← g + l2·w                         l2 = λ for Adam, else 0
/// m ← m + (1 − β₁)(g − m)
/// v ← v + (1 − β₂)(g² − v)
/// w ← w − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// ```
///
/// If the denominator is 0 (ε = 0 and v = 0: no gradient so far), the last line leaves w as it is. PyTorch computes 0/0
/// there, which makes the weights of a unit that is dead from the start NaN.
///
/// `gradient`, `m`, `v`, `w`: any length, the same; what is 0 in all four stays 0.
///
/// Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1; Loshchilov & Hutter 2019, "Decoupled weight
/// decay regularization", algorithm 2, with the rate of decay lr·λ as in PyTorch.
pub fn adam(step: &AdamStep, gradient: &[f64], m: &mut [f64], v: &mut [f64], w: &mut [f64]) {
    for i in 0..w.len() {
        w[i] -= step.decay * w[i];
        let g = gradient[i] + step.l2 * w[i];
        m[i] += (1.0 - step.beta1) * (g - m[i]);
        v[i] += (1.0 - step.beta2) * (g * g - v[i]);
        let denominator = v[i].sqrt() * step.inv_sqrt_bias2 + step.eps;
        if denominator != 0.0 {
            w[i] -= step.step_size * m[i] / denominator;
        }
    }
}

/// Settings of SGD, as PyTorch names them.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// Learning rate of the step.
    pub lr: f64,
    /// Share of the momentum that a step keeps.
    pub momentum: f64,
    /// Weight decay λ.
    pub weight_decay: f64,
    /// Whether the step looks ahead along the new momentum.
    pub nesterov: bool,
}

/// One step of stochastic gradient descent with momentum; in place.
///
/// ```text
/// g ← g + λ·w
/// b ← momentum·b + g
/// w ← w − lr·(nesterov ? g + momentum·b : b)
/// ```
///
/// `gradient`, `b`, `w`: any length, the same; what is 0 in all three stays 0.
///
/// Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", §2, in the form of PyTorch, whose
/// momentum is without the learning rate.
pub fn sgd(settings: &Sgd, gradient: &[f64], b: &mut [f64], w: &mut [f64]) {
    for i in 0..w.len() {
        let g = gradient[i] + settings.weight_decay * w[i];
        b[i] = settings.momentum * b[i] + g;
        w[i] -= settings.lr * if settings.nesterov { g + settings.momentum * b[i] } else { b[i] };
    }
}

/// One step of lookahead; in place.
///
/// ```text
/// v ← v + a·(w − v)
/// w ← v
/// ```
///
/// a < 0 stands for a step without it. a = 0 and a = 1 are exact. `w`, `v`: any length, the same.
///
/// Zhang et al. 2019, "Lookahead optimizer: k steps forward, 1 step back", algorithm 1.
pub fn lookahead(a: f64, w: &mut [f64], v: &mut [f64]) {
    if a < 0.0 {
        return;
    }
    for (w, v) in w.iter_mut().zip(v) {
        *v = if a == 1.0 { *w } else { *v + a * (*w - *v) };
        *w = *v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Adam =
        Adam { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-3, weight_decay: 0.0, decoupled: false };

    /// Weight and both moments after each of `gradients`, from `w` and zero moments.
    fn run(settings: Adam, gradients: &[f64], w: f64) -> [f64; 3] {
        let (mut m, mut v, mut w) = ([0.0], [0.0], [w]);
        for (t, &g) in (1..).zip(gradients) {
            adam(&settings.step(t), &[g], &mut m, &mut v, &mut w);
        }
        [w[0], m[0], v[0]]
    }

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        let difference = (actual - expected).abs();
        assert!(difference <= 1e-12 * (1.0 + expected.abs()), "{actual} is not {expected}");
    }

    #[test]
    fn under_a_constant_gradient_the_bias_corrections_cancel_and_every_step_is_the_first() {
        for g in [0.3, -2.0] {
            let [w, m, v] = run(PLAIN, &[g; 50], 1.0);
            assert_close(w, 1.0 - 50.0 * 0.01 * g / (g.abs() + 1e-3));
            assert_close(m, (1.0 - 0.9_f64.powi(50)) * g);
            assert_close(v, (1.0 - 0.999_f64.powi(50)) * g * g);
        }
    }

    #[test]
    fn moments_are_the_weighted_sums_of_the_paper() {
        let gradients: Vec<f64> = (0..30).map(|t| (f64::from(t) * 0.7).sin()).collect();
        let mut w = 0.5;
        for t in 1..=gradients.len() {
            let sum = |beta: f64, power: i32| -> f64 {
                let terms = gradients[..t].iter().rev().enumerate();
                (1.0 - beta) * terms.map(|(age, g)| beta.powi(age as i32) * g.powi(power)).sum::<f64>()
            };
            let (m, v) = (sum(0.9, 1), sum(0.999, 2));
            let m_hat = m / (1.0 - 0.9_f64.powi(t as i32));
            let v_hat = v / (1.0 - 0.999_f64.powi(t as i32));
            w -= 0.01 * m_hat / (v_hat.sqrt() + 1e-3);
            let actual = run(PLAIN, &gradients[..t], 0.5);
            assert_close(actual[0], w);
            assert_close(actual[1], m);
            assert_close(actual[2], v);
        }
    }

    #[test]
    fn decoupled_decay_without_gradient_shrinks_weights_geometrically() {
        let settings = Adam { weight_decay: 0.5, decoupled: true, ..PLAIN };
        let [w, m, v] = run(settings, &[0.0; 20], 3.0);
        assert_close(w, 3.0 * (1.0 - 0.01 * 0.5_f64).powi(20));
        assert_eq!([m, v], [0.0, 0.0]);
    }

    #[test]
    fn l2_decay_is_a_gradient_like_any_other() {
        let settings = Adam { weight_decay: 0.5, ..PLAIN };
        let [w, m, _] = run(settings, &[0.2], 3.0);
        let g = 0.2 + 0.5 * 3.0;
        assert_close(m, 0.1 * g);
        assert_close(w, 3.0 - 0.01 * g / (g + 1e-3));
    }

    #[test]
    fn under_a_constant_gradient_momentum_is_a_geometric_sum() {
        let (mut b, mut plain, mut nesterov) = ([0.0], [1.0], [1.0]);
        let settings = Sgd { lr: 0.1, momentum: 0.8, weight_decay: 0.0, nesterov: false };
        let sum = |t: i32| (1.0 - 0.8_f64.powi(t)) / (1.0 - 0.8);
        for _ in 0..20 {
            sgd(&settings, &[0.5], &mut b, &mut plain);
        }
        assert_close(b[0], 0.5 * sum(20));
        assert_close(plain[0], 1.0 - 0.1 * 0.5 * (1..=20).map(sum).sum::<f64>());
        b = [0.0];
        for _ in 0..20 {
            sgd(&Sgd { nesterov: true, ..settings }, &[0.5], &mut b, &mut nesterov);
        }
        // Nesterov's form is one step of momentum ahead.
        assert_close(nesterov[0], 1.0 - 0.1 * 0.5 * (2..=21).map(sum).sum::<f64>());
    }

    #[test]
    fn sgd_adds_its_decay_to_the_gradient() {
        let (mut b, mut w) = ([0.5, 0.0], [3.0, 0.0]);
        let settings = Sgd { lr: 0.1, momentum: 0.9, weight_decay: 0.25, nesterov: true };
        sgd(&settings, &[0.2, 0.0], &mut b, &mut w);
        let g = 0.2 + 0.25 * 3.0;
        assert_close(b[0], 0.45 + g);
        assert_close(w[0], 3.0 - 0.1 * (g + 0.9 * (0.45 + g)));
        assert_eq!([b[1], w[1]], [0.0, 0.0]);
    }

    #[test]
    fn padding_stays_exactly_zero() {
        for (decoupled, eps) in [(false, 1e-3), (true, 1e-3), (false, 0.0), (true, 0.0)] {
            let [w, m, v] = run(Adam { weight_decay: 0.1, decoupled, eps, ..PLAIN }, &[0.0; 3], 0.0);
            assert_eq!([w, m, v], [0.0; 3]);
        }
    }

    #[test]
    fn without_epsilon_a_weight_stays_until_its_first_gradient() {
        let settings = Adam { eps: 0.0, ..PLAIN };
        assert_eq!(run(settings, &[0.0; 3], 0.5), [0.5, 0.0, 0.0]);
        let [w, ..] = run(settings, &[0.3], 0.5);
        assert_close(w, 0.5 - 0.01);
    }
}
