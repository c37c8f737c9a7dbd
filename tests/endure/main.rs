//! What a run survives: being killed, disks that fail, devices that go away. `cargo xtask endure` makes more of each.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/mod.rs"]
mod common;
mod kill;
mod lost_devices;
mod program;
#[cfg(target_os = "linux")]
mod write_failures;
