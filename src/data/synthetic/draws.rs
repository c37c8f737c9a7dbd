//! Numbered random draws.

use crate::random::{Stream, pcg4d};

/// Numbered random draws of one image.
pub(super) struct Draws {
    pub seed: u32,
    pub image: u32,
    /// The number of the next draw.
    pub next: u32,
}

impl Draws {
    pub fn words(&mut self) -> [u32; 4] {
        let words = pcg4d([self.seed, self.image, self.next, Stream::Synthetic as u32]);
        self.next += 1;
        words
    }

    /// Uniform in [0, 1), in steps of 2⁻²⁴, which an `f32` holds exactly.
    pub fn unit(&mut self) -> f32 {
        (self.words()[0] >> 8) as f32 / 16_777_216.0
    }

    pub fn range(&mut self, [low, high]: [f32; 2]) -> f32 {
        low + (high - low) * self.unit()
    }

    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.words()[0]) * u64::from(bound)) >> 32) as u32
    }

    /// Cosine and sine of a random angle whose half has a tangent of at most `most`: a rational point of the circle.
    pub fn turn(&mut self, most: f32) -> [f32; 2] {
        let t = self.range([-most, most]);
        [(1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)]
    }

    /// Cosine and sine of any angle.
    pub fn direction(&mut self) -> [f32; 2] {
        let [cos, sin] = self.turn(1.0);
        if self.coin() { [cos, sin] } else { [-cos, sin] }
    }

    /// True half of the time.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}
