use super::{
    conv_kernels::{ConvOp, channel_sums, conv_forward, conv_grad_weight, grad_weight_chunks},
    sums::sum_chunks,
    *,
};
use crate::layout;

/// Most partial sums of a bias gradient; of so few pixels the gradients are partial sums themselves.
const BIAS_SUMS: usize = 1024;

/// Convolution with stride 1 and "same" padding.
pub(super) struct Conv {
    outputs: usize,
    kernel: usize,
    weight: usize,
    bias: Option<usize>,
}

impl Conv {
    pub fn new(
        shape: Shape,
        outputs: usize,
        kernel: usize,
        bias: bool,
        declare: &mut Declarations<'_>,
    ) -> Self {
        let inputs = shape.channels;
        let initial = Initial::Uniform(1.0 / ((kernel * kernel * inputs) as f64).sqrt());
        let weight = declare.add("weight", &[outputs, inputs, kernel, kernel], ParameterKind::Conv, initial);
        let bias = bias.then(|| declare.add("bias", &[outputs], ParameterKind::Vector, initial));
        Self { outputs, kernel, weight, bias }
    }
}

impl Layer for Conv {
    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let Image { n, h, w, c } = x.image;
        let shape = layout::Conv { n, h, w, inputs: c, outputs: self.outputs, kernel: self.kernel };
        record(recorder, shape, self.weight, self.bias, x)
    }
}

/// Records a convolution and its backward pass; also that of a dense layer, whose `shape` is one row of pixels.
pub(super) fn record(
    recorder: &mut Recorder<'_>,
    shape: layout::Conv,
    weight: usize,
    bias: Option<usize>,
    x: Tensor,
) -> Tensor {
    let kernels = recorder.conv_kernels(ConvOp::Forward, shape);
    let (w, b) = (recorder.loaded(weight), bias.map(|bias| recorder.loaded(bias)));
    let y = recorder.tensor("conv.y", shape.output(), true);
    recorder.push(conv_forward(kernels, shape, x.view(), w, b, y.view()));
    if x.needs_gradient {
        recorder.wants_flipped(shape, weight);
    }
    let chunks = grad_weight_chunks(recorder.kernels, shape);
    recorder.wants_parts(chunks, weight);
    recorder.on_backward(move |recorder, dy| {
        let kernels = recorder.conv_kernels(ConvOp::GradWeight, shape);
        recorder.push_parts(chunks, weight, |partial| {
            conv_grad_weight(kernels, shape, chunks, x.view(), dy.view(), partial)
        });
        if let Some(bias) = bias {
            let pixels = shape.n * shape.h * shape.w;
            let share = pixels.div_ceil(BIAS_SUMS);
            let partial = (share > 1).then(|| {
                let floats = pixels.div_ceil(share) * pad4(shape.outputs);
                let partial = recorder.tensor_scratch("conv.bias_partial", floats);
                recorder.push(channel_sums(shape.output(), share, dy.view(), partial.view()));
                partial
            });
            let sums = partial.as_ref().map_or(dy.view(), Lease::view);
            recorder.push(sum_chunks(kernels, sums, recorder.gradient(bias)));
        }
        x.needs_gradient.then(|| {
            let flipped = recorder.flipped(weight);
            let dx = recorder.tensor("conv.dx", x.image, true);
            let back = shape.transposed();
            let kernels = recorder.conv_kernels(ConvOp::Forward, back);
            recorder.push(conv_forward(kernels, back, dy.view(), flipped, None, dx.view()));
            dx
        })
    });
    y
}
