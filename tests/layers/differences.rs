//! Central differences in f64. They are exact to about 1e-9, so a wrong factor, sign, index or edge cannot hide. Every value in
//! memory is moved, padding included: a twin that let padding lanes act would fail as well.

use emascope::{
    layout::pad4,
    random::{pcg4d, unit},
    reference::{ConvShape, Image, fill_vector},
};

/// Half the distance of a central difference.
const STEP: f64 = 1e-5;

/// Largest difference of a gradient g from the numeric one, in units of 1 + |g|.
const TOLERANCE: f64 = 1e-7;

/// Compares `analytic`, a gradient for each of `inputs`, with central differences of `f`.
#[track_caller]
pub fn check_gradient(
    name: &str,
    inputs: &[Vec<f64>],
    f: impl Fn(&[Vec<f64>]) -> f64,
    analytic: &[Vec<f64>],
) {
    assert_eq!(inputs.len(), analytic.len(), "{name}: a gradient for each input");
    let mut inputs = inputs.to_vec();
    for k in 0..inputs.len() {
        assert_eq!(inputs[k].len(), analytic[k].len(), "{name}: shape of gradient {k}");
        for i in 0..inputs[k].len() {
            let value = inputs[k][i];
            inputs[k][i] = value + STEP;
            let above = f(&inputs);
            inputs[k][i] = value - STEP;
            let below = f(&inputs);
            inputs[k][i] = value;
            let numeric = (above - below) / (2.0 * STEP);
            let gradient = analytic[k][i];
            // NaN on either side makes the comparison false, so it fails.
            assert!(
                (numeric - gradient).abs() <= TOLERANCE * (1.0 + gradient.abs()),
                "{name}: input {k}, value {i}: gradient {gradient}, but differences give {numeric}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "differences give")]
fn a_wrong_gradient_is_caught() {
    check_gradient("square", &[vec![3.0]], |x| x[0][0] * x[0][0], &[vec![6.001]]);
}

#[test]
#[should_panic(expected = "differences give")]
fn a_gradient_that_is_not_a_number_is_caught() {
    check_gradient("square", &[vec![3.0]], |x| x[0][0] * x[0][0], &[vec![f64::NAN]]);
}

#[test]
#[should_panic(expected = "differences give")]
fn a_function_that_is_not_a_number_is_caught() {
    check_gradient("root", &[vec![-1.0]], |x| x[0][0].sqrt(), &[vec![0.5]]);
}

/// Uniform numbers in (−1, 1), the same for the same seed.
pub struct Noise {
    seed: u32,
    drawn: u32,
}

impl Noise {
    pub fn new(seed: usize) -> Noise {
        Noise { seed: seed as u32, drawn: 0 }
    }

    fn next(&mut self) -> f64 {
        self.drawn += 1;
        2.0 * unit(pcg4d([self.seed, self.drawn, 0, 99])[0]) - 1.0
    }

    pub fn image(&mut self, image: Image) -> Vec<f64> {
        image.fill(|_, _, _, _| self.next())
    }

    pub fn weights(&mut self, conv: ConvShape) -> Vec<f64> {
        conv.fill_weights(|_, _, _, _| self.next())
    }

    pub fn vector(&mut self, channels: usize) -> Vec<f64> {
        fill_vector(channels, |_| self.next())
    }
}

/// Turns an output into a number whose gradient to that output is `dy`.
pub fn project(y: &[f64], dy: &[f64]) -> f64 {
    assert_eq!(y.len(), dy.len());
    y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
}

/// Every lane after the last channel is zero.
#[track_caller]
pub fn assert_padding_is_zero(name: &str, channels: usize, values: &[f64]) {
    assert_eq!(values.len() % pad4(channels), 0, "{name}: whole pixels");
    for (i, &value) in values.iter().enumerate() {
        assert!(i % pad4(channels) < channels || value == 0.0, "{name}: padding lane {i} holds {value}");
    }
}
