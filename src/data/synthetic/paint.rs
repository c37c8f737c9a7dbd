//! Colours and patterns.

use super::{NOISE_START, difficulty, draws::Draws};
use crate::random::{Stream, pcg4d};

pub(super) type Colour = [f32; 3];

pub(super) fn any_colour(draws: &mut Draws) -> Colour {
    let [r, g, b, _] = draws.words().map(|word| (word >> 8) as f32 / 16_777_216.0);
    [r, g, b]
}

/// A mix of a random colour and a typical one.
pub(super) fn leaning_colour(draws: &mut Draws, typical: Colour) -> Colour {
    let lean = draws.range([0.0, difficulty::TYPICALITY]);
    mix(any_colour(draws), typical, lean)
}

pub(super) fn distance(a: Colour, b: Colour) -> f32 {
    let [r, g, b] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (r * r + g * g + b * b).sqrt()
}

pub(super) fn mix(a: Colour, b: Colour, t: f32) -> Colour {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// Two colours and how they alternate.
pub(super) struct Paint {
    pub colours: [Colour; 2],
    pattern: Pattern,
}

enum Pattern {
    Plain,
    /// Waves along the direction `across`, whose length is the number of waves per pixel.
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
    pub fn random(draws: &mut Draws, colour: impl Fn(&mut Draws) -> Colour) -> Paint {
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

    pub fn at(&self, x: f32, y: f32) -> Colour {
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
