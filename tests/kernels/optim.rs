use emascope::reference as r;

use crate::common::lab::Lab;

#[test]
fn adam_and_adamw() {
    use emascope::config::{Experiment, Optimizer};
    for (optimizer, weight_decay) in [(Optimizer::Adam, 0.0), (Optimizer::Adam, 0.1), (Optimizer::Adamw, 0.1)]
    {
        for t in [1, 2, 1000] {
            let mut lab = Lab::open();
            let experiment = Experiment { optimizer, weight_decay, lr: 0.01, ..Experiment::default() };
            let len = 132;
            let (mut w, g, mut m) = (lab.vector(len), lab.vector(len), lab.vector(len));
            let mut v: Vec<f64> = lab.vector(len).iter().map(|v| f64::from((v * v) as f32)).collect();
            let [w_view, g_view, m_view, v_view] = [&w, &g, &m, &v].map(|values| lab.input(values));
            let header = lab.bytes(&[emascope::optim::AdamHeader::new(&experiment, 0.01, weight_decay, t)]);
            let outcome = lab.run(&[emascope::optim::adam(w_view, g_view, [m_view, v_view], header)]);
            let settings = r::Adam {
                lr: 0.01,
                beta1: experiment.beta1,
                beta2: experiment.beta2,
                eps: experiment.eps,
                weight_decay,
                decoupled: optimizer == Optimizer::Adamw,
            };
            r::adam(&settings.step(t), &g, &mut m, &mut v, &mut w);
            let what = format!("{optimizer:?}, decay {weight_decay}, step {t}");
            outcome.expect(&what, m_view, &m, 1e-6);
            outcome.expect(&what, v_view, &v, 1e-6);
            outcome.expect(&what, w_view, &w, 1e-6);
        }
    }
}

#[test]
fn adam_without_epsilon_leaves_what_never_had_a_gradient() {
    use emascope::config::Experiment;
    let experiment = Experiment { eps: 0.0, ..Experiment::default() };
    let mut lab = Lab::open();
    let zeros = vec![0.0; 64];
    // Padding, a dead unit, and two weights that learn.
    let (mut w, mut g) = (zeros.clone(), zeros.clone());
    w[1..4].copy_from_slice(&[0.5, 0.5, -0.25]);
    g[2..4].copy_from_slice(&[0.125, -1e-3]);
    let [w_view, g_view, m_view, v_view] = [&w, &g, &zeros, &zeros].map(|values| lab.input(values));
    let header = lab.bytes(&[emascope::optim::AdamHeader::new(&experiment, 0.01, 0.0, 1)]);
    let outcome = lab.run(&[emascope::optim::adam(w_view, g_view, [m_view, v_view], header)]);
    let Experiment { beta1, beta2, eps, .. } = experiment;
    let settings = r::Adam { lr: 0.01, beta1, beta2, eps, weight_decay: 0.0, decoupled: false };
    r::adam(&settings.step(1), &g, &mut zeros.clone(), &mut zeros.clone(), &mut w);
    assert_eq!(w[..2], [0.0, 0.5]);
    outcome.expect("weights", w_view, &w, 1e-6);
}

#[test]
fn sgd_with_and_without_nesterov() {
    use emascope::{config::Experiment, optim};
    for (nesterov, momentum, weight_decay) in
        [(true, 0.85, 0.0), (true, 0.9, 0.1), (false, 0.9, 0.1), (false, 0.0, 0.0)]
    {
        let mut lab = Lab::open();
        let experiment = Experiment { momentum, nesterov, ..Experiment::default() };
        let len = 132;
        let (mut w, g, mut b) = (lab.vector(len), lab.vector(len), lab.vector(len));
        let [w_view, g_view, b_view] = [&w, &g, &b].map(|values| lab.input(values));
        let header = lab.bytes(&[optim::SgdHeader::new(&experiment, 0.01, weight_decay)]);
        let outcome = lab.run(&[optim::sgd(w_view, g_view, b_view, header)]);
        r::sgd(&r::Sgd { lr: 0.01, momentum, weight_decay, nesterov }, &g, &mut b, &mut w);
        let what = format!("nesterov {nesterov}, momentum {momentum}, decay {weight_decay}");
        outcome.expect(&what, b_view, &b, 1e-6);
        outcome.expect(&what, w_view, &w, 1e-6);
    }
}

#[test]
fn lookahead_at_any_rate() {
    for a in [-1.0, 0.0, 0.25, 1.0] {
        let mut lab = Lab::open();
        let len = 132;
        let (mut w, mut v) = (lab.vector(len), lab.vector(len));
        let [w_view, v_view] = [&w, &v].map(|values| lab.input(values));
        let batch = lab.bytes(&[0, 0, 0, 0, 0, 0, 0, 0, (a as f32).to_bits(), 0, 0, 0, 0, 0, 0]);
        let outcome = lab.run(&[emascope::optim::lookahead(w_view, v_view, batch)]);
        r::lookahead(a, &mut w, &mut v);
        // Only between the two is there something to round.
        let tolerance = if a == 0.25 { 1e-7 } else { 0.0 };
        outcome.expect(&format!("w at {a}"), w_view, &w, tolerance);
        outcome.expect(&format!("v at {a}"), v_view, &v, tolerance);
    }
}
