//! A browser for the page's tests: the one that a variable names, one in the `PATH`, or one that is installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Preparation;
use super::debian::is_debian;
use crate::process;

/// The differences between browsers.
pub(super) struct Browser {
    /// Its name.
    pub name: &'static str,
    /// Its `--version` contains this.
    pub mark: &'static str,
    /// Environment variable that may hold the path of its program.
    pub variable: &'static str,
    /// Names of its program.
    pub programs: &'static [&'static str],
    /// Where macOS keeps it.
    pub applications: &'static [&'static str],
    /// Its package in Debian. Elsewhere the distribution may have only a snap, which does not run in containers.
    pub package: &'static str,
    /// Downloads it where there is no package.
    pub download: fn(&Preparation) -> Result<()>,
    /// A script for Node that prints the path of what was fetched.
    pub downloaded: &'static str,
}

impl Preparation {
    /// Returns the path of a browser that starts.
    pub(super) fn browser(&self, browser: &Browser) -> Result<PathBuf> {
        let Browser { name, variable, .. } = browser;
        if let Some(file) = env::var_os(variable).map(PathBuf::from) {
            browser
                .version(&file)
                .with_context(|| format!("{variable} is set to {}, which does not run", file.display()))?;
            return Ok(file);
        }
        if let Some(file) = browser.find() {
            return Ok(file);
        }
        if is_debian() {
            self.packages(name, &[browser.package])?;
        } else {
            (browser.download)(self)?;
        }
        browser.find().with_context(|| {
            format!("{name}: still missing after installation; set {variable} to the path of one")
        })
    }
}

impl Browser {
    fn find(&self) -> Option<PathBuf> {
        let in_path = self.programs.iter().filter_map(|name| process::find_program(&[name]));
        let applications = self.applications.iter().map(PathBuf::from);
        // Asked last and lazily: it starts Node.
        let downloaded = std::iter::once_with(|| self.downloaded()).flatten();
        in_path.chain(applications).chain(downloaded).find(|file| self.version(file).is_ok())
    }

    fn downloaded(&self) -> Option<PathBuf> {
        let mut node = Command::new("node");
        let answer =
            process::output(node.args(["-e", self.downloaded]).current_dir(crate::workspace::root()));
        answer.ok().map(PathBuf::from)
    }

    /// The version of a browser that starts. A snap's stand-in does not.
    fn version(&self, file: &Path) -> Result<String> {
        let printed = process::output(Command::new(file).arg("--version"))?;
        ensure!(printed.contains(self.mark), "it printed {printed:?}");
        Ok(printed)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use crate::prepare::{chromium::CHROMIUM, firefox::FIREFOX};

    #[test]
    fn a_stand_in_is_not_a_browser() {
        let folder = tempfile::tempdir().unwrap();
        // A shell writes the file. Were it open here, a test that starts a program at the same moment would
        // hand the open file to that program, and the system refuses to run a file that is open for writing.
        let program = |name: &str, body: &str| {
            let file = folder.path().join(name);
            let script = r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod +x "$1""#;
            let written = Command::new("sh").args(["-c", script, "sh"]).arg(&file).arg(body).status();
            assert!(written.unwrap().success());
            file
        };
        let real = program("real", "echo Chromium 150.0.1");
        assert!(CHROMIUM.version(&real).is_ok());
        assert!(FIREFOX.version(&real).is_err());
        assert!(CHROMIUM.version(&program("branded", "echo Google Chrome 150.0.1")).is_ok());
        assert!(FIREFOX.version(&program("esr", "echo Mozilla Firefox 140.10.2esr")).is_ok());
        assert!(CHROMIUM.version(&program("snap", "echo 'requires the snap' >&2; exit 1")).is_err());
        assert!(CHROMIUM.version(&program("other", "echo Links 2.2")).is_err());
        assert!(CHROMIUM.version(&folder.path().join("absent")).is_err());
    }
}
