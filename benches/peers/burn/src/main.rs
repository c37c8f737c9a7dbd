//! Burn's part in the benchmark: does the work of `emascope bench --export`, times it, and prints one JSON line.

mod network;
mod work;

use std::any::Any;
use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use burn::module::Module;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor};
use serde::Serialize;

use network::{Averages, Network};
use work::{Task, Work};

const BACKEND: &str = if cfg!(feature = "cuda") {
    "cuda"
} else if cfg!(feature = "vulkan") {
    "wgpu vulkan, SPIR-V"
} else {
    "wgpu vulkan"
};

/// What is printed; the fields are those of every peer.
#[derive(Default, Serialize)]
struct Line {
    peer: &'static str,
    runtime: String,
    adapter: String,
    network: String,
    batch: usize,
    averages: usize,
    losses: Vec<f64>,
    steps_a_sample: usize,
    images_per_second: Vec<f64>,
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

fn main() -> Result<()> {
    let (file, samples) = arguments()?;
    let work = Work::read(&file)?;
    let fusion = if cfg!(feature = "fusion") { ", fusion" } else { "" };
    let mut line = Line {
        peer: "burn",
        runtime: format!("{BACKEND}{fusion}"),
        network: work.task.network.clone(),
        batch: work.task.batch,
        averages: work.task.averages.len(),
        // On a software adapter full autotuning had not ended after seven minutes; the row reports the requested level.
        note: match env::var("CUBECL_AUTOTUNE_LEVEL") {
            Ok(level) => format!("burn 0.22, autotune {level}"),
            Err(_) => "burn 0.22".into(),
        },
        ..Line::default()
    };
    // Most of what goes wrong inside burn is a panic.
    let done = panic::catch_unwind(AssertUnwindSafe(|| measure(&work, samples, &mut line)));
    if let Err(error) = done.unwrap_or_else(|panic| Err(anyhow!(said(&*panic)))) {
        line.images_per_second.clear();
        line.failed = Some(format!("{error:#}"));
    }
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}

/// The file of the work, and how many samples to take.
fn arguments() -> Result<(PathBuf, usize)> {
    let (mut file, mut samples) = (None, 5);
    let mut rest = env::args().skip(1);
    while let Some(name) = rest.next() {
        let value = rest.next().with_context(|| format!("{name} wants a value"))?;
        match name.as_str() {
            "--work" => file = Some(value.into()),
            "--samples" => samples = value.parse().context("--samples wants a whole number")?,
            _ => bail!("unknown option {name}; there are --work FILE and --samples N"),
        }
    }
    Ok((file.context("--work FILE is missing")?, samples))
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("a panic").to_owned()
}

#[cfg(feature = "cuda")]
fn device() -> Result<Device> {
    Ok(Device::cuda(0))
}

/// The best adapter that speaks Vulkan, be it a software one.
#[cfg(not(feature = "cuda"))]
fn device() -> Result<Device> {
    use burn::tensor::wgpu::WgpuBackend;
    Device::wgpu_options().graphics_api(WgpuBackend::Vulkan).init().map_err(|error| anyhow!("{error}"))
}

/// Fills in the losses and the speeds.
fn measure(work: &Work, samples: usize, line: &mut Line) -> Result<()> {
    network::check(&work.task.network)?;
    let device = device()?.autodiff();
    line.adapter = device.identity().map(|identity| identity.name).unwrap_or_default();
    let mut training = Training::start(work, &device)?;
    for &expected in &work.task.losses {
        let loss;
        (training, loss) = training.step();
        let loss = f64::from(loss.into_scalar::<f32>());
        eprintln!("loss {loss:.7}, in the work {expected:.7}");
        line.losses.push(loss);
    }
    // Warms up, and finds how many steps last a second.
    let mut steps = 2;
    loop {
        let seconds;
        (training, seconds) = training.timed(steps)?;
        eprintln!("{steps} steps in {seconds:.3} s");
        if seconds >= 0.5 {
            steps = (steps as f64 / seconds).round().max(1.0) as usize;
            break;
        }
        steps *= 2;
    }
    line.steps_a_sample = steps;
    for _ in 0..samples {
        let seconds;
        (training, seconds) = training.timed(steps)?;
        line.images_per_second.push((steps * line.batch) as f64 / seconds);
    }
    Ok(())
}

/// A network in training on the one batch of the work.
struct Training<'a> {
    task: &'a Task,
    device: Device,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    network: Network,
    loss: CrossEntropyLoss,
    optimizer: ModuleOptimizer,
    averages: Averages,
}

impl<'a> Training<'a> {
    fn start(work: &'a Work, device: &Device) -> Result<Self> {
        let task = &work.task;
        let network = Network::load(work, device)?;
        let mut averages = Averages::new(&task.averages);
        network.visit(&mut averages);
        let adam = AdamConfig::new().with_beta_1(task.beta1).with_beta_2(task.beta2).with_epsilon(task.eps);
        Ok(Self {
            task,
            device: device.clone(),
            images: Tensor::from_data(work.floats("x")?, device),
            labels: Tensor::from_data(work.integers("labels")?, device),
            network,
            loss: CrossEntropyLossConfig::new().init(device),
            optimizer: adam.init(),
            averages,
        })
    }

    /// One step; the loss is that before it, and is not waited for.
    fn step(mut self) -> (Self, Tensor<1>) {
        let loss = self.loss.forward(self.network.forward(self.images.clone()), self.labels.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(self.task.learning_rate, self.network, gradients);
        self.network.visit(&mut self.averages);
        (self, loss)
    }

    /// Seconds that `steps` steps take, with one wait at their end.
    fn timed(mut self, steps: usize) -> Result<(Self, f64)> {
        let start = Instant::now();
        for _ in 0..steps {
            (self, _) = self.step();
        }
        self.device.sync().map_err(|error| anyhow!("{error:?}"))?;
        Ok((self, start.elapsed().as_secs_f64()))
    }
}
