use super::*;
use crate::layout;

/// y = W x + b: a 1×1 convolution over a row of as many pixels as the batch has samples.
pub(super) struct Dense {
    outputs: usize,
    weight: usize,
    bias: usize,
}

impl Dense {
    pub fn new(inputs: usize, outputs: usize, declare: &mut Declarations<'_>) -> Self {
        let initial = Initial::Uniform(1.0 / (inputs as f64).sqrt());
        Self {
            outputs,
            weight: declare.add("weight", &[outputs, inputs], ParameterKind::Dense, initial),
            bias: declare.add("bias", &[outputs], ParameterKind::Vector, initial),
        }
    }
}

impl Layer for Dense {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Image { n, c, .. } = x.image;
        let shape = layout::Conv { n: 1, h: 1, w: n, inputs: c, outputs: self.outputs, kernel: 1 };
        let row = Image { n: 1, h: 1, w: n, c };
        let y = conv::record(recorder, shape, self.weight, Some(self.bias), x.reshaped(row));
        y.reshaped(Image { n, h: 1, w: 1, c: self.outputs })
    }
}
