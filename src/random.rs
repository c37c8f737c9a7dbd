//! Counter-based random numbers: a hash of (seed, what for, where), never a state.
//!
//! The same function runs in `shaders/batch/gather.wgsl`, so augmentation on the GPU and shuffling on the CPU need nothing saved
//! to resume a run.

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
    /// The first values of the parameters.
    Initialise = 2,
    /// Labels redrawn by label noise.
    LabelNoise = 3,
    /// Synthetic images.
    Synthetic = 4,
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

    #[test]
    fn units_are_uniform() {
        let mean = (0..10_000).map(|i| unit(pcg4d([7, 0, i, 9])[0])).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
