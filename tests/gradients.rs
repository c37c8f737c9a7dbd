//! Every backward twin against central differences of its forward twin, in f64, and a small network from end to end.
//!
//! The differences are exact to about 1e-9, so a wrong factor, sign, index or edge cannot hide. Every value in memory is
//! moved, padding included: a twin that let padding lanes act would fail as well.

use emascope::layout::pad4;
use emascope::random::{pcg4d, unit};
use emascope::reference::*;
use proptest::prelude::*;

/// Half the distance of a central difference.
const STEP: f64 = 1e-5;

/// Largest difference of a gradient g from the numeric one, in units of 1 + |g|.
const TOLERANCE: f64 = 1e-7;

/// Compares `analytic`, a gradient for each of `inputs`, with central differences of `f`.
#[track_caller]
fn check_gradient(name: &str, inputs: &[Vec<f64>], f: impl Fn(&[Vec<f64>]) -> f64, analytic: &[Vec<f64>]) {
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
struct Noise {
    seed: u32,
    drawn: u32,
}

impl Noise {
    fn new(seed: usize) -> Noise {
        Noise { seed: seed as u32, drawn: 0 }
    }

    fn next(&mut self) -> f64 {
        self.drawn += 1;
        2.0 * unit(pcg4d([self.seed, self.drawn, 0, 99])[0]) - 1.0
    }

    fn image(&mut self, image: Image) -> Vec<f64> {
        image.fill(|_, _, _, _| self.next())
    }

    fn weights(&mut self, conv: Conv) -> Vec<f64> {
        conv.fill_weights(|_, _, _, _| self.next())
    }

    fn vector(&mut self, channels: usize) -> Vec<f64> {
        fill_vector(channels, |_| self.next())
    }
}

/// Turns an output into a number whose gradient to that output is `dy`.
fn project(y: &[f64], dy: &[f64]) -> f64 {
    assert_eq!(y.len(), dy.len());
    y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
}

#[track_caller]
fn assert_padding_is_zero(name: &str, channels: usize, values: &[f64]) {
    assert_eq!(values.len() % pad4(channels), 0, "{name}: whole pixels");
    for (i, &value) in values.iter().enumerate() {
        assert!(i % pad4(channels) < channels || value == 0.0, "{name}: padding lane {i} holds {value}");
    }
}

fn check_conv(conv: Conv, biased: bool) {
    let name = format!("{conv:?}");
    let mut noise = Noise::new(1);
    let (x, w) = (noise.image(conv.input()), noise.weights(conv));
    let bias = noise.vector(conv.outputs);
    let dy = noise.image(conv.output());
    let forward = |x: &[f64], w: &[f64], bias: &[f64]| conv_forward(conv, x, w, biased.then_some(bias));

    let dx = conv_forward(conv.transposed(), &dy, &conv_flip(conv, &w), None);
    let dw = conv_grad_weight(conv, &x, &dy);
    let dbias = if biased { channel_sums(conv.output(), &dy) } else { vec![0.0; bias.len()] };

    assert_padding_is_zero(&name, conv.outputs, &forward(&x, &w, &bias));
    assert_padding_is_zero(&name, conv.inputs, &dx);
    assert_padding_is_zero(&name, conv.outputs, &dbias);
    let f = |i: &[Vec<f64>]| project(&forward(&i[0], &i[1], &i[2]), &dy);
    check_gradient(&name, &[x, w, bias], f, &[dx, dw, dbias]);
}

#[test]
fn convolution() {
    let shapes = [
        // (n, h, w, inputs, outputs, kernel)
        (1, 1, 1, 1, 1, 1),
        (1, 5, 3, 3, 5, 3),
        (2, 3, 4, 6, 2, 1),
        (3, 2, 2, 1, 7, 3),
        (2, 1, 6, 4, 8, 3),
        (1, 3, 3, 9, 4, 3),
        (5, 1, 1, 6, 10, 1),
    ];
    for (n, h, w, inputs, outputs, kernel) in shapes {
        for biased in [false, true] {
            check_conv(Conv { n, h, w, inputs, outputs, kernel }, biased);
        }
    }
}

#[test]
fn flipping_weights_twice_gives_them_back() {
    let conv = Conv { n: 1, h: 1, w: 1, inputs: 5, outputs: 6, kernel: 3 };
    let w = Noise::new(2).weights(conv);
    assert_eq!(conv_flip(conv.transposed(), &conv_flip(conv, &w)), w);
}

/// How a norm forms its statistics.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Batch,
    Group { groups: usize },
}

/// A norm with all its kernels, as a layer runs them.
#[derive(Clone, Copy, Debug)]
struct NormLayer {
    image: Image,
    kind: Kind,
    chunks: usize,
    relu: bool,
}

/// Large, so that eps acts and groups of few values stay smooth enough for differences.
const NORM_EPS: f64 = 0.1;

impl NormLayer {
    fn norm(self) -> Norm {
        Norm {
            image: self.image,
            per_sample: matches!(self.kind, Kind::Group { .. }),
            relu: self.relu,
            pool: false,
        }
    }

    fn statistics(self, x: &[f64]) -> Vec<f64> {
        let NormLayer { image, chunks, .. } = self;
        let partial = norm_statistics(image, chunks, x);
        match self.kind {
            Kind::Batch => {
                let (mut mean, mut var) = (vec![0.0; pad4(image.c)], vec![0.0; pad4(image.c)]);
                batch_norm_finish(image, chunks, &partial, NORM_EPS, 0.1, &mut mean, &mut var)
            }
            Kind::Group { groups } => group_norm_finish(image, chunks, groups, &partial, NORM_EPS),
        }
    }

    fn forward(self, x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
        norm_forward(self.norm(), x, &self.statistics(x), gamma, beta)
    }

    /// dx, dγ, dβ.
    fn backward(self, x: &[f64], gamma: &[f64], beta: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let NormLayer { image, chunks, .. } = self;
        let stats = self.statistics(x);
        let partial = norm_grad_sums(self.norm(), chunks, x, &stats, gamma, beta, dy);
        let (dgamma, dbeta, coefficients) = match self.kind {
            Kind::Batch => {
                let out = batch_norm_grad_finish(image, chunks, &partial, gamma);
                (out.dgamma, out.dbeta, out.coefficients)
            }
            Kind::Group { groups } => {
                let (dgamma, dbeta) = norm_grad_parameters(image, chunks, &partial);
                (dgamma, dbeta, group_norm_grad_finish(image, chunks, groups, &partial, gamma))
            }
        };
        let dx = norm_grad_input(self.norm(), x, &stats, gamma, beta, dy, &coefficients);
        [dx, dgamma, dbeta]
    }

    fn check(self) {
        let name = format!("{self:?}");
        let channels = self.image.c;
        let mut noise = Noise::new(3);
        let x = noise.image(self.image);
        let (gamma, beta) = (noise.vector(channels), noise.vector(channels));
        let dy = noise.image(self.image);
        let gradients = self.backward(&x, &gamma, &beta, &dy);
        assert_padding_is_zero(&name, channels, &self.forward(&x, &gamma, &beta));
        for gradient in &gradients {
            assert_padding_is_zero(&name, channels, gradient);
        }
        let f = |i: &[Vec<f64>]| project(&self.forward(&i[0], &i[1], &i[2]), &dy);
        check_gradient(&name, &[x, gamma, beta], f, &gradients);
    }
}

#[test]
fn batch_norm() {
    for (n, h, w, c, chunks) in [(1, 3, 5, 3, 1), (2, 4, 4, 4, 4), (3, 3, 3, 6, 2), (5, 1, 1, 9, 1)] {
        for relu in [false, true] {
            NormLayer { image: Image { n, h, w, c }, kind: Kind::Batch, chunks, relu }.check();
        }
    }
}

#[test]
fn group_norm() {
    let shapes = [
        // (n, h, w, channels, groups, chunks); most groups start or end within a quad
        (1, 3, 5, 6, 2, 1),
        (2, 2, 3, 6, 3, 3),
        (2, 3, 3, 10, 5, 2),
        (3, 1, 2, 5, 1, 1),
        (1, 3, 3, 7, 7, 4),
        (2, 2, 2, 16, 4, 1),
        (2, 1, 1, 12, 4, 1),
    ];
    for (n, h, w, c, groups, chunks) in shapes {
        for relu in [false, true] {
            NormLayer { image: Image { n, h, w, c }, kind: Kind::Group { groups }, chunks, relu }.check();
        }
    }
}

#[test]
fn group_norm_with_one_group_a_channel_and_batch_norm_of_one_sample_agree() {
    let image = Image { n: 1, h: 3, w: 5, c: 6 };
    let x = Noise::new(4).image(image);
    let statistics = |kind| NormLayer { image, kind, chunks: 2, relu: false }.statistics(&x);
    assert_eq!(statistics(Kind::Batch), statistics(Kind::Group { groups: 6 }));
}

#[test]
fn relu() {
    let image = Image { n: 2, h: 3, w: 3, c: 5 };
    let mut noise = Noise::new(5);
    let (x, dy) = (noise.image(image), noise.image(image));
    let dx = relu_grad_input(&relu_forward(&x), &dy);
    check_gradient("relu", &[x], |i| project(&relu_forward(&i[0]), &dy), &[dx]);
}

#[test]
fn gelu() {
    let image = Image { n: 2, h: 3, w: 3, c: 5 };
    let mut noise = Noise::new(5);
    let (x, dy) = (noise.image(image), noise.image(image));
    let dx = gelu_grad_input(&x, &dy);
    check_gradient("gelu", &[x], |i| project(&gelu_forward(&i[0]), &dy), &[dx]);
}

#[test]
fn relu_has_no_gradient_at_the_kink() {
    assert_eq!(relu_grad_input(&relu_forward(&[0.0, -0.0]), &[1.0, 1.0]), [0.0, 0.0]);
}

#[test]
fn max_pool() {
    for (n, h, w, c) in [(1, 2, 2, 1), (2, 5, 3, 6), (1, 4, 7, 4), (3, 3, 2, 9), (1, 1, 4, 3)] {
        let image = Image { n, h, w, c };
        let name = format!("max pool of {image:?}");
        let mut noise = Noise::new(6);
        let (x, dy) = (noise.image(image), noise.image(image.max_pooled()));
        let dx = max_pool_grad_input(image, &x, &dy);
        assert_padding_is_zero(&name, c, &max_pool_forward(image, &x));
        assert_padding_is_zero(&name, c, &dx);
        check_gradient(&name, &[x], |i| project(&max_pool_forward(image, &i[0]), &dy), &[dx]);
    }
}

#[test]
fn of_equal_maxima_the_first_gets_the_gradient() {
    let image = Image { n: 1, h: 2, w: 2, c: 3 };
    let windows = [[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 1.0], [0.0, 1.0, 3.0, 3.0]];
    let x = image.fill(|_, y, x, c| windows[c][2 * y + x]);
    let dx = max_pool_grad_input(image, &x, &[5.0, 6.0, 7.0, 0.0]);
    let winners = [0, 1, 2];
    let expected = image.fill(|_, y, x, c| if 2 * y + x == winners[c] { [5.0, 6.0, 7.0][c] } else { 0.0 });
    assert_eq!(dx, expected);
}

#[test]
fn global_average_pool() {
    for (n, h, w, c) in [(1, 1, 1, 1), (2, 3, 5, 6), (3, 4, 2, 8)] {
        let image = Image { n, h, w, c };
        let name = format!("global average of {image:?}");
        let mut noise = Noise::new(7);
        let (x, dy) = (noise.image(image), noise.image(image.averaged()));
        let dx = global_average_pool_grad_input(image, &dy);
        assert_padding_is_zero(&name, c, &global_average_pool_forward(image, &x));
        assert_padding_is_zero(&name, c, &dx);
        check_gradient(&name, &[x], |i| project(&global_average_pool_forward(image, &i[0]), &dy), &[dx]);
    }
}

#[test]
fn cross_entropy() {
    for (batch, classes, count) in [(1, 10, 1), (4, 3, 4), (5, 10, 2), (3, 7, 1)] {
        for smoothing in [0.0, 0.1] {
            let settings = CrossEntropy { batch, classes, count, smoothing };
            let image = Image { n: batch, h: 1, w: 1, c: classes };
            let logits: Vec<f64> = Noise::new(8).image(image).iter().map(|logit| 4.0 * logit).collect();
            let labels: Vec<u32> = (0..batch).map(|n| (n * 5 % classes) as u32).collect();
            let out = softmax_cross_entropy(settings, &logits, &labels);
            assert_padding_is_zero("cross-entropy", classes, &out.dlogits);
            assert!(out.loss[count..].iter().chain(&out.correct[count..]).all(|&value| value == 0.0));
            let mean = |i: &[Vec<f64>]| {
                let out = softmax_cross_entropy(settings, &i[0], &labels);
                metrics(&out.loss, &out.correct, count, 0)[0] / count as f64
            };
            check_gradient(&format!("{settings:?}"), &[logits], mean, &[out.dlogits]);
        }
    }
}

#[test]
fn cross_entropy_has_its_closed_forms() {
    // Equal logits: every probability is 1/4, whatever the smoothing. The first of equals counts as the prediction.
    for smoothing in [0.0, 0.1] {
        let settings = CrossEntropy { batch: 2, classes: 4, count: 2, smoothing };
        let out = softmax_cross_entropy(settings, &[7.0; 8], &[0, 3]);
        assert!(out.loss.iter().all(|loss| (loss - 4.0_f64.ln()).abs() <= 1e-14));
        assert_eq!(out.correct, [1.0, 0.0]);
    }
    // Logits far beyond what exp can hold: p = (1, 0), so the smoothed loss is the share of the wrong class × 2000.
    let settings = CrossEntropy { batch: 1, classes: 2, count: 1, smoothing: 0.1 };
    let out = softmax_cross_entropy(settings, &[1000.0, -1000.0, 0.0, 0.0], &[0]);
    assert!((out.loss[0] - 0.05 * 2000.0).abs() <= 1e-10, "{}", out.loss[0]);
    assert!((out.dlogits[0] - 0.05).abs() <= 1e-14, "{}", out.dlogits[0]);
}

#[test]
fn residual_block() {
    let conv = Conv { n: 2, h: 3, w: 2, inputs: 5, outputs: 5, kernel: 3 };
    let mut noise = Noise::new(9);
    let (x, w, dy) = (noise.image(conv.input()), noise.weights(conv), noise.image(conv.output()));
    let branch = |x: &[f64], w: &[f64]| relu_forward(&conv_forward(conv, x, w, None));
    let dz = relu_grad_input(&branch(&x, &w), &dy);
    let dx = add(&dy, &conv_forward(conv.transposed(), &dz, &conv_flip(conv, &w), None));
    let dw = conv_grad_weight(conv, &x, &dz);
    let f = |i: &[Vec<f64>]| project(&add(&i[0], &branch(&i[0], &i[1])), &dy);
    check_gradient("residual block", &[x, w], f, &[dx, dw]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn convolution_of_any_shape(
        n in 1..3_usize, h in 1..5_usize, w in 1..5_usize, inputs in 1..7_usize, outputs in 1..7_usize,
        kernel in prop::sample::select(vec![1_usize, 3]), biased: bool,
    ) {
        check_conv(Conv { n, h, w, inputs, outputs, kernel }, biased);
    }

    // Without ReLU: a random shape could put a value on the kink, where differences mean nothing.
    #[test]
    fn norm_of_any_shape(
        n in 1..4_usize, h in 1..5_usize, w in 2..5_usize, groups in 1..4_usize, width in 1..6_usize,
        chunks in 1..6_usize, batch: bool,
    ) {
        let image = Image { n, h, w, c: groups * width };
        let kind = if batch { Kind::Batch } else { Kind::Group { groups } };
        NormLayer { image, kind, chunks, relu: false }.check();
    }
}

/// conv → batch norm + ReLU → pool → conv → group norm → global average → dense → loss: every kind of layer, each with
/// padding lanes and an odd height, and a batch that is not full.
struct Network {
    conv1: Conv,
    norm1: NormLayer,
    conv2: Conv,
    norm2: NormLayer,
    dense: Conv,
    loss: CrossEntropy,
    labels: Vec<u32>,
}

/// What the backward pass needs of the forward pass.
struct Activations {
    conv1: Vec<f64>,
    norm1: Vec<f64>,
    pool: Vec<f64>,
    conv2: Vec<f64>,
    average: Vec<f64>,
    loss: Loss,
}

impl Network {
    fn new() -> Network {
        let conv1 = Conv { n: 3, h: 5, w: 6, inputs: 3, outputs: 5, kernel: 3 };
        let pooled = conv1.output().max_pooled();
        let conv2 = Conv { n: 3, h: pooled.h, w: pooled.w, inputs: 5, outputs: 6, kernel: 3 };
        Network {
            conv1,
            norm1: NormLayer { image: conv1.output(), kind: Kind::Batch, chunks: 5, relu: true },
            conv2,
            norm2: NormLayer {
                image: conv2.output(),
                kind: Kind::Group { groups: 2 },
                chunks: 2,
                relu: false,
            },
            dense: Conv { n: 3, h: 1, w: 1, inputs: 6, outputs: 7, kernel: 1 },
            loss: CrossEntropy { batch: 3, classes: 7, count: 2, smoothing: 0.1 },
            labels: vec![6, 2, 0],
        }
    }

    /// The images and then the parameters, in the order of the layers.
    fn inputs(&self) -> Vec<Vec<f64>> {
        let mut noise = Noise::new(10);
        vec![
            noise.image(self.conv1.input()),
            noise.weights(self.conv1),
            noise.vector(self.conv1.outputs),
            noise.vector(self.conv1.outputs),
            noise.weights(self.conv2),
            noise.vector(self.conv2.outputs),
            noise.vector(self.conv2.outputs),
            noise.weights(self.dense),
            noise.vector(self.dense.outputs),
        ]
    }

    fn forward(&self, inputs: &[Vec<f64>]) -> Activations {
        let [x, w1, gamma1, beta1, w2, gamma2, beta2, w3, bias3] = inputs else { panic!("nine inputs") };
        let conv1 = conv_forward(self.conv1, x, w1, None);
        let norm1 = self.norm1.forward(&conv1, gamma1, beta1);
        let pool = max_pool_forward(self.norm1.image, &norm1);
        let conv2 = conv_forward(self.conv2, &pool, w2, None);
        let norm2 = self.norm2.forward(&conv2, gamma2, beta2);
        let average = global_average_pool_forward(self.norm2.image, &norm2);
        let logits = conv_forward(self.dense, &average, w3, Some(bias3));
        let loss = softmax_cross_entropy(self.loss, &logits, &self.labels);
        Activations { conv1, norm1, pool, conv2, average, loss }
    }

    fn backward(&self, inputs: &[Vec<f64>], a: &Activations) -> Vec<Vec<f64>> {
        let [x, w1, gamma1, beta1, w2, gamma2, beta2, w3, _] = inputs else { panic!("nine inputs") };
        let grad_input = |conv: Conv, w: &[f64], dy: &[f64]| {
            conv_forward(conv.transposed(), dy, &conv_flip(conv, w), None)
        };
        let dlogits = &a.loss.dlogits;
        let dw3 = conv_grad_weight(self.dense, &a.average, dlogits);
        let dbias3 = channel_sums(self.dense.output(), dlogits);
        let daverage = grad_input(self.dense, w3, dlogits);
        let dnorm2 = global_average_pool_grad_input(self.norm2.image, &daverage);
        let [dconv2, dgamma2, dbeta2] = self.norm2.backward(&a.conv2, gamma2, beta2, &dnorm2);
        let dw2 = conv_grad_weight(self.conv2, &a.pool, &dconv2);
        let dpool = grad_input(self.conv2, w2, &dconv2);
        let dnorm1 = max_pool_grad_input(self.norm1.image, &a.norm1, &dpool);
        let [dconv1, dgamma1, dbeta1] = self.norm1.backward(&a.conv1, gamma1, beta1, &dnorm1);
        let dw1 = conv_grad_weight(self.conv1, x, &dconv1);
        let dx = grad_input(self.conv1, w1, &dconv1);
        vec![dx, dw1, dgamma1, dbeta1, dw2, dgamma2, dbeta2, dw3, dbias3]
    }
}

#[test]
fn a_network_from_end_to_end() {
    let network = Network::new();
    let inputs = network.inputs();
    let gradients = network.backward(&inputs, &network.forward(&inputs));
    let mean_loss = |i: &[Vec<f64>]| network.forward(i).loss.loss.iter().sum::<f64>() / 2.0;
    check_gradient("network", &inputs, mean_loss, &gradients);
    for (k, gradient) in gradients.iter().enumerate() {
        assert!(
            gradient.iter().any(|value| value.abs() > 1e-3),
            "the gradient to input {k} all but vanishes"
        );
    }
}

#[test]
fn adam_on_these_gradients_brings_the_loss_down() {
    let network = Network::new();
    let mut inputs = network.inputs();
    let settings =
        Adam { lr: 0.02, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decoupled: false };
    let mut moments: Vec<[Vec<f64>; 2]> =
        inputs.iter().map(|input| [vec![0.0; input.len()], vec![0.0; input.len()]]).collect();
    let first = network.forward(&inputs).loss.loss.iter().sum::<f64>();
    for t in 1..=60 {
        let gradients = network.backward(&inputs, &network.forward(&inputs));
        for k in 1..inputs.len() {
            let [m, v] = &mut moments[k];
            adam(&settings.step(t), &gradients[k], m, v, &mut inputs[k]);
        }
    }
    let last = network.forward(&inputs).loss;
    assert!(last.loss.iter().sum::<f64>() < 0.5 * first, "from {first} to {:?}", last.loss);
    assert_eq!(last.correct, [1.0, 1.0, 0.0]);
}
