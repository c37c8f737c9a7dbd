//! The subject: exponential moving averages (EMAs) of the weights.
//!
//! ```text
//! v_t = β · v_{t−1} + (1 − β) · w_t,   v_0 = w_0
//! ```
//!
//! after each optimizer step, for a bank of up to eight averages at once (`shaders/average/ema.wgsl`). Written as `v ←
//! v + a_t (w − v)`, everything that makes one average differ from another (β and how it changes over the run, skipped
//! steps, what happens to batch norm's buffers) is in its rate a_t, which this module computes in double precision.

mod bank;
mod decay;
mod rate;
mod spec;

pub use bank::{EmaError, ModelEma, update};
pub(crate) use decay::decay_forms;
pub use decay::{Decay, Warmup};
pub use rate::{Memory, Rates, rates};
pub use spec::{AverageSpec, BufferPolicy, SpecError};

/// The most averages in a bank: the number of rates in `shaders/average/ema.wgsl`.
pub const MAX_AVERAGES: usize = 8;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        averages: Vec<Vector>,
        refused: Vec<String>,
    }

    #[derive(Deserialize)]
    struct Vector {
        text: String,
        written: String,
        every: u32,
        buffers: BufferPolicy,
        from: u64,
        steps: Vec<AtStep>,
    }

    #[derive(Deserialize)]
    struct AtStep {
        step: u64,
        updates: u64,
        rate: f64,
        effective_beta: f64,
        initial_share: f64,
        half_life: f64,
        variance_left: f64,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../../tests/averages/vectors.json")).expect("vectors.json is one")
    }

    /// The page's tests hold `www/averages/` against the same file.
    #[test]
    fn averages_are_what_the_vectors_say() {
        for vector in vectors().averages {
            let spec: AverageSpec = vector.text.parse().unwrap();
            let Vector { every, buffers, from, .. } = vector;
            assert_eq!(spec, AverageSpec { decay: spec.decay, update_every: every, buffers, from });
            assert_eq!(spec.to_string(), vector.written);
            let close =
                |actual: f64, expected: f64| (actual - expected).abs() <= 1e-12 * expected.abs().max(1e-3);
            for AtStep { step, updates, rate, effective_beta, initial_share, half_life, variance_left } in
                vector.steps
            {
                assert_eq!(spec.updates(step), updates, "{spec} {step}");
                assert!(close(spec.effective_beta(step), effective_beta), "{spec} {step}");
                assert!(close(spec.initial_share(step), initial_share), "{spec} {step}");
                assert!(close(spec.half_life(step), half_life), "{spec} {step}");
                assert!(close(spec.variance_left(step), variance_left), "{spec} {step}");
                if step > 0 {
                    assert_eq!(rates(&[spec], step).parameters[0], rate as f32, "{spec} {step}");
                }
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in vectors().refused {
            let said = text.parse::<AverageSpec>().unwrap_err().to_string();
            assert!(said.contains(&format!("`ema` cannot be `{text}`")), "{said}");
        }
    }
}
