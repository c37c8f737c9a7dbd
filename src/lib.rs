//! Emascope trains a small convolutional network in WGSL compute shaders and keeps exponential moving averages of its
//! weights beside the raw ones.

pub mod checkpoint;
pub mod config;
pub mod data;
pub mod ema;
pub mod gpu;
pub mod layers;
pub mod layout;
pub mod model;
pub mod optim;
pub mod plan;
pub mod random;
pub mod reference;
pub mod report;
#[cfg(not(target_arch = "wasm32"))]
pub mod run_log;
pub mod trainer;
#[cfg(target_arch = "wasm32")]
pub mod web;
