use emascope::reference as r;

use crate::common::lab::Lab;

#[test]
fn ema_updates_every_average_at_its_own_rate() {
    use emascope::average::{self, AverageSpec};
    let (parameters, len) = (128, 192);
    let specs: Vec<AverageSpec> = [
        "0",
        "0.9",
        "0.999,buffers=copy",
        "0.98,every=2",
        "0.9,warmup=ramp",
        "0.9,warmup=bias-corrected",
        "0.5,buffers=recompute",
    ]
    .map(|text| text.parse().unwrap())
    .to_vec();
    for step in [1, 2] {
        let mut lab = Lab::open();
        let w = lab.vector(len);
        let mut bank: Vec<f64> = specs.iter().flat_map(|_| lab.vector(len)).collect();
        let (w_view, bank_view) = (lab.input(&w), lab.input(&bank));
        let rates = average::rates(&specs, step);
        let rates_view = lab.bytes(&[rates]);
        let outcome = lab.run(&[average::update(w_view, 4 * parameters as u64, bank_view, rates_view)]);
        let [a, b] =
            [rates.parameters, rates.buffers].map(|rates| rates.map(f64::from)[..specs.len()].to_vec());
        r::ema(parameters, &a, &b, &w, &mut bank);
        outcome.expect(&format!("step {step}"), bank_view, &bank, 2e-7);
        let zero = &outcome.read(bank_view)[..len];
        assert!(zero.iter().zip(&w).all(|(&v, &w)| v == w as f32), "β = 0 is the raw weights, to the bit");
    }
}

#[test]
fn an_average_that_skips_a_step_or_copies_is_exact_whatever_the_values() {
    use emascope::average::{self, AverageSpec};
    let specs: [AverageSpec; 2] = ["0.9,every=2", "0"].map(|text| text.parse().unwrap());
    for poison in [f32::NAN, f32::INFINITY] {
        let mut lab = Lab::open();
        let (w, v) = (lab.vector(64), lab.vector(64));
        let broken = vec![f64::from(poison); 64];
        let (bank, poisoned) = ([&v[..], &broken[..]].concat(), [&broken[..], &w[..]].map(|w| lab.input(w)));
        let banks = [(); 2].map(|()| lab.input(&bank));
        let rates = lab.bytes(&[average::rates(&specs, 1)]);
        // A broken w into an average that skips, then a sound one into one that copies over what is broken.
        let plan = [0, 1].map(|i| average::update(poisoned[i], 4 * 64, banks[i], rates));
        let outcome = lab.run(&plan);
        let read = |i: usize, k: usize| outcome.read(banks[i])[64 * k..][..64].to_vec();
        let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<_>>();
        assert_eq!(read(0, 0), single(&v), "{poison}: skipped");
        assert_eq!(read(1, 1), single(&w), "{poison}: copied");
    }
}
