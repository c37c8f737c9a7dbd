//! Endurance of a run: kills, failing disks, lost devices. `cargo xtask endure` repeats each more often.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/mod.rs"]
mod common;
mod kill;
mod lost_devices;
mod program;
#[cfg(target_os = "linux")]
mod write_failures;
