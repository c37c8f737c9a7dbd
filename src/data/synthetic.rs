//! Procedural images for a machine without CIFAR-10: ten kinds of objects, drawn in any pose, size, colour and light on a
//! cluttered ground, partly hidden and noisy.
//!
//! The images are a function of (seed, split, index): the same bytes on every platform, native or wasm, and more images
//! only add to the ones before. So only operations are used that IEEE 754 defines to the last bit (+ − × ÷ √, floor), no
//! sines and no powers. Mirroring an image keeps its class, as horizontal-flip augmentation needs.

use super::{CLASSES, Dataset, IMAGE_BYTES, IMAGE_SIDE, Split};
use crate::random::{Stream, pcg4d};

/// Training images of the embedded default.
pub const TRAIN: usize = 5_000;
/// Test images of the embedded default.
pub const TEST: usize = 1_000;
/// Seed of the embedded default, whatever the seed of the training.
pub const SEED: u32 = 0;

/// The object in an image, by label.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["ball", "ring", "box", "triangle", "star", "cross", "moon", "heart", "flower", "fish"];

/// Images of the test set are counted from here, far from any training image.
const TEST_START: u32 = 2_000_000_000;
/// Draws of an image's pixel noise are counted from here, after those of its scene.
const NOISE_START: u32 = 1 << 16;

/// Typical colours of each class's object and of the ground it is found on, by label, as red, green, blue. Two classes
/// share each ground: as in photographs, it says something about the object, but not enough.
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

/// How hard the task is. Tuned so that the smallest preset ends between failing and saturating, like a CIFAR-10 subset:
/// `tiny` with batch norm in PyTorch (Adam, learning rate 2e-3, batch 64, flip and crop) has a test accuracy of 67% to 71%
/// after ten epochs, and its EMA of .98 has 75% to 79% (n = 3 seeds).
mod difficulty {
    /// The most that a colour leans from a random one to the class's typical one, of 1.
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

/// Generates `train` training and `test` test images. Each class has the same share of them, as far as they divide by ten.
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

/// Ten images in a row have ten labels, in an order of their own: i ↦ a + b·i mod 10 with b coprime to 10.
fn label(seed: u32, image: u32) -> u8 {
    let [start, stride, ..] = pcg4d([seed, image / CLASSES as u32, 0, Stream::Synthetic as u32]);
    let stride = [1, 3, 7, 9][(stride >> 30) as usize];
    ((start >> 16) % 10 + stride * (image % 10)).rem_euclid(10) as u8
}

fn render(seed: u32, image: u32, label: u8, bytes: &mut [u8]) {
    // Draw 0 is the label's.
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

/// Numbered random draws of one image.
struct Draws {
    seed: u32,
    image: u32,
    next: u32,
}

impl Draws {
    fn words(&mut self) -> [u32; 4] {
        let words = pcg4d([self.seed, self.image, self.next, Stream::Synthetic as u32]);
        self.next += 1;
        words
    }

    /// Uniform in [0, 1), in steps of 2⁻²⁴, which an `f32` holds exactly.
    fn unit(&mut self) -> f32 {
        (self.words()[0] >> 8) as f32 / 16_777_216.0
    }

    fn range(&mut self, [low, high]: [f32; 2]) -> f32 {
        low + (high - low) * self.unit()
    }

    fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.words()[0]) * u64::from(bound)) >> 32) as u32
    }

    /// Cosine and sine of a random angle whose half has a tangent of at most `most`: a rational point of the circle.
    fn turn(&mut self, most: f32) -> [f32; 2] {
        let t = self.range([-most, most]);
        [(1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)]
    }

    /// Cosine and sine of any angle.
    fn direction(&mut self) -> [f32; 2] {
        let [cos, sin] = self.turn(1.0);
        if self.coin() { [cos, sin] } else { [-cos, sin] }
    }

    /// Whether an event of even odds happened.
    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

type Colour = [f32; 3];

fn any_colour(draws: &mut Draws) -> Colour {
    let [r, g, b, _] = draws.words().map(|word| (word >> 8) as f32 / 16_777_216.0);
    [r, g, b]
}

/// Between a random colour and a typical one.
fn leaning_colour(draws: &mut Draws, typical: Colour) -> Colour {
    let lean = draws.range([0.0, difficulty::TYPICALITY]);
    mix(any_colour(draws), typical, lean)
}

fn distance(a: Colour, b: Colour) -> f32 {
    let [r, g, b] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (r * r + g * g + b * b).sqrt()
}

fn mix(a: Colour, b: Colour, t: f32) -> Colour {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// Two colours and how they alternate.
struct Paint {
    colours: [Colour; 2],
    pattern: Pattern,
}

enum Pattern {
    Plain,
    /// Waves across a direction (dx, dy) that is as long as there are waves a pixel.
    Stripes {
        across: [f32; 2],
        phase: f32,
    },
    /// Smooth value noise on a lattice of this many pixels.
    Clouds {
        seed: u32,
        image: u32,
        lattice: u32,
        pixels: f32,
    },
}

impl Paint {
    fn random(draws: &mut Draws, colour: impl Fn(&mut Draws) -> Colour) -> Paint {
        let first = colour(draws);
        let other = colour(draws);
        // The second colour is a shade of the first more often than a contrast to it.
        let strength = draws.unit();
        let colours = [first, mix(first, other, strength * strength)];
        let pattern = match draws.below(3) {
            0 => Pattern::Plain,
            1 => {
                let [cos, sin] = draws.direction();
                let frequency = draws.range([0.06, 0.25]);
                Pattern::Stripes { across: [cos * frequency, sin * frequency], phase: draws.unit() }
            }
            _ => {
                // A lattice of at most 32×32 values follows.
                let lattice = NOISE_START * 2 + draws.next * 2048;
                Pattern::Clouds {
                    seed: draws.seed,
                    image: draws.image,
                    lattice,
                    pixels: draws.range([2.0, 8.0]),
                }
            }
        };
        Paint { colours, pattern }
    }

    fn at(&self, x: f32, y: f32) -> Colour {
        let t = match self.pattern {
            Pattern::Plain => 0.0,
            Pattern::Stripes { across, phase } => {
                let t = x * across[0] + y * across[1] + phase;
                smooth((2.0 * (t - t.floor()) - 1.0).abs())
            }
            Pattern::Clouds { seed, image, lattice, pixels } => {
                let [u, v] = [x / pixels, y / pixels];
                let [i, j] = [u.floor(), v.floor()];
                let [s, t] = [smooth(u - i), smooth(v - j)];
                let value = |di: u32, dj: u32| {
                    let node = lattice + (j as u32 + dj) * 32 + i as u32 + di;
                    (pcg4d([seed, image, node, Stream::Synthetic as u32])[0] >> 8) as f32 / 16_777_216.0
                };
                let top = value(0, 0) + (value(1, 0) - value(0, 0)) * s;
                let bottom = value(0, 1) + (value(1, 1) - value(0, 1)) * s;
                top + (bottom - top) * t
            }
        };
        mix(self.colours[0], self.colours[1], t)
    }
}

/// A smooth step from 0 to 1.
fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// Position, rotation and size of an object.
struct Pose {
    centre: [f32; 2],
    turn: [f32; 2],
    /// Pixels of one unit along each of the object's axes, of which y points up and x to either side.
    scale: [f32; 2],
}

impl Pose {
    fn random(draws: &mut Draws, turn: [f32; 2], shift: f32, radius: [f32; 2], stretch: [f32; 2]) -> Pose {
        let middle = IMAGE_SIDE as f32 / 2.0;
        let centre = [middle + draws.range([-shift, shift]), middle + draws.range([-shift, shift])];
        let radius = draws.range(radius);
        let stretch = draws.range(stretch);
        let mirror = if draws.coin() { 1.0 } else { -1.0 };
        Pose { centre, turn, scale: [mirror * radius * stretch, -radius / stretch] }
    }

    /// From pixels to the object's own units.
    fn local(&self, x: f32, y: f32) -> [f32; 2] {
        let [dx, dy] = [x - self.centre[0], y - self.centre[1]];
        let [cos, sin] = self.turn;
        [(dx * cos + dy * sin) / self.scale[0], (dy * cos - dx * sin) / self.scale[1]]
    }
}

struct Canvas {
    pixels: Vec<Colour>,
}

impl Canvas {
    fn new(ground: &Paint) -> Canvas {
        let pixels = (0..IMAGE_SIDE * IMAGE_SIDE)
            .map(|i| ground.at((i % IMAGE_SIDE) as f32 + 0.5, (i / IMAGE_SIDE) as f32 + 0.5));
        Canvas { pixels: pixels.collect() }
    }

    /// Paints where the signed distance (in the object's units, negative inside) is negative, with smooth edges.
    fn draw(&mut self, pose: &Pose, paint: &Paint, signed_distance: impl Fn([f32; 2]) -> f32) {
        let pixels_a_unit = pose.scale[0].abs().min(pose.scale[1].abs());
        // No object reaches further than 1.1 units from its centre.
        let reach = 1.1 * pose.scale[0].abs().max(pose.scale[1].abs()) + 1.0;
        let span = |centre: f32| {
            let side = IMAGE_SIDE as f32;
            (centre - reach).clamp(0.0, side) as usize..(centre + reach).clamp(0.0, side) as usize
        };
        for row in span(pose.centre[1]) {
            for column in span(pose.centre[0]) {
                let [x, y] = [column as f32 + 0.5, row as f32 + 0.5];
                let coverage = (0.5 - signed_distance(pose.local(x, y)) * pixels_a_unit).clamp(0.0, 1.0);
                if coverage > 0.0 {
                    let pixel = &mut self.pixels[row * IMAGE_SIDE + column];
                    *pixel = mix(*pixel, paint.at(x, y), coverage);
                }
            }
        }
    }

    /// A small thing around or in front of the object.
    fn add_clutter(&mut self, draws: &mut Draws) {
        let turn = draws.direction();
        let pose = Pose::random(draws, turn, 16.0, [1.5, 4.0], [0.5, 2.0]);
        let paint = Paint::random(draws, any_colour);
        let shape = draws.below(3);
        self.draw(&pose, &paint, |p| clutter(shape, p));
    }

    /// Light that comes from one side.
    fn light(&mut self, draws: &mut Draws) {
        let [cos, sin] = draws.direction();
        let brightness = draws.range([0.5, 1.25]);
        let slope = draws.range([0.0, 0.5]) / IMAGE_SIDE as f32;
        let middle = (IMAGE_SIDE as f32 - 1.0) / 2.0;
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            let [x, y] = [(i % IMAGE_SIDE) as f32 - middle, (i / IMAGE_SIDE) as f32 - middle];
            let light = brightness + (x * cos + y * sin) * slope;
            *pixel = pixel.map(|value| value * light);
        }
    }

    /// Adds noise and turns the pixels into planes of bytes.
    fn develop(&self, draws: &mut Draws, bytes: &mut [u8]) {
        let noise = draws.range(difficulty::NOISE);
        draws.next = NOISE_START;
        for (i, pixel) in self.pixels.iter().enumerate() {
            let words = draws.words();
            for channel in 0..3 {
                // The sum of two uniform numbers: a triangular density between −1 and 1.
                let [a, b, ..] = words[channel].to_le_bytes();
                let triangular = (f32::from(a) + f32::from(b) - 255.0) / 255.0;
                let value = pixel[channel] + noise * triangular;
                bytes[channel * IMAGE_SIDE * IMAGE_SIDE + i] = (value * 255.0 + 0.5) as u8;
            }
        }
    }
}

fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
}

/// Folds the plane into the 36° between a tip of a five-fold figure (on the positive y axis) and the valley next to it.
fn fold_five([x, y]: [f32; 2]) -> [f32; 2] {
    const COS_36: f32 = 0.809_017;
    const SIN_36: f32 = 0.587_785_24;
    let [mut x, mut y] = [x.abs(), y];
    for _ in 0..3 {
        let beyond = (x * COS_36 - y * SIN_36).max(0.0);
        x = (x - 2.0 * beyond * COS_36).abs();
        y += 2.0 * beyond * SIN_36;
    }
    [x, y]
}

/// Signed distance (about) from the object of a class, which fills most of the circle of radius 1.
fn object(label: u8, [x, y]: [f32; 2]) -> f32 {
    let radius = length([x, y]);
    match label {
        // Ball.
        0 => radius - 0.8,
        // Ring.
        1 => (radius - 0.65).abs() - 0.2,
        // Box.
        2 => x.abs().max(y.abs()) - 0.7,
        // Triangle with equal sides.
        3 => (0.866_025_4 * x.abs() + 0.5 * y).max(-y) - 0.48,
        // Star: below the line from a tip at 1 to a valley at .42.
        4 => {
            let [x, y] = fold_five([x, y]);
            let valley = [0.42 * 0.587_785_24, 0.42 * 0.809_017];
            let normal = [1.0 - valley[1], valley[0]];
            (normal[0] * x + normal[1] * (y - 1.0)) / length(normal)
        }
        // Cross.
        5 => {
            let [long, short] = [x.abs().max(y.abs()), x.abs().min(y.abs())];
            (long - 0.9).max(short - 0.27)
        }
        // Moon: a disc without another one.
        6 => (radius - 0.85).max(0.72 - length([x - 0.42, y])),
        // Heart: a square on its corner, with half discs on its upper sides.
        7 => {
            let [u, v] = [(x.abs() + y) * 0.707_106_77, (y - x.abs()) * 0.707_106_77];
            let square = u.abs().max(v.abs()) - 0.52;
            square.min(length([u - 0.52, v]) - 0.52)
        }
        // Flower: five petals and a hole for a centre.
        8 => {
            let [x, y] = fold_five([x, y]);
            (length([x, y - 0.6]) - 0.33).min(radius - 0.5).max(0.2 - radius)
        }
        // Fish: an ellipse with a tail.
        _ => {
            let body = (length([(x - 0.22) / 0.7, y / 0.42]) - 1.0) * 0.42;
            let tail = (y.abs() + 0.9 * (x + 0.25)).max(-0.95 - x);
            body.min(tail)
        }
    }
}

/// Small things around and in front of the object: a bar, a blot, a wedge.
fn clutter(shape: u32, [x, y]: [f32; 2]) -> f32 {
    match shape {
        0 => (x.abs() - 1.0).max(y.abs() - 0.35),
        1 => length([x, y]) - 0.8,
        _ => (0.866_025_4 * x.abs() + 0.5 * y).max(-y) - 0.45,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash FNV-1a of 64 bits (Fowler, Noll and Vo).
    fn fnv1a<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
        bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    #[test]
    fn the_bytes_are_the_same_on_every_platform() {
        let dataset = synthetic(SEED, 200, 100);
        let hash = |split: &Split| fnv1a(split.labels.iter().chain(&split.images));
        assert_eq!(
            (hash(&dataset.train), hash(&dataset.test)),
            (11_616_770_307_564_573_891, 7_607_597_321_508_228_587),
            "measured results that name the synthetic data no longer hold if this changes on purpose"
        );
    }

    #[test]
    fn more_images_only_add_to_the_first_ones_and_seeds_differ() {
        let (few, many) = (synthetic(1, 20, 10), synthetic(1, 50, 30));
        assert_eq!(few.train.images, many.train.images[..20 * IMAGE_BYTES]);
        assert_eq!(few.train.labels, many.train.labels[..20]);
        assert_eq!(few.test.images, many.test.images[..10 * IMAGE_BYTES]);
        assert_ne!(few.train.images, synthetic(2, 20, 10).train.images);
        assert_ne!(few.train.images[..10 * IMAGE_BYTES], few.test.images);
    }

    #[test]
    fn each_ten_images_show_each_class_once_in_changing_order() {
        let dataset = synthetic(3, 300, 100);
        for split in [&dataset.train, &dataset.test] {
            for labels in split.labels.chunks(10) {
                let mut sorted = labels.to_vec();
                sorted.sort_unstable();
                assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            }
            assert_ne!(split.labels[..10], split.labels[10..20]);
        }
    }

    #[test]
    fn images_are_neither_dark_nor_blown_out() {
        let (mean, deviation) = synthetic(0, 500, 10).channel_statistics();
        assert!(mean.iter().all(|mean| (0.35..0.6).contains(mean)), "{mean:?}");
        assert!(deviation.iter().all(|deviation| (0.15..0.35).contains(deviation)), "{deviation:?}");
    }

    #[test]
    fn every_object_is_inside_the_circle_that_is_painted_and_not_tiny() {
        for label in 0..CLASSES as u8 {
            let mut inside = 0;
            for i in 0..100 * 100 {
                let p = [(i % 100) as f32 / 30.0 - 1.65, (i / 100) as f32 / 30.0 - 1.65];
                if object(label, p) < 0.0 {
                    inside += 1;
                    assert!(length(p) < 1.1, "class {label} reaches {p:?}");
                }
            }
            let area = f64::from(inside) / 900.0;
            assert!((0.6..2.5).contains(&area), "class {label} has an area of {area}");
        }
    }

    #[test]
    fn the_five_fold_figures_look_the_same_after_a_fifth_of_a_turn() {
        let (sin, cos) = (std::f32::consts::TAU / 5.0).sin_cos();
        for label in [4, 8] {
            for i in 0..400 {
                let [x, y] = [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95];
                let turned = [x * cos - y * sin, x * sin + y * cos];
                let difference = object(label, [x, y]) - object(label, turned);
                assert!(difference.abs() < 1e-4, "class {label} at {x} {y}: {difference}");
            }
        }
    }
}
