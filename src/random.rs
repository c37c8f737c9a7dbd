//! Counter-based random numbers: each is a hash of (seed, purpose, position), so there is no generator state.
//!
//! The same function runs in `shaders/batch/gather.wgsl`, so a resumed run needs no saved state for augmentation on the
//! GPU or for shuffling on the CPU.

/// The hash `pcg4d` of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020: four words in, four
/// well-mixed words out.
pub fn pcg4d(v: [u32; 4]) -> [u32; 4] {
    let mut v = v.map(|word| word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let mix = |v: &mut [u32; 4]| {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
    };
    mix(&mut v);
    v = v.map(|word| word ^ (word >> 16));
    mix(&mut v);
    v
}

/// The purpose of a stream of random numbers; streams of different purposes never share a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// Flip and crop of a training image: (seed, step, sample, stream).
    Augment = 0,
    /// The order of the training images in an epoch.
    Shuffle = 1,
    /// The initial weights.
    Initialise = 2,
    /// Labels redrawn by label noise.
    LabelNoise = 3,
    /// Synthetic images.
    Synthetic = 4,
    /// Resamples of a bootstrap: (place, resample, 0, stream).
    Bootstrap = 5,
    /// The epochs in which an image is mirrored: (seed, image, 0, stream).
    Mirror = 6,
}

/// A uniform number in [0, 1) with 32 random bits, from a word of [`pcg4d`].
pub fn unit(word: u32) -> f64 {
    f64::from(word) / 4_294_967_296.0
}

/// A random order of `0..len`, the same for the same `seed` and `epoch` (Fisher–Yates).
pub fn permutation(seed: u32, epoch: u32, len: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(len).expect("fewer than 2^32 images")).collect();
    for i in (1..len).rev() {
        let word = pcg4d([seed, epoch, i as u32, Stream::Shuffle as u32])[0];
        let j = ((u64::from(word) * (i as u64 + 1)) >> 32) as usize;
        order.swap(i, j);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_holds_every_index_once_and_depends_on_seed_and_epoch() {
        let mut sorted = permutation(3, 1, 1000);
        assert_ne!(sorted, permutation(3, 2, 1000));
        assert_ne!(sorted, permutation(4, 1, 1000));
        assert_eq!(sorted, permutation(3, 1, 1000));
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(i, &v)| i as u32 == v));
    }

    /// Expected values from a Python program of the two definitions: pcg4d on integers modulo 2^32, and for i from 11
    /// down to 1 a swap of places i and ⌊word · (i + 1) / 2^32⌋.
    #[test]
    fn hashes_and_permutations_have_known_values() {
        assert_eq!(pcg4d([1, 2, 3, 4]), [908_250_390, 4_044_648_920, 3_775_961_919, 45_698_095]);
        assert_eq!(permutation(0, 0, 12), [9, 8, 11, 7, 5, 2, 0, 6, 4, 1, 3, 10]);
        assert_eq!(permutation(42, 3, 12), [8, 2, 4, 11, 10, 1, 5, 7, 9, 6, 3, 0]);
    }

    #[test]
    fn every_index_is_in_every_place_equally_often() {
        const LEN: usize = 5;
        let mut counts = [[0_u32; LEN]; LEN];
        for seed in 0..2000 {
            for (place, index) in permutation(seed, 0, LEN).into_iter().enumerate() {
                counts[place][index as usize] += 1;
            }
        }
        // 400 are expected; the standard deviation is √(2000 · 1/5 · 4/5) = 17.9.
        assert!(counts.iter().flatten().all(|count| (320..480).contains(count)), "{counts:?}");
        let in_place: u32 = (0..LEN).map(|place| counts[place][place]).sum();
        assert!((1900..2100).contains(&in_place), "one in place per permutation on average: {in_place}");
    }

    #[test]
    fn units_are_uniform() {
        let mean = (0..10_000).map(|i| unit(pcg4d([7, 0, i, 9])[0])).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
