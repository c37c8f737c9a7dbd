//! Helpers of the tests: a laboratory for single kernels, the golden files, small training runs, checks that are made more or
//! less often, and a network in f64.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod endurance;
pub mod golden;
pub mod lab;
pub mod network;
pub mod runs;
