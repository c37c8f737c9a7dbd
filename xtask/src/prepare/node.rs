//! Node.js, and the npm packages of package-lock.json.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::Preparation;
use crate::{process, workspace};

const OLDEST: (u32, u32) = (20, 19);

/// A copy of the lock file that node_modules was installed from.
const STAMP: &str = "node_modules/.installed-lock.json";

/// npm, in the workspace's folder.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(workspace::root());
    command
}

/// A script under node_modules, run by Node.
pub fn script(path: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(workspace::root().join("node_modules").join(path)).current_dir(workspace::root());
    command
}

impl Preparation {
    /// Checks Node and brings node_modules in line with package-lock.json. Returns a line about both.
    pub fn node_packages(&self) -> Result<String> {
        let remedy = format!("install Node.js {}.{} or newer, see the README", OLDEST.0, OLDEST.1);
        let printed = process::output(Command::new("node").arg("--version"))
            .with_context(|| format!("Node.js: missing; {remedy}"))?;
        let version =
            parse_version(&printed).with_context(|| format!("`node --version` printed {printed:?}"))?;
        ensure!(version >= OLDEST, "Node.js: {printed} is too old; {remedy}");
        if !is_installed(workspace::root())? {
            self.may_install("npm packages", "npm ci")?;
            process::run(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
            fs::copy(workspace::root().join("package-lock.json"), workspace::root().join(STAMP))?;
        }
        Ok(format!("Node.js {printed}, npm packages as in package-lock.json"))
    }
}

/// The first two numbers of `v20.19.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn is_installed(root: &Path) -> Result<bool> {
    let lock = fs::read(root.join("package-lock.json")).context("cannot read package-lock.json")?;
    match fs::read(root.join(STAMP)) {
        Ok(installed) => Ok(installed == lock),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => bail!("cannot read {STAMP}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.19.2\n"), Some((20, 19)));
        assert!(parse_version("v9.11.0").unwrap() < OLDEST);
        assert!(parse_version("v22.0.0").unwrap() > OLDEST);
        assert_eq!(parse_version("node 20"), None);
        assert_eq!(parse_version("v20"), None);
    }

    #[test]
    fn packages_are_installed_again_only_when_the_lock_file_changes() {
        let root = tempfile::tempdir().unwrap();
        assert!(is_installed(root.path()).is_err());
        fs::write(root.path().join("package-lock.json"), "one").unwrap();
        assert!(!is_installed(root.path()).unwrap());
        fs::create_dir(root.path().join("node_modules")).unwrap();
        fs::copy(root.path().join("package-lock.json"), root.path().join(STAMP)).unwrap();
        assert!(is_installed(root.path()).unwrap());
        fs::write(root.path().join("package-lock.json"), "two").unwrap();
        assert!(!is_installed(root.path()).unwrap());
    }
}
