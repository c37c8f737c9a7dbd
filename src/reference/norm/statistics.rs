//! Mean and squared deviation, by Chan's method.

use crate::{
    layout::pad4,
    reference::{Image, pair_index},
};

/// Mean and sum of squared deviations of some values, which can be merged without cancellation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub count: f64,
    /// Their mean; 0 of no values.
    pub mean: f64,
    /// M₂ = Σ (x − mean)².
    pub m2: f64,
}

impl Moments {
    /// Moments of `values`, in two passes.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Moments {
        let count = values.clone().count() as f64;
        if count == 0.0 {
            return Moments::default();
        }
        let mean = values.clone().sum::<f64>() / count;
        Moments { count, mean, m2: values.map(|value| (value - mean).powi(2)).sum() }
    }

    /// Moments of both sets of values together.
    ///
    /// ```text
    /// δ = mean_b − mean_a,   mean = mean_a + δ·n_b/n,   M₂ = M₂_a + M₂_b + δ²·n_a·n_b/n,   n = n_a + n_b
    /// ```
    ///
    /// Chan, Golub & LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances", and 1983,
    /// "Algorithms for computing the sample variance", §2.
    pub fn merge(self, other: Moments) -> Moments {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let delta = other.mean - self.mean;
        Moments {
            count,
            mean: self.mean + delta * other.count / count,
            m2: self.m2 + other.m2 + delta * delta * self.count * other.count / count,
        }
    }

    /// Biased variance M₂ / n.
    pub fn variance(self) -> f64 {
        self.m2 / self.count
    }
}

/// Mean and M₂ of every chunk of every sample, a channel at a time.
///
/// ```text
/// partial[n·chunks + k][0][c] = mean of x[n, chunk k, c]
/// partial[n·chunks + k][1][c] = Σ (x[n, chunk k, c] − mean)²
/// ```
///
/// `x`: `image`; a chunk is [`Image::chunk`]; returns `[N·chunks][2][C]`.
pub fn norm_statistics(image: Image, chunks: usize, x: &[f64]) -> Vec<f64> {
    let mut partial = vec![0.0; image.n * chunks * 2 * pad4(image.c)];
    for row in 0..image.n * chunks {
        let (n, chunk) = (row / chunks, row % chunks);
        for c in 0..image.c {
            let pixels = image.chunk(chunks, chunk);
            let moments = Moments::of(pixels.map(|p| x[image.index(n, p / image.w, p % image.w, c)]));
            partial[pair_index(image.c, row, 0, c)] = moments.mean;
            partial[pair_index(image.c, row, 1, c)] = moments.m2;
        }
    }
    partial
}

/// Moments of channel `c` in one row of what [`norm_statistics`] returns.
pub(super) fn moments(image: Image, chunks: usize, partial: &[f64], row: usize, c: usize) -> Moments {
    Moments {
        count: image.chunk(chunks, row % chunks).len() as f64,
        mean: partial[pair_index(image.c, row, 0, c)],
        m2: partial[pair_index(image.c, row, 1, c)],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_merges(parts: &[Vec<f64>]) {
        let merged = parts
            .iter()
            .map(|part| Moments::of(part.iter().copied()))
            .fold(Moments::default(), Moments::merge);
        let all = parts.concat();
        let count = all.len() as f64;
        let mean = all.iter().sum::<f64>() / count;
        let variance = all.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        assert_eq!(merged.count, count);
        assert!((merged.mean - mean).abs() <= 1e-14 * (1.0 + mean.abs()), "{} is not {mean}", merged.mean);
        let difference = (merged.variance() - variance).abs();
        assert!(difference <= 1e-12 * (1.0 + variance), "{} is not {variance}", merged.variance());
    }

    proptest! {
        #[test]
        fn merged_moments_are_those_of_all_values(
            parts in prop::collection::vec(prop::collection::vec(-3.0..3.0, 0..9), 1..9)
                .prop_filter("some value", |parts| parts.iter().any(|part| !part.is_empty()))
        ) {
            assert_merges(&parts);
        }
    }

    #[test]
    fn a_mean_far_from_zero_does_not_cancel_the_variance() {
        let part =
            |shift: f64| (0..50).map(|i| 1e6 + shift + (f64::from(i) * 0.37).sin()).collect::<Vec<_>>();
        assert_merges(&[part(0.0), part(1.0), part(-2.0)]);
    }

    #[test]
    fn chunks_cover_every_pixel_once_even_where_they_do_not_divide() {
        for (h, w, chunks) in [(4, 4, 4), (5, 3, 4), (1, 1, 3), (7, 1, 7)] {
            let image = Image { n: 1, h, w, c: 1 };
            let pixels: Vec<usize> = (0..chunks).flat_map(|k| image.chunk(chunks, k)).collect();
            assert_eq!(pixels, (0..h * w).collect::<Vec<_>>());
        }
    }
}
