//! The Chromium that the page trains in.

use std::path::PathBuf;

use anyhow::Result;

use super::browser::Browser;
use super::debian::may_install_packages;
use super::{Preparation, node};
use crate::process;

pub(super) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    // Google Chrome will do.
    mark: "Chrom",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"],
    applications: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    package: "chromium",
    download,
    downloaded: "console.log(require('playwright-core').chromium.executablePath())",
};

impl Preparation {
    /// Returns the path of a Chromium that starts.
    pub fn chromium(&self) -> Result<PathBuf> {
        self.browser(&CHROMIUM)
    }
}

/// The one that Playwright keeps.
fn download(preparation: &Preparation) -> Result<()> {
    let with_packages = if may_install_packages() { &["--with-deps"][..] } else { &[] };
    let arguments = [&["install", "--no-shell"], with_packages, &["chromium"]].concat();
    preparation.may_install("Chromium", &format!("npx playwright-core {}", arguments.join(" ")))?;
    preparation.node_packages()?;
    process::run(node::script("playwright-core/cli.js").args(arguments))
}
