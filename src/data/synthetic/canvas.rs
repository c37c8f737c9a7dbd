//! The canvas: objects are drawn on it, it is lit, and it becomes bytes.

use super::draws::Draws;
use super::paint::{Colour, Paint, any_colour, mix};
use super::{NOISE_START, difficulty, shapes::clutter};
use crate::data::IMAGE_SIDE;

/// Position, rotation and size of an object.
pub(super) struct Pose {
    centre: [f32; 2],
    turn: [f32; 2],
    /// Pixels of one unit along each of the object's axes, of which y points up and x to either side.
    scale: [f32; 2],
}

impl Pose {
    pub fn random(
        draws: &mut Draws,
        turn: [f32; 2],
        shift: f32,
        radius: [f32; 2],
        stretch: [f32; 2],
    ) -> Pose {
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

pub(super) struct Canvas {
    pixels: Vec<Colour>,
}

impl Canvas {
    pub fn new(ground: &Paint) -> Canvas {
        let pixels = (0..IMAGE_SIDE * IMAGE_SIDE)
            .map(|i| ground.at((i % IMAGE_SIDE) as f32 + 0.5, (i / IMAGE_SIDE) as f32 + 0.5));
        Canvas { pixels: pixels.collect() }
    }

    /// Paints where the signed distance (in the object's units, negative inside) is negative, with smooth edges.
    pub fn draw(&mut self, pose: &Pose, paint: &Paint, signed_distance: impl Fn([f32; 2]) -> f32) {
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
    pub fn add_clutter(&mut self, draws: &mut Draws) {
        let turn = draws.direction();
        let pose = Pose::random(draws, turn, 16.0, [1.5, 4.0], [0.5, 2.0]);
        let paint = Paint::random(draws, any_colour);
        let shape = draws.below(3);
        self.draw(&pose, &paint, |p| clutter(shape, p));
    }

    /// Light that comes from one side.
    pub fn light(&mut self, draws: &mut Draws) {
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
    pub fn develop(&self, draws: &mut Draws, bytes: &mut [u8]) {
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
