//! A batch taken out of the data set.

use super::Image;
use crate::random::{Stream, pcg4d};

/// Side of a CIFAR image in pixels.
const SIDE: i64 = 32;

/// Which images [`gather`] mirrors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// None.
    Never,
    /// Half of them, drawn at each step.
    AtRandom,
    /// Each in every other epoch.
    EveryOtherEpoch,
    /// All.
    Always,
}

/// Settings of [`gather`]: the step and the data set.
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    /// Samples the batch has room for.
    pub batch: usize,
    /// Samples it holds; the others come out as zeros.
    pub count: usize,
    /// Seed of the run.
    pub seed: u32,
    /// Step number: with seed and sample, the key of the random numbers.
    pub step: u32,
    /// Which images are mirrored.
    pub mirror: Mirror,
    /// Epochs before this one.
    pub epoch: u32,
    /// Largest shift of the random crop in pixels; 0 = no crop.
    pub pad: u32,
    /// Whether the image is reflected at its border, where it is black otherwise.
    pub reflect: bool,
    /// Added to the shift along both axes.
    pub offset: i64,
    /// Side of the square that takes the mean colour; 0 = none.
    pub cutout: u32,
    /// Number of classes.
    pub classes: u32,
    /// Added to every label, modulo the classes.
    pub label_shift: u32,
    /// Mean of each colour over the training set, of byte / 255.
    pub mean: [f64; 3],
    /// Standard deviation of each colour over the training set, of byte / 255.
    pub std: [f64; 3],
}

/// Takes a batch from the data set, mirrors and shifts it at random, and normalises it.
///
/// ```text
/// r       = pcg4d(seed, step, n, Augment)
/// mirror  = r.x odd, or in every other epoch: pcg4d(seed, record, 0, Mirror).x + epoch odd
/// dy, dx  = r.y mod (2·pad + 1) − pad + offset,  r.z mod (2·pad + 1) − pad + offset
/// byte    = image[colour][y + dy][(mirror ? 31 − x : x) + dx]; outside the image 0, or what it mirrors: −1 is 1, 32 is 30
/// out[n, y, x, colour] = (byte / 255 − mean[colour]) / std[colour]
/// cy, cx  = (upper, lower half of r.w) mod (33 − cutout)
/// out[n, y, x, colour] = 0 for cy ≤ y < cy + cutout and cx ≤ x < cx + cutout
/// label[n] = (label of the record + label_shift) mod classes
/// ```
///
/// - `images`: planar RGB records of 3 × 32 × 32 bytes, packed into little-endian words of four
/// - `labels`: one word a record
/// - `indices`: the record of each sample, at least `count`
/// - returns x `[batch, 32, 32, 3 padded to 4]` and the labels `[batch]`; samples from `count` on are zero in both
///
/// Shift and mirror as in Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", §4.1,
/// with the padding of He et al. 2016, "Deep residual learning", §4.2; the square of DeVries and Taylor 2017, "Improved regularization
/// of convolutional neural networks with cutout", within the image; mirrored in every other epoch as in Jordan 2024.
pub fn gather(settings: &Gather, images: &[u32], labels: &[u32], indices: &[u32]) -> (Vec<f64>, Vec<u32>) {
    let image = Image { n: settings.batch, h: SIDE as usize, w: SIDE as usize, c: 3 };
    let byte = |record: u32, colour: usize, y: i64, x: i64| -> u8 {
        if !(0..SIDE).contains(&y) || !(0..SIDE).contains(&x) {
            return 0;
        }
        let at = (record as usize * 3 + colour) * (SIDE * SIDE) as usize + (y * SIDE + x) as usize;
        images[at / 4].to_le_bytes()[at % 4]
    };
    let x = image.fill(|n, y, x, colour| {
        if n >= settings.count {
            return 0.0;
        }
        let r = pcg4d([settings.seed, settings.step, n as u32, Stream::Augment as u32]);
        let mirror = match settings.mirror {
            Mirror::Never => false,
            Mirror::AtRandom => r[0] % 2 == 1,
            Mirror::EveryOtherEpoch => {
                let own = pcg4d([settings.seed, indices[n], 0, Stream::Mirror as u32])[0];
                (own % 2 + settings.epoch) % 2 == 1
            }
            Mirror::Always => true,
        };
        let (y, x, side) = (y as i64, x as i64, i64::from(settings.cutout));
        let [cy, cx] = [r[3] / 65_536, r[3] % 65_536].map(|word| i64::from(word) % (SIDE + 1 - side));
        if (cy..cy + side).contains(&y) && (cx..cx + side).contains(&x) {
            return 0.0;
        }
        let inside = |place: i64| match place {
            _ if !settings.reflect => place,
            SIDE.. => 2 * (SIDE - 1) - place,
            _ => place.abs(),
        };
        let shift =
            |word: u32| i64::from(word % (2 * settings.pad + 1)) - i64::from(settings.pad) + settings.offset;
        let column = if mirror { SIDE - 1 - x } else { x };
        let byte = byte(indices[n], colour, inside(y + shift(r[1])), inside(column + shift(r[2])));
        (f64::from(byte) / 255.0 - settings.mean[colour]) / settings.std[colour]
    });
    let shifted = |label: u32| (label + settings.label_shift) % settings.classes;
    let label = |n: usize| if n < settings.count { shifted(labels[indices[n] as usize]) } else { 0 };
    (x, (0..settings.batch).map(label).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records whose bytes differ from pixel to pixel and are never 0, the value outside the image.
    fn records(count: usize) -> (Vec<u8>, Vec<u32>) {
        let bytes: Vec<u8> = (0..count * 3072).map(|i| (i * 89 % 255) as u8 + 1).collect();
        let words = bytes.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect();
        (bytes, words)
    }

    const PLAIN: Gather = Gather {
        batch: 3,
        count: 2,
        seed: 5,
        step: 9,
        mirror: Mirror::Never,
        epoch: 0,
        pad: 0,
        reflect: false,
        offset: 0,
        cutout: 0,
        classes: 10,
        label_shift: 0,
        mean: [0.0; 3],
        std: [1.0; 3],
    };

    #[test]
    fn a_batch_holds_the_named_records_normalised_and_zeros_after_the_last() {
        let (bytes, words) = records(3);
        let settings = Gather { mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2.0], ..PLAIN };
        let (x, labels) = gather(&settings, &words, &[7, 8, 9], &[2, 0]);
        assert_eq!(labels, [9, 7, 0]);
        let shifted = Gather { label_shift: 1, ..settings };
        assert_eq!(gather(&shifted, &words, &[7, 8, 9], &[2, 0]).1, [0, 8, 0]);
        // Sample 0 is record 2; row 3, column 4, green, which is planar byte 1024 + 3·32 + 4.
        let green = f64::from(bytes[2 * 3072 + 1024 + 100]) / 255.0;
        assert_eq!(x[(3 * 32 + 4) * 4 + 1], (green - 0.2) / 0.25);
        assert!(x.chunks_exact(4).all(|pixel| pixel[3] == 0.0));
        assert!(x[2 * 4096..].iter().all(|&value| value == 0.0));
    }

    #[test]
    fn augmentation_mirrors_and_shifts_whole_images_and_reaches_every_case() {
        let (bytes, words) = records(1);
        let batch = 400;
        let settings = Gather { batch, count: batch, mirror: Mirror::AtRandom, pad: 1, ..PLAIN };
        let (x, _) = gather(&settings, &words, &[0], &vec![0; batch]);
        let mut seen = std::collections::BTreeSet::new();
        for sample in x.chunks_exact(4096) {
            let matches = |&(mirror, dy, dx): &(bool, i64, i64)| {
                (0..32).all(|y| {
                    (0..32).all(|x| {
                        let (row, column) = (y + dy, if mirror { 31 - x } else { x } + dx);
                        let inside = (0..32).contains(&row) && (0..32).contains(&column);
                        let byte = if inside { bytes[(row * 32 + column) as usize] } else { 0 };
                        sample[((y * 32 + x) * 4) as usize] == f64::from(byte) / 255.0
                    })
                })
            };
            let cases = (0..18)
                .map(|case| (case >= 9, case % 9 / 3 - 1, case % 3 - 1))
                .filter(matches)
                .collect::<Vec<_>>();
            assert_eq!(cases.len(), 1, "{cases:?}");
            seen.insert(cases[0]);
        }
        assert_eq!(seen.len(), 18, "{seen:?}");
    }

    #[test]
    fn an_image_is_mirrored_in_every_other_epoch() {
        let (bytes, words) = records(40);
        let mirrored = |epoch| -> Vec<bool> {
            let settings = Gather { batch: 40, count: 40, mirror: Mirror::EveryOtherEpoch, epoch, ..PLAIN };
            let (x, _) = gather(&settings, &words, &[0; 40], &(0..40).collect::<Vec<_>>());
            let is_mirrored = |(n, x): (usize, &[f64])| {
                let at = |column: usize| f64::from(bytes[n * 3072 + column]) / 255.0;
                assert!(x[0] == at(0) || x[0] == at(31), "{n}");
                x[0] == at(31)
            };
            x.chunks_exact(4096).enumerate().map(is_mirrored).collect()
        };
        let (first, second) = (mirrored(0), mirrored(1));
        assert!(first.iter().zip(&second).all(|(a, b)| a != b));
        assert_eq!(first, mirrored(2));
        let count = first.iter().filter(|mirrored| **mirrored).count();
        assert!((10..=30).contains(&count), "{count} of 40 in the first epoch");
    }

    #[test]
    fn borders_are_reflected_and_a_square_is_cut_out() {
        let (bytes, words) = records(1);
        let view = |offset, mirror| {
            gather(&Gather { batch: 1, count: 1, reflect: true, offset, mirror, ..PLAIN }, &words, &[0], &[0])
                .0
        };
        let byte = |row: usize, column: usize| f64::from(bytes[row * 32 + column]) / 255.0;
        let up = view(-1, Mirror::Never);
        assert_eq!([up[0], up[4], up[4 * 32]], [byte(1, 1), byte(1, 0), byte(0, 1)]);
        let down = view(1, Mirror::Always);
        assert_eq!([down[0], down[4], down[4 * 31 * 32]], [byte(1, 30), byte(1, 31), byte(30, 30)]);
        let settings = Gather { batch: 200, count: 200, cutout: 30, ..PLAIN };
        let (x, _) = gather(&settings, &words, &[0], &[0; 200]);
        let mut corners = std::collections::BTreeSet::new();
        for sample in x.chunks_exact(4096) {
            let cut: Vec<usize> = (0..1024).filter(|&pixel| sample[4 * pixel] == 0.0).collect();
            assert_eq!(cut.len(), 900);
            assert_eq!(cut[899] - cut[0], 29 * 33);
            corners.insert((cut[0] / 32, cut[0] % 32));
        }
        assert_eq!(corners.len(), 9, "{corners:?}");
    }
}
