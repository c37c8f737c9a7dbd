//! Tools for building and testing, one file per tool: look for it, install it, or explain in one sentence how to.

mod browser;
pub mod chromium;
mod debian;
pub mod firefox;
pub mod node;
mod strace;
pub mod tools;
pub mod vulkan;
pub mod wasm_target;
mod webp;

use anyhow::{Result, bail};

use crate::process::say;

/// How far preparing may go.
pub struct Preparation {
    no_install: bool,
}

impl Preparation {
    /// With `no_install`, whatever is missing is an error that holds the command to install it.
    pub fn new(no_install: bool) -> Self {
        Self { no_install }
    }

    /// Prepares every tool and names all that could not be prepared, not just the first.
    pub fn everything(&self) -> Result<()> {
        let results = [
            self.wasm_target(wasm_target::Lints::Yes).map(|toolchain| toolchain.to_string()),
            self.node_packages(),
            self.vulkan(),
            self.strace(),
            self.chromium().map(|file| format!("Chromium: {}", file.display())),
            self.firefox().map(|file| format!("Firefox: {}", file.display())),
            self.tool(&tools::TYPOS).map(|file| format!("typos: {}", file.display())),
            self.tool(&tools::CARGO_DENY).map(|file| format!("cargo-deny: {}", file.display())),
        ];
        let mut missing = Vec::new();
        for result in results {
            match result {
                Ok(found) => say(found),
                Err(error) => missing.push(format!("{error:#}")),
            }
        }
        if !missing.is_empty() {
            bail!("not ready:\n- {}", missing.join("\n- "));
        }
        say("ready");
        Ok(())
    }

    /// Fails with `command` when nothing may be installed.
    fn may_install(&self, what: &str, command: &str) -> Result<()> {
        if self.no_install {
            bail!("{what}: missing; install with `{command}`");
        }
        say(format!("{what}: missing, installing"));
        Ok(())
    }
}
