//! Emascope trains a small convolutional network on CIFAR-10 images in WGSL compute shaders, natively or in a browser tab,
//! and keeps exponential moving averages (EMAs) of the weights beside the raw ones, to show what averaging does.
//!
//! The textbook loop, as `examples/train_with_ema.rs` has it:
//!
#![doc = concat!("```ignore\n", include_str!("../examples/train_with_ema.rs"), "```")]
//!
//! The way through it, in the order the data meets the modules:
//!
//! - [`config`]: every knob of a run, once; the command line, a JSON file and the page read the same table.
//! - [`data`]: CIFAR-10 from its binary files, or synthetic images drawn from a seed; packed bytes on their way to the GPU.
//! - [`foreign`]: what a file is that is not what it should be, by its first bytes.
//! - [`random`]: a hash in place of a generator's state, for shuffling, augmentation, label noise and first weights.
//! - [`layout`]: where a value lies in memory: NHWC in quads of channels, weights in 4×4 blocks.
//! - [`network`]: what a network is made of: layers by name, presets, JSON, the tensors of its parameters.
//! - [`plan`]: dispatches and buffers as plain data, recorded once and replayed every step; knows no device.
//! - [`gpu`]: runs a plan: adapter, pipelines, buffers, read-back; the only module that names a descriptor of wgpu.
//! - [`layers`]: one file a layer, its forward dispatches and, on a tape, its backward ones. The kernels are in `shaders/`.
//! - [`model`]: a network that is built, and the arena that holds its parameters.
//! - [`optim`]: Adam, AdamW, and the schedule of the learning rate.
//! - [`average`]: the subject: what an average of the weights is, its rates and its memory, and which weights are in place.
//! - [`trainer`]: step, evaluate, read metrics, save and load the state. Nothing in it waits that need not.
//! - [`report`]: from evaluations to the table.
//! - [`checkpoint`]: safetensors with PyTorch's names and layouts.
//! - [`description`]: what a run is made of, for whoever shows it.
//! - [`run`]: a trainer with its data, its history, its log and its checkpoints: what the command line and the page drive.
//! - `roofline`: what the adapter can do at most (native only).
//! - `tuning`: which tiles of the convolution kernels are fastest on a graphics card (native only).
//! - [`mod@reference`]: a twin of every kernel in plain loops of `f64`, which the tests hold the kernels against.
//! - `web`: the engine as the page's worker sees it (WebAssembly only).

pub mod average;
pub mod checkpoint;
pub mod config;
pub mod data;
pub mod description;
pub mod foreign;
pub mod gpu;
pub mod layers;
pub mod layout;
pub mod model;
mod named;
pub mod network;
pub mod optim;
pub mod plan;
pub mod random;
pub mod reference;
pub mod report;
#[cfg(not(target_arch = "wasm32"))]
pub mod roofline;
pub mod run;
pub mod trainer;
#[cfg(not(target_arch = "wasm32"))]
pub mod tuning;
#[cfg(target_arch = "wasm32")]
pub mod web;
