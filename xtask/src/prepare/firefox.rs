//! The Firefox that the page plays its recorded run in.

use std::path::PathBuf;

use anyhow::Result;

use super::browser::Browser;
use super::{Preparation, node};
use crate::process;

pub(super) const FIREFOX: Browser = Browser {
    name: "Firefox",
    mark: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    applications: &["/Applications/Firefox.app/Contents/MacOS/firefox"],
    package: "firefox-esr",
    download,
    downloaded: "require('@puppeteer/browsers').getInstalledBrowsers({ cacheDir: 'target/browsers' })
        .then((all) => console.log(all.find(({ browser }) => browser === 'firefox').executablePath))",
};

impl Preparation {
    /// Returns the path of a Firefox that starts.
    pub fn firefox(&self) -> Result<PathBuf> {
        self.browser(&FIREFOX)
    }
}

/// The one that Puppeteer fetches.
fn download(preparation: &Preparation) -> Result<()> {
    let arguments = ["install", "firefox@stable", "--path", "target/browsers"];
    preparation.may_install("Firefox", &format!("npx @puppeteer/browsers {}", arguments.join(" ")))?;
    preparation.node_packages()?;
    process::run(node::script("@puppeteer/browsers/lib/cjs/main-cli.js").args(arguments))
}
