//! Matrix product and bias.

use super::{Layer, Recorder, Tensor, conv, site::Site};
use crate::{
    layout::{self, Image},
    network::{Initial, ParameterKind, Shape, ShapeError},
};

/// y = W x, or y = W x + b: a 1×1 convolution over a row of as many pixels as the batch has samples.
pub(super) struct Dense {
    output: Shape,
    weight: usize,
    bias: Option<usize>,
}

impl Dense {
    /// `out` output values, with or without a bias.
    pub fn new(out: u32, bias: bool, site: &mut Site<'_>) -> Result<Self, ShapeError> {
        if !site.input.is_pixel() || out == 0 {
            return Err(site.refuse("dense", "it needs 1×1 pixels and at least one output"));
        }
        site.check_size("dense", out, 1)?;
        let (outputs, inputs) = (out as usize, site.input.channels);
        let initial = Initial::Uniform(1.0 / (inputs as f64).sqrt());
        Ok(Self {
            output: Shape { channels: outputs, ..site.input },
            weight: site.parameter("weight", &[outputs, inputs], ParameterKind::Dense, initial),
            bias: bias.then(|| site.parameter("bias", &[outputs], ParameterKind::Vector, initial)),
        })
    }
}

impl Layer for Dense {
    fn output(&self) -> Shape {
        self.output
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Image { n, c, .. } = x.image;
        let shape =
            layout::ConvShape { n: 1, h: 1, w: n, inputs: c, outputs: self.output.channels, kernel: 1 };
        let row = Image { n: 1, h: 1, w: n, c };
        let y = conv::record(recorder, shape, self.weight, self.bias, x.reshaped(row));
        y.reshaped(Image { n, h: 1, w: 1, c: self.output.channels })
    }
}
