//! 95% intervals of a mean.
//!
//! Up to nine values an interval is Student's: mean ± t s/√n. From ten on it is a bootstrap-t interval (Efron and Tibshirani,
//! *An Introduction to the Bootstrap*, 1993, section 12.5), which makes no assumption about the shape of the distribution: the
//! values are resampled with replacement, t* = (mean* − mean)/(s*/√n) of each resample, and the quantiles of t* take the place
//! of Student's. The percentile interval, which is better known, is too narrow for ten values.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::{
    random::{Stream, pcg4d},
    report::{mean, standard_deviation},
};

/// The least number of values of a bootstrap interval.
pub const BOOTSTRAP_FROM: usize = 10;

/// Resamples of a bootstrap. One more is a multiple of 40, so that the quantiles are values and nothing is interpolated.
const RESAMPLES: usize = 9_999;

/// The share of intervals that do not contain the mean.
const ALPHA: f64 = 0.05;

/// The method of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Student's t.
    StudentT,
    /// Bootstrap-t.
    BootstrapT,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::StudentT => "Student's t",
            Self::BootstrapT => "bootstrap-t",
        })
    }
}

/// A 95% interval of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How it was computed.
    pub method: Method,
}

/// The 95% interval of the mean; `None` of fewer than two values.
pub fn interval(values: &[f64]) -> Option<Interval> {
    let student = student(values)?;
    let bootstrap = (values.len() >= BOOTSTRAP_FROM).then(|| bootstrap(values)).flatten();
    Some(bootstrap.unwrap_or(student))
}

/// The standard error of the mean.
fn standard_error(values: &[f64]) -> Option<f64> {
    standard_deviation(values).map(|deviation| deviation / (values.len() as f64).sqrt())
}

fn student(values: &[f64]) -> Option<Interval> {
    let (mean, error) = (mean(values), standard_error(values)?);
    let t = StudentsT::new(0.0, 1.0, (values.len() - 1) as f64).expect("there is a degree of freedom");
    let reach = t.inverse_cdf(1.0 - ALPHA / 2.0) * error;
    Some(Interval { low: mean - reach, high: mean + reach, method: Method::StudentT })
}

/// `None` where too many resamples consist of one value, so that a quantile is infinite.
fn bootstrap(values: &[f64]) -> Option<Interval> {
    let (n, mean_of_all, error_of_all) = (values.len(), mean(values), standard_error(values)?);
    let drawn = |resample: usize, place: usize| {
        let word = pcg4d([place as u32, resample as u32, 0, Stream::Bootstrap as u32])[0];
        values[((u64::from(word) * n as u64) >> 32) as usize]
    };
    let mut sample = Vec::with_capacity(n);
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            sample.clear();
            sample.extend((0..n).map(|place| drawn(resample, place)));
            let distance = mean(&sample) - mean_of_all;
            // Of equal values 0/0 is 0, and a distance without an error is infinite.
            if distance == 0.0 { 0.0 } else { distance / standard_error(&sample).unwrap_or(0.0) }
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| ratios[((RESAMPLES + 1) as f64 * share).round() as usize - 1];
    let [low, high] =
        [1.0 - ALPHA / 2.0, ALPHA / 2.0].map(|share| mean_of_all - quantile(share) * error_of_all);
    (low.is_finite() && high.is_finite()).then_some(Interval { low, high, method: Method::BootstrapT })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::unit;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{actual} is not {expected}");
    }

    #[test]
    fn two_values_have_the_interval_of_the_cauchy_distribution() {
        // With one degree of freedom the quantile is tan(π (p − ½)), and s/√2 is half the distance.
        let Interval { low, high, method } = interval(&[1.0, 3.0]).unwrap();
        let t = (std::f64::consts::PI * 0.475).tan();
        close(low, 2.0 - t);
        close(high, 2.0 + t);
        assert_eq!(method, Method::StudentT);
    }

    #[test]
    fn three_values_have_the_interval_of_two_degrees_of_freedom() {
        // There the quantile is (2p − 1) √(2 / (4p (1 − p))).
        let values = [0.5, 2.0, 2.5];
        let (p, error) = (0.975_f64, standard_deviation(&values).unwrap() / 3_f64.sqrt());
        let t = (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt();
        let Interval { low, high, .. } = interval(&values).unwrap();
        close(low, 5.0 / 3.0 - t * error);
        close(high, 5.0 / 3.0 + t * error);
    }

    /// From SciPy 1.17.1: `stats.t.interval(0.95, n - 1, loc=mean(d), scale=stats.sem(d))`; the second is also
    /// `stats.ttest_rel([63.0, 65.2, 62.9, 64.4, 65.1], [57.1, 58.9, 56.2, 60.3, 58.0]).confidence_interval()`.
    #[test]
    fn students_intervals_are_those_of_scipy() {
        for (values, low, high) in [
            (&[1.3, -0.4, 2.2, 0.9, 1.7][..], -0.084_786_833_843_180_31, 2.364_786_833_843_181),
            (&[5.9, 6.3, 6.7, 4.1, 7.1], 4.576_248_545_297_155, 7.463_751_454_702_846),
            (
                &[0.12, 0.31, -0.05, 0.44, 0.27, 0.08, 0.19, 0.36, 0.22],
                0.099_673_200_094_072_34,
                0.331_437_911_017_038_84,
            ),
        ] {
            let interval = interval(values).unwrap();
            close(interval.low, low);
            close(interval.high, high);
            assert_eq!(interval.method, Method::StudentT);
        }
    }

    /// From 2,000,000 resamples by NumPy's `default_rng(1)`: mean − quantiles of t* × standard error. Of 9,999 resamples the
    /// quantiles are uncertain by some hundredths.
    #[test]
    fn a_bootstrap_interval_is_that_of_many_more_resamples() {
        let values = [0.7, 1.9, -0.3, 2.4, 1.1, 0.2, 3.6, 1.5, 0.9, 1.2];
        let Interval { low, high, method } = interval(&values).unwrap();
        assert_eq!(method, Method::BootstrapT);
        assert!((low - 0.6376).abs() < 0.04, "{low}");
        assert!((high - 2.3120).abs() < 0.04, "{high}");
    }

    #[test]
    fn one_value_has_no_interval_and_equal_values_a_point() {
        assert!(
            interval(&[]).is_none() && interval(&[1.0]).is_none() && standard_deviation(&[1.0]).is_none()
        );
        for n in [2, 5, 10, 12] {
            let Interval { low, high, .. } = interval(&vec![1.5; n]).unwrap();
            assert_eq!((low, high), (1.5, 1.5), "{n} values");
        }
    }

    #[test]
    fn a_bootstrap_that_knows_too_little_leaves_it_to_student() {
        let mut values = [0.0; 10];
        values[3] = 1.0;
        // A third of the resamples are all zeros.
        assert_eq!(interval(&values).unwrap().method, Method::StudentT);
        // The mean of equal values is rounded.
        let mut memories = [100.0 * 50.0 / 1092.0; 10];
        memories[0] = 6.1;
        memories[1] = 6.1;
        assert_eq!(interval(&memories).unwrap().method, Method::StudentT);
    }

    /// Normal (Box–Muller) or exponential values.
    fn sample(seed: u32, n: usize, skewed: bool) -> Vec<f64> {
        let draw = |k: usize| {
            let [a, b, ..] = pcg4d([seed, k as u32, 1, 99]).map(unit);
            let logarithm = -(1.0 - a).ln();
            if skewed { logarithm } else { (2.0 * logarithm).sqrt() * (std::f64::consts::TAU * b).cos() }
        };
        (0..n).map(draw).collect()
    }

    /// The share of intervals that contain the true mean.
    fn coverage(samples: u32, n: usize, skewed: bool) -> f64 {
        let truth = if skewed { 1.0 } else { 0.0 };
        let contains = |seed: &u32| {
            let Interval { low, high, .. } = interval(&sample(*seed, n, skewed)).unwrap();
            (low..=high).contains(&truth)
        };
        (0..samples).filter(contains).count() as f64 / f64::from(samples)
    }

    /// Each within three standard deviations of √(0.95 · 0.05 / samples) of 95%.
    #[test]
    fn nineteen_of_twenty_intervals_contain_the_mean() {
        for n in [3, 5, 9] {
            let share = coverage(10_000, n, false);
            assert!((share - 0.95).abs() < 0.0066, "{n} values: {share}");
        }
        let share = coverage(400, 10, false);
        assert!((share - 0.95).abs() < 0.033, "bootstrap: {share}");
    }
}
