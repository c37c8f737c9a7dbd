//! The network of the work, in burn's layers, and the moving averages of its parameters.

use std::any::Any;
use std::collections::HashMap;

use anyhow::{Result, ensure};
use burn::module::{Module, ModuleVisitor, Param, ParamId, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation::relu};

use crate::work::Work;

/// Convolution, batch norm and ReLU.
#[derive(Module, Debug)]
struct Block {
    convolution: Conv2d,
    norm: BatchNorm,
}

/// Stages of two blocks with a max pooling between them, then the mean of each channel and a linear layer.
#[derive(Module, Debug)]
pub struct Network {
    stages: Vec<[Block; 2]>,
    pool: MaxPool2d,
    mean: AdaptiveAvgPool2d,
    linear: Linear,
}

/// Modules of the `nn.Sequential` in a stage: two blocks of three, and the pooling after them.
const STAGE: usize = 7;
const STAGES: usize = 3;

/// Networks that are made of such stages.
const KNOWN: [&str; 2] = ["tiny", "small"];

/// Fails where the work wants another network.
pub fn check(name: &str) -> Result<()> {
    ensure!(KNOWN.contains(&name), "burn's part knows {}, not {name}", KNOWN.join(" and "));
    Ok(())
}

impl Network {
    /// With the initial weights of the work, on a device with autodiff.
    pub fn load(work: &Work, device: &Device) -> Result<Self> {
        let stage = |at| Ok([Block::load(work, at, device)?, Block::load(work, at + 3, device)?]);
        let stages = (0..STAGES).map(|stage_at| stage(stage_at * STAGE)).collect::<Result<_>>()?;
        // The last pooling is the mean, and a flattening follows it.
        let last = STAGES * STAGE + 1;
        let weight = work.floats(&format!("{last}.weight"))?;
        let mut linear = LinearConfig::new(weight.shape()[1], weight.shape()[0]).init(device);
        // PyTorch stores [out, in] and burn [in, out]; read back, so that the parameter lies in burn's order.
        let weight = Tensor::<2>::from_data(weight, &device.clone().inner()).transpose().into_data();
        linear.weight = Param::from_data(weight, device);
        linear.bias = Some(Param::from_data(work.floats(&format!("{last}.bias"))?, device));
        let pool = MaxPool2dConfig::new([2, 2]).init();
        let mean = AdaptiveAvgPool2dConfig::new([1, 1]).init();
        Ok(Self { stages, pool, mean, linear })
    }

    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut x = images;
        for (at, stage) in self.stages.iter().enumerate() {
            if at > 0 {
                x = self.pool.forward(x);
            }
            for block in stage {
                x = relu(block.norm.forward(block.convolution.forward(x)));
            }
        }
        self.linear.forward(self.mean.forward(x).flatten(1, 3))
    }
}

impl Block {
    /// The modules from `at` on.
    fn load(work: &Work, at: usize, device: &Device) -> Result<Self> {
        let weight = work.floats(&format!("{at}.weight"))?;
        let (outputs, inputs) = (weight.shape()[0], weight.shape()[1]);
        let mut convolution = Conv2dConfig::new([inputs, outputs], [3, 3])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false)
            .init(device);
        convolution.weight = Param::from_data(weight, device);
        let of_norm = |name: &str| work.floats(&format!("{}.{name}", at + 1));
        let running = |name: &str| anyhow::Ok(RunningState::new(Tensor::from_data(of_norm(name)?, device)));
        let mut norm = BatchNormConfig::new(outputs).init(device);
        norm.gamma = Param::from_data(of_norm("weight")?, device);
        norm.beta = Param::from_data(of_norm("bias")?, device);
        norm.running_mean = running("running_mean")?;
        norm.running_var = running("running_var")?;
        Ok(Self { convolution, norm })
    }
}

/// Moving averages of every parameter. They start as the weights of the first visit, and move at each.
pub struct Averages {
    betas: Vec<f32>,
    /// A `Vec<Tensor<D>>` of each parameter, an average for each β.
    values: HashMap<ParamId, Box<dyn Any>>,
}

impl Averages {
    pub fn new(betas: &[f32]) -> Self {
        Self { betas: betas.to_vec(), values: HashMap::new() }
    }
}

impl ModuleVisitor for Averages {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        // Batch norm's running statistics come by too.
        if !parameter.is_require_grad() {
            return;
        }
        let weight = parameter.val().inner();
        let count = self.betas.len();
        let values = self
            .values
            .entry(parameter.id)
            .or_insert_with(|| Box::new(vec![weight.clone(); count]))
            .downcast_mut::<Vec<Tensor<D>>>()
            .expect("a parameter keeps its rank");
        for (value, beta) in values.iter_mut().zip(&self.betas) {
            // Moved out, so that burn may write over it.
            let old = std::mem::replace(value, weight.clone());
            *value = (weight.clone() - old.clone()) * (1.0 - beta) + old;
        }
    }
}
