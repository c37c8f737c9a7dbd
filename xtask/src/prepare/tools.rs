//! Checkers that cargo builds from source, at fixed versions, into the target folder.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::Preparation;
use crate::{process, workspace};

/// A program that `cargo install` installs.
pub struct Tool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
}

pub const TYPOS: Tool = Tool { package: "typos-cli", program: "typos", version: "1.52.0" };
pub const CARGO_DENY: Tool = Tool { package: "cargo-deny", program: "cargo-deny", version: "0.20.2" };

impl Preparation {
    /// Finds or builds a tool and returns its path.
    pub fn tool(&self, tool: &Tool) -> Result<PathBuf> {
        let root = workspace::target().join("tools");
        let program = root.join("bin").join(format!("{}{}", tool.program, std::env::consts::EXE_SUFFIX));
        let installed = process::output(Command::new(&program).arg("--version"));
        if !installed.is_ok_and(|printed| printed.split_whitespace().any(|word| word == tool.version)) {
            let mut install = workspace::cargo();
            // Unoptimised: they run for a second, and optimising them takes minutes.
            install.args(["install", "--quiet", "--locked", "--debug", "--force", "--root"]).arg(root);
            install.arg(format!("{}@{}", tool.package, tool.version));
            install
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .env("CARGO_INCREMENTAL", "0")
                .env_remove("CARGO_TARGET_DIR");
            self.may_install(tool.program, &process::line(&install))?;
            process::run(&mut install)?;
        }
        Ok(program)
    }
}
