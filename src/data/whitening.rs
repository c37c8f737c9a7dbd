//! Filters that whiten the 2×2 patches of the training images, for the first layer of a network.

use nalgebra::{SMatrix, SymmetricEigen};

use super::{IMAGE_BYTES, IMAGE_SIDE, Split};

/// Number of filters: each direction and its opposite.
pub const WHITENING_FILTERS: usize = 2 * VALUES;

/// Values of a patch: three channels of 2×2 pixels.
const VALUES: usize = 12;

/// Most images that the patches are taken from, the first ones.
const IMAGES: usize = 5000;

/// Added to the variance along each direction, so that one that hardly varies is not blown up.
const EPSILON: f64 = 5e-4;

/// The filters `[24][3][2][2]` that whiten the 2×2 patches of the first 5,000 images of `train`, normalised by `mean` and
/// `deviation`: the eigenvectors of the patches' second moments, from the largest eigenvalue λ on, divided by √(λ + 0.0005), and then
/// their negatives (Jordan 2024, as in airbench). The largest component of an eigenvector is positive, the first one of equals.
pub fn whitening(train: &Split, mean: [f64; 3], deviation: [f64; 3]) -> Vec<f32> {
    let eigen = SymmetricEigen::new(second_moments(train, mean, deviation));
    let mut order: Vec<usize> = (0..VALUES).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let filters: Vec<f64> = order
        .iter()
        .flat_map(|&k| {
            let vector = eigen.eigenvectors.column(k);
            let largest = vector
                .iter()
                .fold(0.0, |best: f64, &value| if value.abs() > best.abs() { value } else { best });
            let scale = largest.signum() / (eigen.eigenvalues[k].max(0.0) + EPSILON).sqrt();
            vector.iter().map(|value| scale * value).collect::<Vec<_>>()
        })
        .collect();
    filters.iter().copied().chain(filters.iter().map(|value| -value)).map(|value| value as f32).collect()
}

/// The mean of p pᵀ over all patches p, in the order `[channel][row][column]`.
fn second_moments(train: &Split, mean: [f64; 3], deviation: [f64; 3]) -> SMatrix<f64, VALUES, VALUES> {
    // Sums of whole numbers are exact, whatever their order.
    let mut sums = [0_u64; VALUES];
    let mut products = [[0_u64; VALUES]; VALUES];
    let mut patches = 0_u64;
    for image in train.images.chunks_exact(IMAGE_BYTES).take(IMAGES) {
        for row in 0..IMAGE_SIDE - 1 {
            for column in 0..IMAGE_SIDE - 1 {
                let patch: [u64; VALUES] = std::array::from_fn(|i| {
                    let (channel, kh, kw) = (i / 4, i % 4 / 2, i % 2);
                    image[(channel * IMAGE_SIDE + row + kh) * IMAGE_SIDE + column + kw].into()
                });
                for (i, a) in patch.iter().enumerate() {
                    sums[i] += a;
                    for (product, b) in products[i].iter_mut().zip(&patch[..=i]) {
                        *product += a * b;
                    }
                }
                patches += 1;
            }
        }
    }
    let count = patches.max(1) as f64;
    SMatrix::from_fn(|i, j| {
        let (i, j) = (i.max(j), i.min(j));
        let of = |i: usize| (255.0 * mean[i / 4], 255.0 * deviation[i / 4], sums[i] as f64 / count);
        let ((mean_i, deviation_i, average_i), (mean_j, deviation_j, average_j)) = (of(i), of(j));
        let product = products[i][j] as f64 / count;
        (product - mean_i * average_j - mean_j * average_i + mean_i * mean_j) / (deviation_i * deviation_j)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic;

    #[test]
    fn filtered_patches_are_uncorrelated_and_have_a_variance_of_one() {
        let dataset = synthetic(3, 60, 1);
        let (mean, deviation) = dataset.channel_statistics();
        let filters = whitening(&dataset.train, mean, deviation);
        assert_eq!(filters.len(), WHITENING_FILTERS * VALUES);
        let responses = |filter: &[f32], image: &[u8]| -> Vec<f64> {
            let at = |row: usize, column: usize| {
                let value = |i: usize| {
                    let (channel, kh, kw) = (i / 4, i % 4 / 2, i % 2);
                    let byte = image[channel * 1024 + (row + kh) * 32 + column + kw];
                    (f64::from(byte) / 255.0 - mean[channel]) / deviation[channel]
                };
                (0..VALUES).map(|i| f64::from(filter[i]) * value(i)).sum::<f64>()
            };
            (0..31 * 31).map(|place| at(place / 31, place % 31)).collect()
        };
        let all: Vec<Vec<f64>> = filters
            .chunks_exact(VALUES)
            .map(|filter| {
                dataset
                    .train
                    .images
                    .chunks_exact(IMAGE_BYTES)
                    .flat_map(|image| responses(filter, image))
                    .collect()
            })
            .collect();
        let mean_product =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
        let mut last = f64::INFINITY;
        for i in 0..VALUES {
            // λ / (λ + ε) from the largest λ down.
            let variance = mean_product(&all[i], &all[i]);
            assert!(
                variance < 1.0 && variance > 0.1 && variance <= last + 1e-6,
                "{i}: {variance} after {last}"
            );
            last = variance;
            for j in 0..i {
                let both = mean_product(&all[i], &all[j]);
                assert!(both.abs() < 1e-5, "{i}, {j}: {both}");
            }
            assert!(all[i].iter().zip(&all[i + VALUES]).all(|(a, b)| *a == -b));
            let filter = &filters[i * VALUES..(i + 1) * VALUES];
            let (least, most) = filter.iter().fold((0.0_f32, 0.0_f32), |(a, b), &w| (a.min(w), b.max(w)));
            assert!(most >= -least, "the largest component is positive: {filter:?}");
        }
    }

    #[test]
    fn images_of_one_colour_have_finite_filters() {
        let train = Split { images: vec![51; IMAGE_BYTES], labels: vec![0] };
        assert!(whitening(&train, [0.2; 3], [1.0; 3]).iter().all(|weight| weight.is_finite()));
        assert!(whitening(&Split::default(), [0.0; 3], [1.0; 3]).iter().all(|weight| weight.is_finite()));
    }
}
