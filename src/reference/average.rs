//! The averages of the weights.

/// One update of the whole bank of averages; in place.
///
/// ```text
/// v_k[i] ← v_k[i] + a_k·(w[i] − v_k[i])
/// a_k = rates[k] for a parameter, buffer_rates[k] for a buffer (running mean and variance)
/// ```
///
/// A plain average has a = 1 − β at every step; with `update_every` T, a = 0 except at every T-th; a warm-up changes a from
/// step to step; buffers that are copied have a = 1. The cases a = 0 and a = 1 are exact whatever the values are, as 0·NaN
/// would not be.
///
/// - `parameters`: how many values of the arena are parameters; buffers follow
/// - `w`: the arena, `[L]`
/// - `bank`: `[K][L]`, K = `rates.len()`
///
/// Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging", in the exponential form of Kingma & Ba
/// 2015, "Adam", §7.2.
pub fn ema(parameters: usize, rates: &[f64], buffer_rates: &[f64], w: &[f64], bank: &mut [f64]) {
    for (k, average) in bank.chunks_exact_mut(w.len()).enumerate() {
        for (i, v) in average.iter_mut().enumerate() {
            let a = if i < parameters { rates[k] } else { buffer_rates[k] };
            *v = match a {
                0.0 => *v,
                1.0 => w[i],
                _ => *v + a * (w[i] - *v),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of step t: three parameters and a buffer that move neither evenly nor along a line.
    fn weights(t: u32) -> Vec<f64> {
        let t = f64::from(t);
        vec![t, (t * 0.9).sin(), 3.0 - 0.1 * t * t, (t * 0.3).cos()]
    }

    /// The average after `steps` steps that start at the weights of step 0, given the rate of each step from 1 on.
    fn run(steps: u32, rate: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut bank = weights(0);
        for t in 1..=steps {
            ema(3, &[rate(t)], &[rate(t)], &weights(t), &mut bank);
        }
        bank
    }

    /// Σ share(t)·w_t over t = 0 … `steps`; the shares of an average sum to one.
    #[track_caller]
    fn assert_shares(actual: &[f64], steps: u32, share: impl Fn(u32) -> f64) {
        let total: f64 = (0..=steps).map(&share).sum();
        assert!((total - 1.0).abs() <= 1e-12, "shares sum to {total}");
        for (i, actual) in actual.iter().enumerate() {
            let expected: f64 = (0..=steps).map(|t| share(t) * weights(t)[i]).sum();
            assert!(
                (actual - expected).abs() <= 1e-11,
                "value {i} after {steps}: {actual} is not {expected}"
            );
        }
    }

    #[test]
    fn a_plain_average_keeps_beta_to_the_t_of_the_start() {
        for beta in [0.0, 0.5, 0.9, 0.999] {
            for steps in [0, 1, 2, 40] {
                let share = |t: u32| match t {
                    0 => beta_power(beta, steps),
                    _ => (1.0 - beta) * beta_power(beta, steps - t),
                };
                assert_shares(&run(steps, |_| 1.0 - beta), steps, share);
            }
        }
    }

    #[test]
    fn with_update_every_only_every_nth_step_counts() {
        let (beta, every) = (0.8, 4);
        for steps in [3, 4, 5, 30] {
            let updates = steps / every;
            let share = |t: u32| match t {
                0 => beta_power(beta, updates),
                _ if t.is_multiple_of(every) => (1.0 - beta) * beta_power(beta, updates - t / every),
                _ => 0.0,
            };
            let rate = |t: u32| if t.is_multiple_of(every) { 1.0 - beta } else { 0.0 };
            assert_shares(&run(steps, rate), steps, share);
        }
    }

    #[test]
    fn a_bias_corrected_start_forgets_the_initial_weights_at_once() {
        let beta = 0.97;
        for steps in [1, 2, 25] {
            let rate = |t: u32| (1.0 - beta) / (1.0 - beta_power(beta, t));
            let share = |t: u32| match t {
                0 => 0.0,
                _ => (1.0 - beta) * beta_power(beta, steps - t) / (1.0 - beta_power(beta, steps)),
            };
            assert_shares(&run(steps, rate), steps, share);
        }
    }

    #[test]
    fn the_ramp_keeps_a_share_of_the_start_that_falls_with_the_ninth_power() {
        // Π_{s = t+1}^{T} (1 + s)/(10 + s) = Π_{j = 2}^{10} (t + j)/(T + j), as long as the ramp is below β.
        let steps = 60;
        let product = |t: u32| (2..=10).map(|j| f64::from(t + j) / f64::from(steps + j)).product::<f64>();
        let share = |t: u32| match t {
            0 => product(0),
            _ => 9.0 / f64::from(10 + t) * product(t),
        };
        let rate = |t: u32| 1.0 - (f64::from(1 + t) / f64::from(10 + t)).min(0.999);
        assert_shares(&run(steps, rate), steps, share);
    }

    #[test]
    fn a_skipped_step_and_a_copied_buffer_are_exact_whatever_the_values() {
        let mut bank = vec![1.0, f64::NAN];
        ema(1, &[0.0], &[1.0], &[f64::NAN, 2.0], &mut bank);
        assert_eq!(bank, [1.0, 2.0]);
    }

    #[test]
    fn each_average_has_its_own_rate_and_buffers_have_theirs() {
        let mut bank = [weights(0), weights(0)].concat();
        ema(3, &[0.1, 1.0], &[1.0, 0.0], &weights(5), &mut bank);
        let (old, new) = (weights(0), weights(5));
        for i in 0..3 {
            assert!((bank[i] - (0.9 * old[i] + 0.1 * new[i])).abs() <= 1e-14);
            assert!((bank[4 + i] - new[i]).abs() <= 1e-14);
        }
        assert!((bank[3] - new[3]).abs() <= 1e-14);
        assert_eq!(bank[7], old[3]);
    }

    fn beta_power(beta: f64, exponent: u32) -> f64 {
        beta.powi(exponent as i32)
    }
}
