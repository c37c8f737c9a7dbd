//! Paths of the workspace.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's Cargo.toml.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the workspace")
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Files that xtask keeps from one run to the next.
pub fn memory() -> PathBuf {
    target().join("xtask")
}

/// The cargo that started xtask, to be run in the workspace's folder.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The command line, which `bench` builds before anything else.
pub fn emascope() -> PathBuf {
    target().join("release").join(format!("emascope{EXE_SUFFIX}"))
}
