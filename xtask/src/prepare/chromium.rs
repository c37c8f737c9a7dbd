//! A Chromium for the page's tests: `CHROMIUM`, one in the `PATH`, or the one that Playwright downloads.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::debian::{is_debian, may_install_packages};
use super::{Preparation, node};
use crate::process;

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// Where macOS keeps them.
const APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

impl Preparation {
    /// Returns the path of a browser that starts.
    pub fn chromium(&self) -> Result<PathBuf> {
        if let Some(file) = env::var_os("CHROMIUM").map(PathBuf::from) {
            version(&file)
                .with_context(|| format!("CHROMIUM is set to {}, which does not run", file.display()))?;
            return Ok(file);
        }
        if let Some(file) = find() {
            return Ok(file);
        }
        if is_debian() {
            self.packages("Chromium", &["chromium"])?;
        } else {
            self.download()?;
        }
        find().context("Chromium: still none after installing; set CHROMIUM to the path of one")
    }

    /// Elsewhere the distribution may have only a snap, which does not run in containers.
    fn download(&self) -> Result<()> {
        let with_packages = if may_install_packages() { &["--with-deps"][..] } else { &[] };
        let arguments = [&["install", "--no-shell"], with_packages, &["chromium"]].concat();
        self.may_install("Chromium", &format!("npx playwright-core {}", arguments.join(" ")))?;
        self.node_packages()?;
        process::run(node::script("playwright-core/cli.js").args(arguments))
    }
}

fn find() -> Option<PathBuf> {
    let in_path = NAMES.iter().filter_map(|name| process::find_program(&[name]));
    let applications = APPLICATIONS.iter().map(PathBuf::from);
    // Asked last and lazily: it starts Node.
    let downloaded = std::iter::once_with(downloaded).flatten();
    in_path.chain(applications).chain(downloaded).find(|file| version(file).is_ok())
}

/// Where Playwright would put its own Chromium.
fn downloaded() -> Option<PathBuf> {
    let question = "console.log(require('playwright-core').chromium.executablePath())";
    let answer =
        process::output(Command::new("node").args(["-e", question]).current_dir(crate::workspace::root()));
    answer.ok().map(PathBuf::from)
}

/// The version of a browser that starts. A snap's stand-in does not.
fn version(file: &Path) -> Result<String> {
    let printed = process::output(Command::new(file).arg("--version"))?;
    ensure!(printed.contains("Chrom"), "it printed {printed:?}");
    Ok(printed)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_stand_in_is_not_a_browser() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, body: &str| {
            let file = folder.path().join(name);
            fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            file
        };
        assert!(version(&program("real", "echo Chromium 150.0.1")).is_ok());
        assert!(version(&program("snap", "echo 'requires the snap' >&2; exit 1")).is_err());
        assert!(version(&program("other", "echo Links 2.2")).is_err());
        assert!(version(&folder.path().join("absent")).is_err());
    }
}
