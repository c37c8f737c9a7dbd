//! A small network of twins from end to end.

use emascope::reference::*;

use crate::{
    differences::{Noise, check_gradient},
    norm::{Kind, NormTwin},
};

/// conv → batch norm + ReLU → pool → conv → group norm → global average → dense → loss: every kind of layer, each with
/// padding lanes and an odd height, and a batch that is not full.
struct Network {
    conv1: ConvShape,
    norm1: NormTwin,
    conv2: ConvShape,
    norm2: NormTwin,
    dense: ConvShape,
    loss: CrossEntropy,
    labels: Vec<u32>,
}

/// Results of the forward pass that the backward pass needs.
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
        let conv1 = ConvShape { n: 3, h: 5, w: 6, inputs: 3, outputs: 5, kernel: 3 };
        let pooled = conv1.output().max_pooled();
        let conv2 = ConvShape { n: 3, h: pooled.h, w: pooled.w, inputs: 5, outputs: 6, kernel: 3 };
        Network {
            conv1,
            norm1: NormTwin { image: conv1.output(), kind: Kind::Batch, chunks: 5, relu: true },
            conv2,
            norm2: NormTwin {
                image: conv2.output(),
                kind: Kind::Group { groups: 2 },
                chunks: 2,
                relu: false,
            },
            dense: ConvShape { n: 3, h: 1, w: 1, inputs: 6, outputs: 7, kernel: 1 },
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
        let grad_input = |conv: ConvShape, w: &[f64], dy: &[f64]| {
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
fn gradient_from_end_to_end() {
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
