//! Emascope trains a small convolutional network on CIFAR-10 images in WGSL compute shaders, natively or in a browser tab,
//! and keeps exponential moving averages (EMAs) of the weights next to the raw ones, to show what averaging does.
//!
//! The textbook loop, as `examples/train_with_ema.rs` has it:
//!
#![doc = concat!("```ignore\n", include_str!("../examples/train_with_ema.rs"), "```")]
//!
//! The modules, in the order in which data passes through them:
//!
//! - [`config`]: the settings of a run in one table, for the command line, JSON files and the page.
//! - [`data`]: CIFAR-10 in its file formats, the included subset, or synthetic images; packed bytes for the GPU.
//! - [`foreign`]: recognises files of the wrong type by their first bytes.
//! - [`random`]: hashes as random numbers, for shuffling, augmentation, label noise and initial weights.
//! - [`layout`]: how values are laid out in memory: NHWC in quads of channels, weights in 4×4 blocks.
//! - [`network`]: the parts of a network: layers by name, presets, JSON, the tensors of its parameters.
//! - [`plan`]: dispatches and buffers as plain data, recorded once and replayed every step; knows no device.
//! - [`gpu`]: runs a plan: adapter, pipelines, buffers, read-back; the only module that names a descriptor of wgpu.
//! - [`processor`]: runs a plan in Rust with vector instructions, under the kernels' names.
//! - [`executor`]: a GPU or the processor, chosen when a run begins.
//! - [`layers`]: one file per layer, with its forward and backward dispatches. The kernels are in `shaders/`.
//! - [`model`]: a built network, and the arena that holds its parameters.
//! - [`optim`]: Adam, AdamW, SGD, and the schedule of the learning rate.
//! - [`average`]: the subject: an average of the weights, its rates and its memory, and which weights are bound.
//! - [`trainer`]: step, evaluate, read metrics, save and load the state, without waiting for the GPU.
//! - [`report`]: from evaluations to the table.
//! - [`checkpoint`]: safetensors with PyTorch's names and layouts.
//! - [`description`]: the description of a run, for the page and for recorded runs.
//! - [`survey`]: a network layer by layer.
//! - [`run`]: a trainer with its data, history, log and checkpoints, for the command line and the page.
//! - `study`: runs over several seeds, to intervals and verdicts (native only).
//! - `roofline`: the adapter's limits in arithmetic and memory traffic (native only).
//! - `tuning`: measures the fastest tiles of the convolution kernels on a GPU (native only).
//! - [`mod@reference`]: every kernel again in plain `f64` loops, which the tests compare the kernels with.
//! - `web`: the engine as the page's worker sees it (WebAssembly only).

pub mod average;
pub mod checkpoint;
pub mod config;
pub mod data;
pub mod description;
pub mod executor;
pub mod foreign;
pub mod gpu;
pub mod layers;
pub mod layout;
pub mod model;
mod named;
pub mod network;
pub mod optim;
pub mod plan;
pub mod processor;
pub mod random;
pub mod reference;
pub mod report;
#[cfg(not(target_arch = "wasm32"))]
pub mod roofline;
pub mod run;
#[cfg(not(target_arch = "wasm32"))]
pub mod study;
pub mod survey;
pub mod trainer;
#[cfg(not(target_arch = "wasm32"))]
pub mod tuning;
#[cfg(target_arch = "wasm32")]
pub mod web;
