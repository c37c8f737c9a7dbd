//! Synthetic images for a machine without CIFAR-10: ten kinds of objects, drawn in any pose, size, colour and light on a
//! cluttered ground, partly hidden and noisy.
//!
//! The images are a function of (seed, split, index): the same bytes on every platform, native or wasm, and more images
//! only add to the first ones. So it uses only operations that IEEE 754 defines to the last bit (+ − × ÷ √, floor), no
//! sines and no powers. Mirroring an image keeps its class, as horizontal-flip augmentation needs.

mod canvas;
mod draws;
mod paint;
mod shapes;

use super::{CLASSES, Dataset, IMAGE_BYTES, Split};
use crate::random::{Stream, pcg4d};
use canvas::{Canvas, Pose};
use draws::Draws;
use paint::{Colour, Paint, distance, leaning_colour};
use shapes::object;

/// Training images of the embedded default.
pub const TRAIN: usize = 5_000;
/// Test images of the embedded default.
pub const TEST: usize = 1_000;
/// Seed of the embedded default, whatever the seed of the training.
pub const SEED: u32 = 0;

/// The object in an image, by label.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["ball", "ring", "box", "triangle", "star", "cross", "moon", "heart", "flower", "fish"];

/// The index of the first test image, far from any training image.
const TEST_START: u32 = 2_000_000_000;
/// The number of the first draw of an image's pixel noise, after those of its scene.
const NOISE_START: u32 = 1 << 16;

/// Typical colours of each class's object and of the ground it is found on, by label, as red, green, blue. Two classes
/// share each ground: as in photographs, the ground is a hint about the object, but not enough.
const TYPICAL: [[Colour; 2]; CLASSES] = [
    [[0.9, 0.3, 0.1], [0.3, 0.6, 0.2]], // a ball on grass
    [[1.0, 0.8, 0.2], [0.6, 0.4, 0.4]], // a ring on wood
    [[0.5, 0.3, 0.1], [0.6, 0.4, 0.4]], // a box on wood
    [[0.9, 0.6, 0.0], [0.1, 0.4, 0.7]], // a triangle on a blue road sign
    [[1.0, 0.9, 0.4], [0.1, 0.1, 0.3]], // a star in the night
    [[0.8, 0.1, 0.1], [0.9, 0.8, 0.8]], // a cross on a flag
    [[0.7, 0.8, 0.9], [0.1, 0.1, 0.3]], // a moon in the night
    [[0.9, 0.3, 0.6], [0.9, 0.8, 0.8]], // a heart on a card
    [[0.8, 0.4, 0.8], [0.3, 0.6, 0.2]], // a flower on grass
    [[0.6, 0.7, 0.6], [0.1, 0.4, 0.7]], // a fish in water
];

/// The difficulty of the task, tuned so that the smallest preset ends between failing and saturating, like a CIFAR-10
/// subset: `tiny` with batch norm in PyTorch (Adam, learning rate 2e-3, batch 64, flip and crop) has a test accuracy of
/// 67% to 71% after ten epochs, and its EMA of .98 has 75% to 79% (n = 3 seeds).
mod difficulty {
    /// The largest share of the class's typical colour in a mix with a random one.
    pub const TYPICALITY: f32 = 0.9;
    /// The largest rotation of the object: the tangent of half the angle.
    pub const TURN: f32 = 0.25;
    /// Radius of the object in pixels.
    pub const RADIUS: [f32; 2] = [6.0, 14.0];
    /// How far the object's centre may be from the image's, in pixels along each axis.
    pub const SHIFT: f32 = 6.0;
    /// Stretch along one axis of the object and squeeze along the other.
    pub const STRETCH: [f32; 2] = [0.8, 1.25];
    /// Least distance between the colours of object and ground, of at most √3.
    pub const CONTRAST: f32 = 0.25;
    /// Small things on the ground behind the object, at most.
    pub const CLUTTER: u32 = 4;
    /// Bars and blots in front of the object, at most.
    pub const OCCLUDERS: u32 = 1;
    /// Amplitude of the noise of each pixel, of 1.
    pub const NOISE: [f32; 2] = [0.0, 0.2];
}

/// Generates `train` training and `test` test images. The classes have equal shares, up to the remainder of a division
/// by ten.
///
/// The same `seed` gives the same bytes on every platform, and the first images don't depend on how many there are.
pub fn synthetic(seed: u32, train: usize, test: usize) -> Dataset {
    Dataset {
        name: "synthetic".to_owned(),
        train: split(seed, 0, train),
        test: split(seed, TEST_START, test),
        class_names: CLASS_NAMES.map(str::to_owned).to_vec(),
        synthetic: true,
    }
}

fn split(seed: u32, start: u32, len: usize) -> Split {
    let mut images = vec![0; len * IMAGE_BYTES];
    let mut labels = Vec::with_capacity(len);
    for (index, bytes) in (start..).zip(images.chunks_exact_mut(IMAGE_BYTES)) {
        let label = label(seed, index);
        render(seed, index, label, bytes);
        labels.push(label);
    }
    Split { images, labels }
}

/// Each ten consecutive images have ten labels in a random order: i ↦ a + b·i mod 10 with b coprime to 10.
fn label(seed: u32, image: u32) -> u8 {
    let [start, stride, ..] = pcg4d([seed, image / CLASSES as u32, 0, Stream::Synthetic as u32]);
    let stride = [1, 3, 7, 9][(stride >> 30) as usize];
    ((start >> 16) % 10 + stride * (image % 10)).rem_euclid(10) as u8
}

fn render(seed: u32, image: u32, label: u8, bytes: &mut [u8]) {
    // Draw 0 is for the label.
    let mut draws = Draws { seed, image, next: 1 };
    let [object_colour, ground_colour] = TYPICAL[usize::from(label)];
    let ground = Paint::random(&mut draws, |draws| leaning_colour(draws, ground_colour));
    let mut canvas = Canvas::new(&ground);

    for _ in 0..draws.below(difficulty::CLUTTER + 1) {
        canvas.add_clutter(&mut draws);
    }

    let turn = draws.turn(difficulty::TURN);
    let pose = Pose::random(&mut draws, turn, difficulty::SHIFT, difficulty::RADIUS, difficulty::STRETCH);
    let paint = Paint::random(&mut draws, |draws| {
        loop {
            let colour = leaning_colour(draws, object_colour);
            if ground.colours.iter().all(|&ground| distance(colour, ground) > difficulty::CONTRAST) {
                return colour;
            }
        }
    });
    canvas.draw(&pose, &paint, |p| object(label, p));

    for _ in 0..draws.below(difficulty::OCCLUDERS + 1) {
        canvas.add_clutter(&mut draws);
    }

    canvas.light(&mut draws);
    canvas.develop(&mut draws, bytes);
}

#[cfg(test)]
mod tests;
